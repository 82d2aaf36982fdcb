package disk

import (
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Confirm is the word that a person types to give a disk away: the end of its
// serial number, or of the first of its names that no other disk has, as long
// as it takes to be no other disk's.
func Confirm(disk steps.Disk, facts steps.Facts) string {
	word := confirmSource(disk, facts)
	for length := 4; length < len(word); length++ {
		short := tail(word, length)
		unique := true
		for _, other := range facts.Disks {
			if other.Name != disk.Name && tail(confirmSource(other, facts), length) == short {
				unique = false
			}
		}
		if unique {
			return short
		}
	}
	return word
}

// confirmSource is the whole name that Confirm takes the end of. A serial
// number that two disks have confirms neither.
func confirmSource(disk steps.Disk, facts steps.Facts) string {
	for _, name := range []func(steps.Disk) string{
		func(d steps.Disk) string { return d.Serial }, func(d steps.Disk) string { return d.ID }, func(d steps.Disk) string { return d.Path },
	} {
		word := typed(name(disk))
		if word != "" && !slices.ContainsFunc(facts.Disks, func(other steps.Disk) bool { return other.Name != disk.Name && typed(name(other)) == word }) {
			return word
		}
	}
	return typed(disk.Name)
}

// typed keeps letters and digits: what every keyboard can type.
func typed(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, text)
}
