package install

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Store is the store of the target that an earlier run may have begun.
type Store struct {
	Runner run.Runner
	Target string
	Flake  string
	Host   string
}

// Mend makes the store one that a build can go on from. A power cut, or a disk
// that lost what it was told to keep, leaves paths that are called valid and
// whose files are empty: no build would look at them, and the check at the end
// would find them each time.
//
// What comes from a cache is fetched again. Where that is not enough,
// everything goes that no installed system needs to run: what the build needs
// of it is fetched again too. What is left of a system that is installed
// already is built anew with its derivations.
func (s Store) Mend(ctx context.Context) error {
	repair := tools.NixStoreRepair(s.Target)
	for _, attempt := range [][]steps.Command{
		{repair},
		{tools.NixStoreCollect(s.Target), repair},
	} {
		err := s.run(ctx, attempt...)
		if err == nil {
			return nil
		}
		if !answered(err) {
			return err
		}
	}
	err := s.run(ctx, tools.NixBuildRepair(s.Target, s.Flake, s.Host), repair)
	if answered(err) {
		return fmt.Errorf("the store on the new disk has paths that cannot be made again: %w", err)
	}
	return err
}

func (s Store) run(ctx context.Context, commands ...steps.Command) error {
	for _, command := range commands {
		if _, err := s.Runner.Run(ctx, run.Command{Argv: command.Argv, Timeout: -1}); err != nil {
			return err
		}
	}
	return nil
}

// answered says that the program ended by itself, and said no.
func answered(err error) bool {
	var failed *run.Error
	return errors.As(err, &failed) && failed.Err == nil && failed.Status > 0
}
