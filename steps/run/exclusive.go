package run

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Exclusive asks the kernel whether anybody has a block device in use: it
// opens the device for nobody else, and closes it at once. Held open it would
// keep the programs out that are to write to it.
// Source: open(2), O_EXCL with block devices.
func Exclusive(device string) error {
	file, err := os.OpenFile(device, os.O_RDONLY|unix.O_EXCL, 0)
	if errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("the kernel says that %s is in use", device)
	}
	if err != nil {
		return err
	}
	return file.Close()
}
