package disk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// anyMachine draws a machine, now and then one that was recorded.
func anyMachine() *rapid.Generator[steps.Facts] {
	recorded := rapid.SampledFrom(recordedFacts())
	return rapid.Custom(func(t *rapid.T) steps.Facts {
		if rapid.IntRange(0, 7).Draw(t, "recorded") == 0 {
			return recorded.Draw(t, "machine")
		}
		return machines().Draw(t, "facts")
	})
}

// recordedFacts are those of the recorded machines that have disks.
var recordedFacts = sync.OnceValue(func() []steps.Facts {
	files, err := filepath.Glob("../../tests/machines/*.facts.json.golden")
	if err != nil || len(files) < 6 {
		panic(fmt.Sprintf("only %d recorded machines: %v", len(files), err))
	}
	var list []steps.Facts
	for _, file := range files {
		var facts steps.Facts
		text, err := os.ReadFile(file)
		if err = errors.Join(err, json.Unmarshal(text, &facts)); err != nil {
			panic(err)
		}
		if len(facts.Disks) > 0 {
			list = append(list, facts)
		}
	}
	return list
})

// machines draws machines: one to three disks of 1 GB to 24 TB, empty or with
// what others left on them, in order or not.
func machines() *rapid.Generator[steps.Facts] {
	return rapid.Custom(func(t *rapid.T) steps.Facts {
		facts := factsOf()
		facts.Memory.Total = rapid.Uint64Range(512*mib, 512*gib).Draw(t, "memory")
		for i := range rapid.IntRange(1, 3).Draw(t, "disks") {
			facts.Disks = append(facts.Disks, disks(i).Draw(t, "disk"))
		}
		if len(facts.Disks) > 1 && rapid.IntRange(0, 19).Draw(t, "twins") == 0 {
			facts.Disks[1].Serial = facts.Disks[0].Serial
		}
		return facts
	})
}

func disks(index int) *rapid.Generator[steps.Disk] {
	return rapid.Custom(func(t *rapid.T) steps.Disk {
		sector := rapid.SampledFrom([]uint64{512, 512, 4096}).Draw(t, "sector")
		size := rapid.OneOf(
			rapid.Uint64Range(1e9, 40e9), rapid.Uint64Range(40e9, 2e12), rapid.Uint64Range(2e12, 24e12),
		).Draw(t, "size") / sector * sector
		d := emptyDisk(fmt.Sprintf("nvme%dn1", index), fmt.Sprintf("SERIAL%d", index), size)
		d.LogicalSize, d.PhysicalSize = sector, max(sector, 4096)
		d.Rotational = rapid.Bool().Draw(t, "rotational")
		rare := func(name string) bool { return rapid.IntRange(0, 29).Draw(t, name) == 0 }
		d.ReadOnly, d.LiveMedium, d.Removable = rare("ro"), rare("live"), rare("removable")
		if rare("no id") {
			d.ID, d.Path = "", fmt.Sprintf("pci-0000:00:0%d.0", index)
		}
		if rare("unread") {
			d.EndsHash, d.Unread = "", rapid.SampledFrom([]string{"", "no answer within 30s", steps.OnlyRoot}).Draw(t, "why unread")
		}
		if rare("busy") {
			d.Holders = []string{"mounted at /media/usb"}
		}
		switch rapid.IntRange(0, 5).Draw(t, "content") {
		case 0: // nothing that is known, and often blank
			if d.EndsHash != "" && rapid.Bool().Draw(t, "not blank") {
				d.EndsHash = strings.Repeat("e", 64)
			}
		case 1:
			d.Content = contents().Draw(t, "bare")
		default:
			d.Table = rapid.SampledFrom([]string{"gpt", "gpt", "gpt", "gpt", "dos"}).Draw(t, "table")
			d.Partitions = partitions(t, d, index)
		}
		return d
	})
}

// partitions fills a disk with partitions that begin and end at any sector,
// under any numbers; once in a while they overlap, as no tool should make
// them.
func partitions(t *rapid.T, d steps.Disk, index int) []steps.Partition {
	list := []steps.Partition{}
	numbers := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7, 17, 128}).Draw(t, "numbers")
	wild := rapid.IntRange(0, 19).Draw(t, "wild") == 0
	sectors := d.Size / d.LogicalSize
	at := 2 + 16384/d.LogicalSize // the first sector after the table
	for i := range rapid.IntRange(1, 6).Draw(t, "partitions") {
		end := sectors - 1 - 16384/d.LogicalSize
		if at >= end {
			break
		}
		start := at
		if rapid.Bool().Draw(t, "gap") {
			start += rapid.Uint64Range(0, (end-at-1)/2).Draw(t, "gap size")
		}
		length := rapid.OneOf(
			rapid.Uint64Range(1, min(end-start, 4096)), rapid.Uint64Range(1, end-start),
		).Draw(t, "length")
		list = append(list, steps.Partition{
			Number: numbers[i], Name: fmt.Sprintf("%sp%d", d.Name, numbers[i]), Start: start * d.LogicalSize, Size: length * d.LogicalSize,
			PartUUID: fmt.Sprintf("%08x-0000-4000-8000-%012x", index, numbers[i]),
			TypeGUID: rapid.SampledFrom([]string{"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", ""}).Draw(t, "type"),
			Label:    rapid.SampledFrom([]string{"", "Basic data partition", "a\x1b[2Jb", "ä"}).Draw(t, "label"),
			Content:  contents().Draw(t, "content"),
		})
		if last := &list[i]; i == 0 && rapid.Bool().Draw(t, "roomy ESP") {
			last.TypeGUID, last.Content = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", steps.Content{Kind: "vfat", Used: 30 * mib}
		}
		at = start + length
		if wild {
			at -= length / 2
		}
	}
	if len(list) > 0 && rapid.IntRange(0, 19).Draw(t, "broken") == 0 {
		breakTable(t, &list[rapid.IntRange(0, len(list)-1).Draw(t, "broken one")])
	}
	return list
}

