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
		Long: "Status asks the TPM about itself and loads each key of the machine without using it: no PIN is\n" +
			"needed, and nothing is changed. Where there is no flake yet, it tells of the TPM alone.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, err := a.keysOf(cmd, &machine)
			var known *device.Error
			if errors.As(err, &known) {
				status = &enroll.Status{
					Problem: &enroll.Problem{Condition: known.Condition, Text: known.Error(), Hint: known.Hint()},
					Keys:    []enroll.KeyStatus{},
				}
			}
			if status == nil {
				return err
			}
			var printed error
			if asJSON {
				printed = printJSON(a.streams.Out, status)
			} else {
				_, printed = fmt.Fprint(a.streams.Out, statusText(status))
			}
			return errors.Join(err, printed)
		},
	}
	machine.add(command, a.managed)
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// keysOf looks at the machine that the flags name. Where none is named and none
// is here, only the TPM is looked at.
func (a *app) keysOf(cmd *cobra.Command, machine *machineFlags) (*enroll.Status, error) {
	chosen, err := machine.machine()
	if errors.Is(err, fs.ErrNotExist) && !cmd.Flags().Changed("flake") && !cmd.Flags().Changed("host") {
		chip, err := enroll.Chip(a.openTPM)
		if err != nil {
			return nil, tpmStatus(err)
		}
		return &enroll.Status{TPM: chip, Keys: []enroll.KeyStatus{}}, nil
	}
	if err != nil {
		return nil, err
	}
	recorded, err := machine.recordedKeys(chosen)
	if err != nil {
		return nil, err
	}
	runner, err := a.here()
	if err != nil {
		return nil, err
	}
	status, err := enroll.Look(runner, a.openTPM, chosen, machine.root, recorded)
	if err != nil {
		return nil, tpmStatus(err)
	}
	return status, nil
}

func statusText(status *enroll.Status) string {
	var text strings.Builder
	switch {
	case status.Problem != nil:
		fmt.Fprintf(&text, "TPM        %s\n", status.Problem.Condition)
	case status.TPM == nil:
		fmt.Fprintln(&text, "TPM        not used: the keys are files")
	default:
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
	password := map[bool]string{true: "a password", false: "no password"}
	fmt.Fprintf(text, "owner      %s; lockout reset: %s\n", password[tpm.OwnerAuth], password[tpm.LockoutAuth])
	fmt.Fprintf(text, "PIN tries  %d of %d used", tpm.WrongPINs, tpm.MaxWrongPINs)
	if tpm.InLockout {
		fmt.Fprintf(text, "; LOCKED: one is forgotten every %d s", tpm.Recovery)
	}
	fmt.Fprintln(text)
	for _, condition := range tpm.Conditions {
		fmt.Fprintf(text, "note       %s: %s\n", condition, condition.Hint())
	}
}

// tpmHelp is the help of --tpm.
const tpmHelp = "the TPM: " + device.Auto + ", a `device`, " + device.SocketStart + "SOCKET or " + device.None
