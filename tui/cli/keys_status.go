package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

// keysStatus says what is in the TPM and which keys work.
func (a *app) keysStatus() *cobra.Command {
	var machine machineFlags
	var asJSON bool
	command := &cobra.Command{
		Use: "status", Short: "the state of the TPM, and which of the machine's keys load and match", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			chosen, err := machine.machine()
			if err != nil {
				return err
			}
			recorded, err := machine.recordedKeys(chosen)
			if err != nil {
				return err
			}
			runner, err := a.here()
			if err != nil {
				return err
			}
			status, err := enroll.Look(runner, a.openTPM, chosen, machine.root, recorded)
			if err != nil {
				return tpmStatus(err)
			}
			if asJSON {
				return printJSON(a.streams.Out, status)
			}
			_, err = fmt.Fprint(a.streams.Out, statusText(status))
			return err
		},
	}
	machine.add(command)
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func statusText(status *enroll.Status) string {
	var text strings.Builder
	if status.TPM == nil {
		fmt.Fprintln(&text, "TPM        not used: the keys are files")
	} else {
		chipText(&text, status.TPM)
	}
	for _, key := range status.Keys {
		mark := "[x]"
		if key.State != enroll.KeyWorks {
			mark = "[ ]"
		}
		fmt.Fprintf(&text, "%s %-9s %s", mark, key.Slot, key.State)
		if key.Reason != "" {
			fmt.Fprintf(&text, ": %s", key.Reason)
		}
		fmt.Fprintf(&text, "\n              %s\n", key.File)
	}
	return text.String()
}

// chipText shows the state of the TPM.
func chipText(text *strings.Builder, tpm *device.Status) {
	fmt.Fprintf(text, "TPM        %s, firmware %s, revision %s\n", tpm.Vendor, tpm.Firmware, tpm.Revision)
	switch {
	case tpm.StorageKey == nil:
		fmt.Fprintln(text, "SRK        none yet")
	default:
		fmt.Fprintf(text, "SRK        %s %s\n", tpm.StorageKey.Kind, tpm.StorageKey.Name)
	}
	fmt.Fprintf(text, "PIN tries  %d of %d used", tpm.WrongPINs, tpm.MaxWrongPINs)
	if tpm.InLockout {
		fmt.Fprintf(text, "; LOCKED: one is forgotten every %d s", tpm.Recovery)
	}
	fmt.Fprintln(text)
	for _, condition := range tpm.Conditions {
		fmt.Fprintf(text, "note       %s: %s\n", condition, condition.Hint())
	}
}

// keysCheck compares words that are typed anew with the recorded keys.
func (a *app) keysCheck() *cobra.Command {
	var machine machineFlags
	var passphraseFD int
	command := &cobra.Command{
		Use: "check", Short: "re-type the words: are they the ones of this machine?", Args: noArguments,
		Long: "Check derives the public identifiers of the words and compares them with those recorded in the\n" +
			"flake. It changes nothing and needs no TPM. Do it once a year, from the paper.",
		RunE: func(*cobra.Command, []string) error {
			chosen, err := machine.machine()
			if err != nil {
				return err
			}
			recorded, err := machine.recordedKeys(chosen)
			if err != nil {
				return err
			}
			if recorded == nil {
				return usage(fmt.Errorf("%s: %w", machine.keysFile(chosen), fs.ErrNotExist), "the machine's keys were not enrolled from this flake")
			}
			root, err := a.typedRoot(passphraseFD)
			if err != nil {
				return err
			}
			defer root.Wipe()
			ids := root.IDs()
			switch {
			case ids == recorded.IDs:
				_, err := fmt.Fprintf(a.streams.Out, "these are the words of %s (%s)\n", recorded.Name, ids.Words)
				return err
			case ids.Words == recorded.IDs.Words:
				return usage(errors.New("the words are right, the passphrase beside them is not"), "")
			}
			return usage(fmt.Errorf("these are valid words, but not those of %s", recorded.Name),
				fmt.Sprintf("recorded is %s, these are %s", recorded.IDs.Words, ids.Words))
		},
	}
	machine.add(command)
	command.Flags().IntVar(&passphraseFD, "passphrase-fd", -1, "read the passphrase beside the words from this `descriptor`")
	return command
}

// tpmHelp is the help of --tpm.
const tpmHelp = "the TPM: " + device.Auto + ", a `device`, " + device.SocketStart + "SOCKET or " + device.None
