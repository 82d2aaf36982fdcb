package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// ends is the hash of the first and the last MiB: of zeros on a disk that
// nothing was written to, and of anything else on every other.
func (d Disk) ends() string {
	content := make([]byte, 2*mib)
	if d.Table+d.Lies.Kind+d.Ends != "" {
		content = fmt.Appendf(nil, "%s %s %s %s", d.Serial, d.Table, d.TableUUID, d.Ends)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// used says whether something is mounted from the disk, or from what is made of
// it.
func (d Disk) used() bool {
	var used func(lies Lies) bool
	used = func(lies Lies) bool {
		return len(lies.Mounts) > 0 || slices.ContainsFunc(lies.Made, func(made Made) bool { return used(made.Lies) })
	}
	return used(d.Lies) || slices.ContainsFunc(d.Parts, func(part Part) bool { return used(part.Lies) })
}
