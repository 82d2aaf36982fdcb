package guard

import (
	"context"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// released takes what lies on the disks now for what is known of them: an array
// that is stopped writes into its members when that was. They were what was
// reviewed a moment before.
func (g *Guard) released(ctx context.Context) error {
	facts := g.look(ctx)
	for _, fingerprint := range g.disks {
		known, ok := g.known[device(fingerprint)]
		if !ok || known.table {
			continue
		}
		found, err := find(fingerprint, facts)
		if err != nil {
			return err
		}
		ends := found.EndsHash
		if ends == "" {
			if ends, err = disk.HashEnds(ctx, g.runner, found, patience); err != nil {
				return fmt.Errorf("read the beginning and the end of %s: %w", title(fingerprint), err)
			}
		}
		g.known[device(fingerprint)] = state{hash: found.TableHash, ends: ends}
	}
	return nil
}
