package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply/preflight"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// finding is one thing that doctor looked at.
type finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// doctor says whether this machine has what an installation needs.
func (a *app) doctor() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "doctor", Short: "whether this machine has what an installation needs", Args: noArguments,
		Long: "Doctor looks and changes nothing. The status is 3 when something is missing. Programs that a\n" +
			"live medium lacks are fetched by an installation itself, from the inputs of its flake.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			runner, err := a.runner()
			if err != nil {
				return err
			}
			findings := examine(cmd.Context(), runner, flow.Detect(cmd.Context(), runner, flow.Install()), os.Geteuid())
			if asJSON {
				err = printJSON(a.streams.Out, findings)
			} else {
				_, err = fmt.Fprint(a.streams.Out, doctorText(findings))
			}
			if err != nil {
				return fault(err)
			}
			missing := 0
			for _, found := range findings {
				if !found.OK {
					missing++
				}
			}
			if missing > 0 {
				return lacks(fmt.Errorf("%d of %d things are missing for an installation here", missing, len(findings)),
					"mnemonix try, plan and render need none of them but git")
			}
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func examine(ctx context.Context, runner run.Runner, facts steps.Facts, euid int) []finding {
	var findings []finding
	look := func(name string, ok bool, good, bad, hint string) {
		found := finding{Name: name, OK: ok, Text: good}
		if !ok {
			found.Text, found.Hint = bad, hint
		}
		findings = append(findings, found)
	}
	look("root", euid == 0, "running as root", "not running as root", "sudo mnemonix ...")
	refusal := facts.Firmware.Refusal()
	look("firmware", refusal.Text == "", "started by UEFI", refusal.Text, refusal.Hint)
	problem := facts.TPM.Problem
	if problem == "" {
		problem = "no TPM 2.0 was found"
	}
	look("tpm", facts.TPM.Usable, "TPM 2.0 at "+facts.TPM.Device, problem,
		"switch it on in the firmware (Intel: PTT, AMD: fTPM); without it, keys are files")
	look("disks", len(facts.Disks) > 0, fmt.Sprintf("%d disks", len(facts.Disks)), "no disk was found", "is its controller in RAID mode in the firmware?")
	look("network", facts.Network.Online, "a default route is up", "no default route", "plug in a cable, or join a Wi-Fi network")
	for _, program := range tools.Programs {
		found := preflight.Program(ctx, runner, program)
		look(program.Name, found.Status == preflight.OK, found.Text, found.Text, found.Hint)
	}
	return findings
}

func doctorText(findings []finding) string {
	var text strings.Builder
	for _, found := range findings {
		mark := "[x]"
		if !found.OK {
			mark = "[ ]"
		}
		fmt.Fprintf(&text, "%s %-14s %s\n", mark, found.Name, found.Text)
		if found.Hint != "" {
			fmt.Fprintf(&text, "%18s %s\n", "", found.Hint)
		}
	}
	return text.String()
}

// errNoWords is a command that needs words and got none.
var errNoWords = errors.New("no words were given")
