package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// disks draws each disk before and after, one above the other, with a bar to
// scale and a row for each region that says what becomes of it.
func (r review) disks(c canvas) []string {
	var lines []string
	for i, disk := range r.plan.Disks {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, c.theme.Title.Render(c.cut(diskName(disk))), c.theme.Dim.Render(c.cut(oneLine(disk.Device))), "")
		lines = append(lines, regions(c, "before", disk.Before, disk.Disk.Size)...)
		lines = append(lines, "")
		lines = append(lines, regions(c, "after", disk.After, disk.Disk.Size)...)
	}
	if len(lines) == 0 {
		return []string{c.theme.Dim.Render("no disk is touched")}
	}
	return lines
}

// regions draws one state of a disk.
func regions(c canvas, when string, list []steps.Region, total uint64) []string {
	lines := []string{c.cut(pad(when, 7) + bar(c.inset(7), list, total))}
	for _, region := range list {
		lines = append(lines, regionRow(c, region))
	}
	return lines
}

// bar is the disk to scale: each region begins with a mark, so that
// neighbours are told apart without colour; free space is light.
func bar(c canvas, list []steps.Region, total uint64) string {
	width := min(c.width, 60)
	if len(list) == 0 || total == 0 {
		return c.theme.Dim.Render(strings.Repeat(c.glyphs.Empty, width))
	}
	shares := share(list, total, width)
	var line strings.Builder
	for i, region := range list {
		if shares[i] == 0 {
			continue
		}
		fill, style := c.glyphs.Full, c.theme.Text
		switch region.Fate {
		case steps.FateFree:
			fill, style = c.glyphs.Empty, c.theme.Dim
		case steps.FateDelete:
			style = c.theme.Removed
		case steps.FateCreate, steps.FateFormat:
			style = c.theme.Added
		case steps.FateKeep:
		}
		line.WriteString(style.Render("|" + strings.Repeat(fill, shares[i]-1)))
	}
	return line.String() + "|"
}

// share gives each region its part of the width, two columns at least, as
// far as there is room.
func share(list []steps.Region, total uint64, width int) []int {
	const least = 2
	shares := make([]int, len(list))
	width-- // the mark at the end
	if len(list)*least > width {
		for i := range shares {
			shares[i] = 1
			if i >= width {
				shares[i] = 0
			}
		}
		return shares
	}
	spare := width - len(list)*least
	largest := 0
	used := 0
	for i, region := range list {
		extra := int(float64(spare) * float64(min(region.Size, total)) / float64(total))
		extra = min(extra, spare-used)
		used += extra
		shares[i] = least + extra
		if region.Size > list[largest].Size {
			largest = i
		}
	}
	shares[largest] += spare - used
	return shares
}

// fateWords say what becomes of a region; they are what counts, the colours
// only help.
var fateWords = map[steps.Fate]string{
	steps.FateKeep:   "keep",
	steps.FateCreate: "create",
	steps.FateFormat: "format",
	steps.FateDelete: "delete",
	steps.FateFree:   "free",
}

func regionRow(c canvas, region steps.Region) string {
	word := fateWords[region.Fate]
	if word == "" {
		word = string(region.Fate)
	}
	style := c.theme.Text
	switch region.Fate {
	case steps.FateDelete, steps.FateFormat:
		style = c.theme.Removed
	case steps.FateCreate:
		style = c.theme.Added
	case steps.FateFree:
		style = c.theme.Dim
	case steps.FateKeep:
	}
	number := ""
	if region.Number > 0 {
		number = fmt.Sprint(region.Number)
	}
	name := oneLine(region.Label)
	if region.Fate == steps.FateFree && name == "" {
		name = "free space"
	}
	line := fmt.Sprintf("  %s %2s  %10s  %s", style.Render(pad(word, 6)), number, size(region.Size), name)
	if region.Content != "" {
		line = pad(line, min(38, c.width/2)) + "  " + c.theme.Dim.Render(oneLine(region.Content))
	}
	return c.cut(line)
}

func regionName(region steps.Region) string {
	switch {
	case region.Content != "" && region.Label != "":
		return region.Label + " (" + region.Content + ")"
	case region.Content != "":
		return region.Content
	case region.Label != "":
		return region.Label
	case region.Number > 0:
		return fmt.Sprintf("partition %d", region.Number)
	}
	return "the disk"
}

// lost are the contents of a disk that are gone afterwards.
func lost(disk steps.DiskPlan) []string {
	var lost []string
	for _, region := range disk.Before {
		if region.Fate == steps.FateDelete || region.Fate == steps.FateFormat {
			lost = append(lost, oneLine(regionName(region)))
		}
	}
	return lost
}

// diskName is how a person knows a disk: the model, the size, the serial
// number.
func diskName(disk steps.DiskPlan) string {
	name := strings.TrimSpace(oneLine(disk.Disk.Model))
	if name == "" {
		name = oneLine(disk.Disk.ID)
	}
	if name == "" {
		name = oneLine(disk.Device)
	}
	if disk.Disk.Size > 0 {
		name += ", " + size(disk.Disk.Size)
	}
	if disk.Disk.Serial != "" && ansi.StringWidth(disk.Disk.Serial) < 32 {
		name += ", serial " + oneLine(disk.Disk.Serial)
	}
	return name
}

// size is a number of bytes as a person reads it, in the units of 1024 that
// the answers use.
func size(bytes uint64) string {
	const unit = 1024
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	value, exponent := float64(bytes), 0
	for value >= unit && exponent < 5 {
		value /= unit
		exponent++
	}
	text := fmt.Sprintf("%.1f", value)
	if value >= 100 {
		text = fmt.Sprintf("%.0f", value)
	}
	return strings.TrimSuffix(text, ".0") + " " + []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}[exponent]
}
