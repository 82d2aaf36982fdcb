package disk

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Glyphs are the characters of a picture. They are chosen by who knows the
// terminal: the Linux console's font has few.
type Glyphs struct {
	Side  string // between regions
	Kept  string // fills what stays
	Made  string // fills what is made
	Gone  string // fills what goes
	Empty string // fills what is free
}

// ASCII are glyphs that every terminal has.
var ASCII = Glyphs{Side: "|", Kept: "=", Made: "#", Gone: "x", Empty: "."}

// marks are the words for the fates, so that colour and glyphs are never the
// only sign.
var marks = map[steps.Fate]string{
	steps.FateKeep: "keep", steps.FateCreate: "create", steps.FateFormat: "format", steps.FateDelete: "delete", steps.FateFree: "free",
}

// Picture draws a disk before and after as lines of at most width characters:
// a bar each, and a row for every region that is more than a rest of the
// alignment.
func Picture(plan steps.DiskPlan, width int, glyphs Glyphs) []string {
	lines := []string{cut(fmt.Sprintf("%s  %s", plan.Device, Bytes(plan.Disk.Size)), width)}
	for _, half := range []struct {
		title   string
		regions []steps.Region
	}{{"before", plan.Before}, {"after", plan.After}} {
		lines = append(lines, cut(fmt.Sprintf("%-7s", half.title)+bar(half.regions, plan.Disk.Size, width-7, glyphs), width))
		for _, region := range half.regions {
			if region.Fate == steps.FateFree && region.Size < 16*mib {
				continue
			}
			lines = append(lines, cut(row(region), width))
		}
	}
	return lines
}

// row is one region in words.
func row(region steps.Region) string {
	number := "-"
	if region.Number > 0 {
		number = fmt.Sprint(region.Number)
	}
	words := region.Content
	if region.Label != "" && !strings.HasPrefix(words, region.Label) {
		words = strings.TrimSuffix(region.Label+": "+words, ": ")
	}
	if region.Fate == steps.FateFree {
		words = ""
	}
	return strings.TrimRight(fmt.Sprintf("  %-6s %3s %10s  %s", marks[region.Fate], number, Bytes(region.Size), words), " ")
}

// bar draws the regions in proportion; each has at least one cell, so that a
// small one that stays is never invisible.
func bar(regions []steps.Region, size uint64, width int, glyphs Glyphs) string {
	var shown []steps.Region
	for _, region := range regions {
		if region.Fate != steps.FateFree || region.Size >= size/100 {
			shown = append(shown, region)
		}
	}
	cells := width - len(shown) - 1
	if len(shown) == 0 || cells < len(shown) {
		return ""
	}
	widths := make([]int, len(shown))
	used := 0
	for i, region := range shown {
		widths[i] = max(1, int(float64(region.Size)/float64(size)*float64(cells)))
		used += widths[i]
	}
	// What is missing or too much goes to the widest.
	for used != cells {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		step := cells - used
		if step < 0 {
			step = max(step, 1-widths[widest])
			if step == 0 {
				return ""
			}
		}
		widths[widest] += step
		used += step
	}
	var out strings.Builder
	out.WriteString(glyphs.Side)
	for i, region := range shown {
		fill := map[steps.Fate]string{
			steps.FateKeep: glyphs.Kept, steps.FateCreate: glyphs.Made, steps.FateFormat: glyphs.Made,
			steps.FateDelete: glyphs.Gone, steps.FateFree: glyphs.Empty,
		}[region.Fate]
		out.WriteString(strings.Repeat(fill, widths[i]) + glyphs.Side)
	}
	return out.String()
}

// cut shortens a line to a width in characters, and says so with dots.
func cut(line string, width int) string {
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	runes := []rune(line)
	if width <= 3 {
		return string(runes[:max(0, width)])
	}
	return string(runes[:width-3]) + "..."
}
