package disks_test

import (
	"regexp"
	"strings"
	"testing"
)

// Before anything was overwritten an undo brings a whole disk back; after that
// it is refused.
func (b *bench) undo(t *testing.T) {
	b.on(t)
	plan := b.plan("over-windows")
	before := b.digests("windows", "shared", "volumes", "half0", "half1")
	b.must("carry start /run/over-windows.json --until disk/clear-system")
	if b.digests("windows")["windows"] == before["windows"] {
		t.Error("nothing was cleared, so that there was nothing to take back")
	}
	b.must("carry undo")
	b.same("an undo in time", before, b.digests("windows", "shared", "volumes", "half0", "half1"))

	delete(before, "windows")
	b.must("carry start /run/over-windows.json" + toBeTakenBack)
	b.made(plan)
	b.refused("carry undo", "point of no return")
	b.must("carry release /run/over-windows.json")
	b.same("over a Windows", before, b.digests("shared", "volumes", "half0", "half1"))
}

// A disk that is in use is refused with what uses it, by the plan and, where
// it came into use after the review, by the guard.
func (b *bench) busy(t *testing.T) {
	b.on(t)
	b.plan("busy")
	b.must("mkdir -p /media && mkfs.ext4 -q -F /dev/disk/by-id/virtio-large && mount -o ro,noload /dev/disk/by-id/virtio-large /media")
	before := b.digests("large")
	b.refused("carry start /run/busy.json", "in use", "mounted at /media")
	plan := b.plan("busy")
	if len(plan.Blockers) == 0 || !strings.Contains(plan.Blockers[0].Text, "mounted at /media") {
		t.Errorf("the plan does not say what uses the disk: %v", plan.Blockers)
	}
	b.must("umount /media")
	b.same("a refused disk", before, b.digests("large"))
}

var (
	waits = regexp.MustCompile(`carry waits before`)
	ended = regexp.MustCompile(`carry-ended (\d+)`)
)

// A disk is pulled, and another one is put into its place: between the review
// and the beginning, and between two actions. Neither is written to, whatever
// serial number the new one tells.
func (b *bench) pulled(t *testing.T) {
	b.on(t)
	b.plan("main")
	// One byte of the first MiB, which no table and no file system names.
	const gap = "dd bs=1 count=1 conv=notrunc status=none"
	b.must(gap + " if=/dev/disk/by-id/virtio-main skip=1000000 of=/run/byte")
	b.must("printf x | " + gap + " of=/dev/disk/by-id/virtio-main seek=1000000 && sync")
	b.refused("carry start /run/main.json", "the first or the last MiB")
	b.must(gap + " if=/run/byte of=/dev/disk/by-id/virtio-main seek=1000000 && sync")
	b.running.Unplug("main")
	b.running.Plug("stranger", "main")
	b.must("udevadm settle; ls -l /dev/disk/by-id")
	b.refused("carry start /run/main.json", "not there any more")
	b.running.Unplug("stranger")
	b.running.Plug("impostor", "main")
	// Something lies on it, if only a byte: nothing tells two blank disks of
	// one serial number apart that are never in the machine together.
	b.must("udevadm settle; printf x | " + gap + " of=/dev/disk/by-id/virtio-main seek=1000000 && sync")
	clean := b.digests("stranger", "impostor")
	b.refused("carry start /run/main.json", "not what it was")

	b.running.Unplug("impostor")
	b.running.Plug("main", "main")
	b.must("udevadm settle")
	b.running.Type("carry start /run/main.json --pause disk/format; echo carry-\"\"ended $?\r")
	b.running.Wait(waits)
	b.running.Unplug("main")
	b.running.Plug("impostor", "main")
	b.running.Type("\r")
	_, text := b.running.Wait(ended)
	if status := ended.FindStringSubmatch(text); status[1] == "0" || !strings.Contains(text, "failed disk/format") || !strings.Contains(text, "was taken out meanwhile") {
		t.Errorf("another disk was taken in the middle:\n%s", text)
	}
	b.same("a disk in the place of another", clean, b.digests("stranger", "impostor"))
	// Two disks with one serial number cannot be told apart.
	b.running.Unplug("impostor")
	b.running.Plug("main", "main")
	b.must("udevadm settle")
	b.plan("twins")
	b.running.Unplug("half1")
	b.running.Plug("impostor", "half1")
	b.must("udevadm settle")
	before := b.digests("main", "impostor")
	b.refused("carry start /run/twins.json", "cannot be told apart")
	plan := b.plan("twins")
	if len(plan.Blockers) == 0 || !strings.Contains(plan.Blockers[0].Text, "2 disks") {
		t.Errorf("two disks with one serial number are not refused: %v", plan.Blockers)
	}
	b.same("two disks with one serial number", before, b.digests("main", "impostor"))
}

// swapped are the same answers, and a plan that was reviewed before, on a
// machine whose kernel has given the disks other names: it is the same disk.
func (b *bench) swapped(t *testing.T, names map[string]string) {
	b.on(t)
	others := b.digests("large", "copy", "shared", "windows")
	plan := b.plan("main")
	if len(plan.Blockers) > 0 {
		t.Fatalf("blocked: %v", plan.Blockers)
	}
	if now := b.names("main", "large"); now["main"] == names["main"] {
		t.Errorf("the kernel has not given the disks other names: %v", now)
	}
	if want := "/dev/disk/by-id/virtio-main"; plan.Disks[0].Device != want {
		t.Errorf("the same answers come to %s", plan.Disks[0].Device)
	}
	// Meanwhile nobody else can write to another disk either.
	b.must("bash ./shut.sh /run/main.json virtio-large nvme-QEMU_NVMe_Ctrl_copy virtio-shared virtio-windows")
	b.made(plan)
	b.must("carry release /run/main.json")
	b.same("with other kernel names", others, b.digests("large", "copy", "shared", "windows"))
}

// names are those that the kernel has given to disks.
func (b *bench) names(serials ...string) map[string]string {
	names := map[string]string{}
	for _, serial := range serials {
		names[serial] = b.must("readlink /dev/disk/by-id/virtio-" + serial)
	}
	return names
}