// breakTable makes of a partition what only a broken or a hostile table has.
func breakTable(t *rapid.T, one *steps.Partition) {
	switch rapid.IntRange(0, 6).Draw(t, "how") {
	case 0:
		one.Size = 0
	case 1:
		one.Size = ^uint64(0)
	case 2:
		one.Size = ^one.Start + 1 // the end is at 0
	case 3:
		one.Start = ^uint64(0) - 511
	case 4:
		one.Start = 0
	case 5:
		one.PartUUID = ""
	case 6:
		one.Number = rapid.SampledFrom([]int{0, -1, 129, 1 << 16}).Draw(t, "number")
	}
}

func contents() *rapid.Generator[steps.Content] {
	return rapid.Custom(func(t *rapid.T) steps.Content {
		kind := rapid.SampledFrom([]string{"", "vfat", "ntfs", "BitLocker", "ext4", "btrfs", "crypto_LUKS", "LVM2_member", "linux_raid_member"}).Draw(t, "kind")
		content := steps.Content{Kind: kind}
		if kind != "" {
			content.Label = rapid.SampledFrom([]string{"", "Data", "\x1b[31m", "名"}).Draw(t, "label")
			content.Hibernated = rapid.IntRange(0, 39).Draw(t, "sleeps") == 0
			content.Used = rapid.SampledFrom([]uint64{0, mib, 100 * mib, 90 * gib}).Draw(t, "used")
		}
		return content
	})
}

// answersFor draws answers for a machine: any layout, on any of its disks, in
// ways that make sense and in ways that do not.
func answersFor(facts steps.Facts) *rapid.Generator[steps.Answers] {
	return rapid.Custom(func(t *rapid.T) steps.Answers {
		a := answersOf(rapid.SampledFrom(layouts).Draw(t, "layout"))
		first := rapid.IntRange(0, len(facts.Disks)-1).Draw(t, "system")
		for i, role := range []string{"system", "mirror"} {
			one := facts.Disks[(first+i)%len(facts.Disks)]
			match := rapid.SampledFrom([]steps.Match{
				{Serial: one.Serial}, {Serial: one.Serial}, {WWN: one.WWN}, {Pick: "largest"}, {Transport: "nvme", Pick: "only"}, {MinSize: "20GB"}, {},
			}).Draw(t, "match")
			a.Disk.Disks = append(a.Disk.Disks, steps.DiskChoice{Role: role, Match: match})
			for _, partition := range one.Partitions {
				if rapid.IntRange(0, 3).Draw(t, "keep") == 0 && !slices.Contains(a.Disk.Keep, partition.PartUUID) {
					a.Disk.Keep = append(a.Disk.Keep, partition.PartUUID)
				}
			}
		}
		a.Disk.ESP = rapid.SampledFrom([]string{"1GiB", "512MiB", "100MiB", "1000MB", "nonsense"}).Draw(t, "esp")
		a.Disk.Swap = steps.Swap{
			Kind:      rapid.SampledFrom([]string{"partition", "partition", "file", "zram", "none"}).Draw(t, "swap"),
			Size:      rapid.SampledFrom([]string{"auto", "1GiB", "3GB", "900GiB"}).Draw(t, "swap size"),
			Hibernate: rapid.Bool().Draw(t, "hibernate"),
		}
		a.Disk.Impermanence = rapid.Bool().Draw(t, "impermanence")
		a.Boot = steps.Boot{
			Loader: rapid.SampledFrom([]string{"systemd-boot", "lanzaboote"}).Draw(t, "loader"),
			Unlock: rapid.SampledFrom([]string{"tpm", "tpm-pin", "passphrase", "none"}).Draw(t, "unlock"),
		}
		return a
	})
}

// What is drawn reaches every corner that the properties are about: without
// this, a property could hold because nothing was ever planned.
func TestGeneratorReaches(t *testing.T) {
	seen := map[string]int{}
	machine := machines()
	for seed := range 4000 {
		facts := machine.Example(seed)
		answers := answersFor(facts).Example(seed)
		plan := planOf(facts, answers)
		outcome := "blocked"
		if len(plan.Actions) > 0 {
			outcome = "planned"
		}
		seen[answers.Disk.Layout+" "+outcome]++
		for _, one := range plan.Layout.Disks {
			if one.Shared {
				seen["shared"]++
			}
		}
		if len(plan.Layout.Mounts) > 0 && plan.Layout.Mounts[len(plan.Layout.Mounts)-1].Format == "vfat" {
			seen["another system's ESP"]++
		}
		for _, action := range plan.Actions {
			if strings.HasPrefix(action.Title, "delete ") {
				seen["some deleted, some kept"]++
			}
		}
	}
	for _, layout := range layouts {
		if layout != "document" && seen[layout+" planned"] == 0 || seen[layout+" blocked"] == 0 {
			t.Errorf("%s: planned %d times, blocked %d times", layout, seen[layout+" planned"], seen[layout+" blocked"])
		}
	}
	for _, corner := range []string{"shared", "another system's ESP", "some deleted, some kept"} {
		if seen[corner] == 0 {
			t.Errorf("never drawn: %s", corner)
		}
	}
	t.Log(seen)
}
