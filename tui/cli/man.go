package cli

import (
	"fmt"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
)

const manStatus = `0: done.
1: a fault of mnemonix.
2: usage: the command line, an answers file or a secret is wrong.
3: the environment lacks something.
4: declined by the operator.
5: an apply failed; it can be resumed.
130: interrupted.`

const manFiles = `/run/mnemonix/apply: the plan, the answers and the journal of the installation that goes on, or was interrupted.
/run/mnemonix/log: what programs printed.
mnemonix/ on the EFI system partition: the same plan and journal, from when it was formatted until the end.
/var/lib/mnemonix/install: the record of the installation, on the new machine; where the root forgets (impermanence), /persist/var/lib/mnemonix/install.
/etc/nixos: the flake, on the new machine, which change works on; where the root forgets, /persist/etc/nixos is mounted there.
/run/mnemonix/system: the system that change built last, which is kept from being collected until the next start.
answers.yaml on a volume with the label MNEMONIX or cidata: the answers, for install without --answers.`

const manEnvironment = `NO_COLOR: no colours.
TERM: dumb is as --plain.
MNEMONIX_TPM: the TPM of age-plugin-tpm, where it is called by age or sops and gets no flags: as --tpm.`

// man prints the manual page.
func (a *app) man() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "print the manual page (troff)", Args: noArguments,
		Example: "  mnemonix man | man -l -",
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := mango.NewManPage(1, cmd.Root())
			if err != nil {
				return fault(err)
			}
			page = page.WithSection("Exit status", manStatus)
			page = page.WithSection("Files", manFiles)
			page = page.WithSection("Environment", manEnvironment)
			page = page.WithSection("Secrets", "Words, passphrases and PINs are typed or read from a file descriptor. No command line and no environment variable ever holds one.")
			_, err = fmt.Fprintln(a.streams.Out, page.Build(roff.NewDocument()))
			return err
		},
	}
}
