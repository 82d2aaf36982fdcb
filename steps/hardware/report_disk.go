package hardware

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// diskLines are a disk and, below it, what it is known by and what lies on
// it.
func diskLines(disk steps.Disk) []string {
	lines := []string{title(0, "disk") + diskLine(disk), title(1, "") + "  " + identityLine(disk)}
	if len(disk.Holders) > 0 {
		lines = append(lines, title(1, "")+"  in use: "+strings.Join(disk.Holders, ", "))
	}
	for _, partition := range disk.Partitions {
		lines = append(lines, title(1, "")+"  "+partitionLine(partition))
	}
	return lines
}

func diskLine(disk steps.Disk) string {
	line := diskName(disk)
	if disk.Transport != "" {
		line += ", " + disk.Transport
	}
	if disk.Rotational {
		line += ", it spins"
	}
	if disk.Removable {
		line += ", removable"
	}
	switch {
	case disk.LiveMedium:
		line += ", the medium that this system runs from"
	case len(systems(disk)) > 0:
		line += ", holds " + strings.Join(systems(disk), ", ")
	case len(disk.Partitions) == 1:
		line += ", one partition"
	case len(disk.Partitions) > 1:
		line += fmt.Sprintf(", %d partitions", len(disk.Partitions))
	case disk.Unknown() != "":
		line += ", " + disk.Unknown()
	case disk.Content.Empty():
		line += ", empty"
	default:
		line += ", " + contentLine(disk.Content)
	}
	if disk.ReadOnly {
		line += ", read-only"
	}
	if disk.Wear > 0 {
		line += fmt.Sprintf(", %d %% of its life used", disk.Wear)
	}
	if disk.Health != "" {
		line += ", " + disk.Health
	}
	return line
}

// systems are the operating systems on a disk and what starts them, each
// once and as exactly as it is known.
func systems(disk steps.Disk) []string {
	var list []string
	for _, content := range slices.Concat([]steps.Content{disk.Content}, contents(disk)) {
		for _, name := range strings.Split(content.System, ", ") {
			if name == "" || slices.ContainsFunc(list, func(known string) bool { return strings.HasPrefix(known, name) }) {
				continue
			}
			list = append(slices.DeleteFunc(list, func(known string) bool { return strings.HasPrefix(name, known) }), name)
		}
	}
	return list
}

func contents(disk steps.Disk) []steps.Content {
	list := make([]steps.Content, len(disk.Partitions))
	for i, partition := range disk.Partitions {
		list[i] = partition.Content
	}
	return list
}

// identityLine is what a disk is known by, and how it counts.
func identityLine(disk steps.Disk) string {
	words := []string{cmp.Or(disk.ID, disk.Path, disk.Name)}
	if disk.Serial != "" {
		words = append(words, "serial "+disk.Serial)
	}
	if disk.WWN != "" {
		words = append(words, "WWN "+disk.WWN)
	}
	if disk.Path != "" && disk.ID != "" {
		words = append(words, "at "+disk.Path)
	}
	sectors := fmt.Sprintf("sectors of %d", disk.LogicalSize)
	if disk.PhysicalSize != disk.LogicalSize {
		sectors += fmt.Sprintf(" on %d", disk.PhysicalSize)
	}
	words = append(words, sectors)
	if disk.Table != "" {
		words = append(words, "table "+disk.Table)
	}
	return strings.Join(words, ", ")
}

func partitionLine(partition steps.Partition) string {
	line := fmt.Sprintf("%d: %s", partition.Number, sizeText(partition.Size))
	if partition.Label != "" {
		line += " " + partition.Label
	}
	return line + ", " + contentLine(partition.Content)
}

func contentLine(content steps.Content) string {
	words := []string{cmp.Or(content.Kind, "nothing that is known")}
	if content.Label != "" {
		words[0] += " " + content.Label
	}
	if content.System != "" {
		words = append(words, content.System)
	}
	if content.Used > 0 {
		words = append(words, sizeText(content.Used)+" used")
	}
	if content.Hibernated {
		words = append(words, "a system sleeps on it")
	}
	if content.Unclean {
		words = append(words, "was not unmounted")
	}
	return strings.Join(words, ", ")
}

func volumeLine(volume steps.Volume) string {
	line := fmt.Sprintf("%s: %s of %s, %s, %s", volume.Name, volume.Kind, strings.Join(volume.Members, " and "), sizeText(volume.Size), contentLine(volume.Content))
	if len(volume.Holders) > 0 {
		line += ", " + strings.Join(volume.Holders, ", ")
	}
	return line
}
