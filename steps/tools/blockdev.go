package tools

import "codeberg.org/mnemonix/mnemonix/steps"

// SetReadOnly has the kernel refuse every write to a disk and its partitions.
// Source: blockdev(8), BLKROSET.
func SetReadOnly(device string) steps.Command {
	return steps.Command{Argv: []string{"blockdev", "--setro", device}}
}

// SetReadWrite takes that back.
func SetReadWrite(device string) steps.Command {
	return steps.Command{Argv: []string{"blockdev", "--setrw", device}}
}

// Settle waits until udev has looked at every device that has changed.
// Source: udevadm(8), settle.
func Settle() steps.Command {
	return steps.Command{Argv: []string{"udevadm", "settle", "--timeout=60"}}
}
