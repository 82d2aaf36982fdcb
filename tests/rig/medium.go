package rig

import (
	"os/exec"
	"path/filepath"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// MakeMedium makes a live medium, an ISO file that firmware starts by UEFI: the
// rig's Debian as a live system, and in it the folder as /iso/medium. What the
// folder has as its file start runs on tty1 in place of a login.
func MakeMedium(t testing.TB, folder string) string {
	t.Helper()
	image := imageFolder(t)
	iso := filepath.Join(t.TempDir(), "medium.iso")
	command := exec.Command(need.Program(t, "xorriso"), "-as", "mkisofs", "-quiet", "-R", "-J", "-V", "RIG_LIVE",
		"-e", "medium.fat", "-no-emul-boot", "-o", iso, "-graft-points",
		"medium.fat="+filepath.Join(image, "medium.fat"),
		"live/root.squashfs="+filepath.Join(image, "root.squashfs"),
		"medium="+folder)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("make a live medium: %v: %s", err, output)
	}
	return iso
}
