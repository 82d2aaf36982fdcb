package steps

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// EndsSize is how much of either end of a disk is hashed: there lie both
// tables, boot code, and the headers of what was made on the bare disk.
const EndsSize = 1 << 20

// HashOfEnds is what Disk.EndsHash says of a first and a last MiB.
func HashOfEnds(first, last []byte) string {
	sum := sha256.New()
	sum.Write(first)
	sum.Write(last)
	return hex.EncodeToString(sum.Sum(nil))
}

// blankEnds is the hash of a disk that nothing was written to, or that was
// filled with zeros.
var blankEnds = sync.OnceValue(func() string {
	zeros := make([]byte, EndsSize)
	return HashOfEnds(zeros, zeros)
})

// Unknown says in a few words why a disk on which nothing was found may hold
// something all the same, or "": plain dm-crypt, VeraCrypt and the raw devices
// of databases have nothing that a probe could know, and neither has a disk
// whose table was overwritten. Only zeros at both ends call it blank.
func (d Disk) Unknown() string {
	switch {
	case !d.Content.Empty(), len(d.Partitions) > 0, d.EndsHash == blankEnds():
		return ""
	case d.EndsHash == "" && d.Unread != "":
		return "not known: " + d.Unread
	case d.EndsHash == "":
		return "not known: it was not read"
	case d.Table != "":
		return "a partition table without partitions"
	}
	return "nothing that is known, but not blank"
}
