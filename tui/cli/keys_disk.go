package cli

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// enrollDisks lets the recovery passphrase of the words open disks, which is
// not in the TPM and does not follow when words are replaced. A disk that it
// opens already is left alone.
func (a *app) enrollDisks(ctx context.Context, enrolment enroll.Enrolment, disks []string, fd int) error {
	given, err := fromDescriptor("disk-passphrase-fd", fd)
	if err != nil {
		return err
	}
	defer func() { given.Wipe() }()
	for _, disk := range disks {
		recovery := enroll.Recovery{
			Runner: enrolment.Runner, Answers: enrolment.Answers, Root: enrolment.Root, Flake: enrolment.Flake,
			Containers: []steps.LayoutContainer{{Name: disk, Device: disk}}, Look: true,
		}
		state := "unchanged"
		if recovery.Carry(ctx) != nil {
			if given == nil {
				if given, err = a.diskPassphrase(ctx); err != nil {
					return err
				}
			}
			state, recovery.Look, recovery.Passphrase = "new", false, given
			if err := recovery.Carry(ctx); err != nil {
				return lacks(err, "the keys are enrolled; with the right passphrase of the disk, do it again")
			}
		}
		if _, err := fmt.Fprintf(a.streams.Out, "%-10s %-10s %s\n", "host/luks", state, disk); err != nil {
			return fault(err)
		}
	}
	return nil
}

func (a *app) diskPassphrase(ctx context.Context) (*secret.Secret, error) {
	passphrase, err := a.hidden(ctx, "A passphrase that opens the disk now: ")
	if errors.Is(err, errNoTerminal) {
		return nil, usage(errors.New("no passphrase of the disk was given"), "give it by --disk-passphrase-fd, or at a terminal")
	}
	return passphrase, err
}

// sayDisks tells what does not follow when words are replaced.
func (a *app) sayDisks(before *format.PublicKeys, enrolment enroll.Enrolment, disks []string) {
	if before == nil || before.IDs == enrolment.Root.IDs() || enrolment.Answers.Boot.Unlock == "none" {
		return
	}
	if len(disks) == 0 {
		_, _ = fmt.Fprint(a.streams.Err, "The recovery passphrase of the encrypted disks is still that of the other words, and these do not open them:\n"+
			"  mnemonix keys enroll --disk DEVICE\n")
	}
	_, _ = fmt.Fprint(a.streams.Err, "The other words open the disks until their slot is taken away: systemd-cryptenroll DEVICE lists the slots,\n"+
		"and with --wipe-slot=NUMBER it takes one away. mnemonix keys check --disk DEVICE says which is that of the new words.\n")
}
