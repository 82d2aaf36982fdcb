package preflight

import (
	"context"
	"fmt"
	"slices"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
)

// root: disks, mounts and the TPM are the administrator's.
func root(_ context.Context, l *looker) Result {
	if !l.Root {
		return fail("mnemonix does not run as root, and nobody else may write to disks", "sudo mnemonix install")
	}
	return good("running as root")
}

// efivars is where the kernel shows the variables of the firmware.
// Source: kernel, Documentation/filesystems/efivarfs.rst.
const efivars = "/sys/firmware/efi/efivars"

// firmware: both boot loaders are started by UEFI, and the entry that starts
// them is a variable of it.
func firmware(_ context.Context, l *looker) Result {
	if refusal := l.Facts.Firmware.Refusal(); refusal.Text != "" {
		return fail(refusal.Text, refusal.Hint)
	}
	mounts := probe.Mounts(l.Runner)
	if !slices.ContainsFunc(mounts, func(mount probe.Mount) bool { return mount.Place == efivars }) {
		return warn("started by UEFI, but its variables are not at "+efivars+": the firmware would not learn of the new system, and start it from the fallback path at best",
			"mount -t efivarfs efivarfs "+efivars)
	}
	return good("started by UEFI")
}

// What an installation needs of memory. Nix evaluates a whole system in
// about one gigabyte, and everything that it downloads for that lies in
// memory too on a live medium.
const (
	leastMemory = 1 << 30
	easyMemory  = 4 << 30
)

func memory(_ context.Context, l *looker) Result {
	have := l.Facts.Memory.Total + l.Facts.Memory.Swap
	said := disk.Bytes(l.Facts.Memory.Total) + " of memory"
	if l.Facts.Memory.Swap > 0 {
		said += " and " + disk.Bytes(l.Facts.Memory.Swap) + " of swap"
	}
	const hint = "add swap in memory before the start: modprobe zram, zramctl --find --size 4G --algorithm zstd, mkswap and swapon on it"
	switch {
	case l.Facts.Memory.Total == 0:
		return warn("how much memory there is could not be read", "")
	case have < leastMemory:
		return fail(said+": too little to evaluate a system in", hint)
	case have < easyMemory:
		return warn(said+": little for the evaluation of a whole system, which may be ended by the kernel", hint)
	}
	return good("%s", said)
}

// clock: with one that is wrong no certificate is valid, and what git and
// the journal record is nonsense. What the clock is held against is the date
// of this build.
func clock(_ context.Context, l *looker) Result {
	const day = 24 * time.Hour
	shown := l.Now.UTC().Format("2006-01-02 15:04 UTC")
	hint := "set it: date --utc --set '2026-01-31 12:00', or timedatectl set-ntp true when the network is up"
	switch {
	case l.Now.IsZero(), l.Built.IsZero():
		return warn("the clock says "+shown+"; this build has no date to hold it against", "")
	case l.Now.Before(l.Built.Add(-day)):
		return fail(fmt.Sprintf("the clock says %s, before this mnemonix was built (%s): no certificate would be valid", shown, l.Built.UTC().Format(time.DateOnly)), hint)
	case l.Now.After(l.Built.AddDate(15, 0, 0)):
		return fail("the clock says "+shown+", many years after this mnemonix was built", hint)
	}
	return good("%s", shown)
}

// leastBattery is how much of a battery carries an installation, in percent.
const leastBattery = 30

func power(_ context.Context, l *looker) Result {
	power := l.Facts.Power
	switch {
	case power.Mains && power.Battery:
		return good("on mains, battery at %d %%", power.Percent)
	case !power.Battery:
		return good("on mains")
	case power.Percent > leastBattery:
		return good("on battery, at %d %%", power.Percent)
	}
	return fail(fmt.Sprintf("on battery, at %d %%: an installation needs more than %d %%, or mains", power.Percent, leastBattery), "plug it in")
}
