package secret

import (
	"os"

	"golang.org/x/sys/unix"
)

// page is memory outside the Go heap, one mapping for each Secret.
type page struct {
	bytes   []byte // the part in use
	mapping []byte // whole pages; nil when the heap had to serve
}

// newPage maps whole pages and copies content into them. Each protection is taken
// where the system grants it: an unprivileged process may lock only
// RLIMIT_MEMLOCK bytes (8 MiB by default under systemd), and a refusal to lock
// must not keep anybody from recovering a machine.
func newPage(content []byte) *page {
	size := len(content)
	pageSize := os.Getpagesize()
	length := (size + pageSize - 1) / pageSize * pageSize
	mapping, err := unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return &page{bytes: append([]byte(nil), content...)}
	}
	_ = unix.Mlock(mapping)
	_ = unix.Madvise(mapping, unix.MADV_DONTDUMP)
	_ = unix.Madvise(mapping, unix.MADV_WIPEONFORK)
	copy(mapping, content)
	_ = unix.Mprotect(mapping, unix.PROT_READ)
	return &page{bytes: mapping[:size:size], mapping: mapping}
}

func (p *page) free() {
	if p.mapping != nil {
		_ = unix.Mprotect(p.mapping, unix.PROT_READ|unix.PROT_WRITE)
	}
	clear(p.bytes)
	if p.mapping != nil {
		_ = unix.Munmap(p.mapping)
	}
	p.bytes, p.mapping = nil, nil
}
