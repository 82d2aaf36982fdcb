package disk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// Match finds the one disk that a rule means. The error is a steps.Problem:
// it says which disks were candidates and why none or several of them fit.
func Match(rule steps.Match, facts steps.Facts) (steps.Disk, error) {
	named, what := identity(rule)
	if named != nil {
		return matchIdentity(named, what, facts)
	}
	if rule == (steps.Match{}) {
		return steps.Disk{}, steps.Problem{
			Text: "the rule for the disk is empty", Hint: "name it by id, serial or wwn: " + candidates(usable(facts)),
		}
	}
	fit, err := properties(rule)
	if err != nil {
		return steps.Disk{}, err
	}
	var fits []steps.Disk
	for _, disk := range usable(facts) {
		if fit(disk) {
			fits = append(fits, disk)
		}
	}
	what = describeRule(rule)
	switch {
	case len(fits) == 0:
		return steps.Disk{}, steps.Problem{
			Text: "no disk fits " + what, Hint: "the disks that could be used: " + candidates(usable(facts)) + unusable(facts),
		}
	case len(fits) > 1 && (rule.Pick == "largest" || rule.Pick == "smallest"):
		slices.SortStableFunc(fits, func(a, b steps.Disk) int { return cmp.Compare(b.Size, a.Size) })
		if rule.Pick == "smallest" {
			slices.Reverse(fits)
		}
		if fits[0].Size != fits[1].Size {
			return fits[0], nil
		}
		same := slices.DeleteFunc(slices.Clone(fits), func(d steps.Disk) bool { return d.Size != fits[0].Size })
		return steps.Disk{}, several(what, same)
	case len(fits) > 1:
		return steps.Disk{}, several(what, fits)
	}
	return fits[0], nil
}

// Resolve finds the disk of a choice: the one that it came to at the
// installation where that is known, else the one that its rule means.
func Resolve(choice steps.DiskChoice, facts steps.Facts) (steps.Disk, error) {
	if choice.Resolved == nil {
		return Match(choice.Match, facts)
	}
	want := *choice.Resolved
	same := func(d steps.Disk) bool {
		return d.Size == want.Size && equalOrUnknown(want.ID, d.ID) && equalOrUnknown(want.Serial, d.Serial) &&
			equalOrUnknown(want.WWN, d.WWN) && (want.ID+want.Serial+want.WWN != "" || want.Path == d.Path)
	}
	return matchIdentity(same, "the disk "+cmp.Or(want.ID, want.Serial, want.WWN, want.Path)+" of "+Bytes(want.Size)+", chosen at the installation,", facts)
}

func equalOrUnknown(want, got string) bool { return want == "" || want == got }

// identity returns the test for a rule that names one disk, and its words.
func identity(rule steps.Match) (func(steps.Disk) bool, string) {
	switch {
	case rule.ID != "":
		id := strings.TrimPrefix(rule.ID, idFolder)
		return func(d steps.Disk) bool { return d.ID == id }, "the id " + id
	case rule.Serial != "":
		return func(d steps.Disk) bool { return d.Serial == rule.Serial }, "the serial number " + rule.Serial
	case rule.WWN != "":
		return func(d steps.Disk) bool { return d.WWN != "" && sameWWN(d.WWN, rule.WWN) }, "the wwn " + rule.WWN
	case rule.Path != "":
		return func(d steps.Disk) bool { return d.Path == rule.Path }, "the path " + rule.Path
	}
	return nil, ""
}

// sameWWN compares names that udev writes as 0x5000c500... and the kernel as
// naa.5000c500..., and that both write as eui.0025385....
func sameWWN(a, b string) bool {
	bare := func(wwn string) string {
		wwn = strings.ToLower(wwn)
		for _, prefix := range []string{"wwn-", "nvme-", "0x", "naa.", "eui."} {
			wwn = strings.TrimPrefix(wwn, prefix)
		}
		return wwn
	}
	return bare(a) == bare(b)
}

func matchIdentity(same func(steps.Disk) bool, what string, facts steps.Facts) (steps.Disk, error) {
	var fits []steps.Disk
	for _, disk := range facts.Disks {
		if same(disk) {
			fits = append(fits, disk)
		}
	}
	switch len(fits) {
	case 0:
		return steps.Disk{}, steps.Problem{
			Text: "no disk has " + strings.TrimSuffix(what, ","), Hint: "the disks that could be used: " + candidates(usable(facts)) + unusable(facts),
		}
	case 1:
		if reason := Unusable(fits[0], facts); reason != "" {
			return steps.Disk{}, steps.Problem{Text: Title(fits[0]) + " cannot be used: " + reason}
		}
		return fits[0], nil
	}
	return steps.Disk{}, several(what, fits)
}

// properties returns the test for a rule that describes a disk.
func properties(rule steps.Match) (func(steps.Disk) bool, error) {
	limit := func(text string, otherwise uint64) (uint64, error) {
		if text == "" {
			return otherwise, nil
		}
		return answers.ParseSize(text)
	}
	least, errLeast := limit(rule.MinSize, 0)
	most, errMost := limit(rule.MaxSize, ^uint64(0))
	if err := cmp.Or(errLeast, errMost); err != nil {
		return nil, fmt.Errorf("read the rule for the disk: %w", err)
	}
	return func(d steps.Disk) bool {
		return (rule.Transport == "" || rule.Transport == d.Transport) &&
			(rule.SSD == nil || *rule.SSD != d.Rotational) &&
			(rule.Model == "" || glob(rule.Model, d.Model)) &&
			d.Size >= least && d.Size <= most
	}, nil
}

// glob matches a pattern with * (any characters) and ? (any one). It takes
// the time of the pattern's length times the text's, never more.
func glob(pattern, text string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(text) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && pattern[i] == '?':
			_, size := utf8.DecodeRuneInString(text[j:])
			i, j = i+1, j+size
		case i < len(pattern) && pattern[i] == text[j]:
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}

func several(what string, fits []steps.Disk) error {
	return steps.Problem{
		Text: fmt.Sprintf("%d disks fit %s: %s", len(fits), what, candidates(fits)),
		Hint: "name one of them by its id",
	}
}

func describeRule(rule steps.Match) string {
	var words []string
	add := func(when bool, text string) {
		if when {
			words = append(words, text)
		}
	}
	add(rule.Transport != "", "transport "+rule.Transport)
	add(rule.SSD != nil && *rule.SSD, "a disk without moving parts")
	add(rule.SSD != nil && !*rule.SSD, "a disk that spins")
	add(rule.Model != "", "model "+rule.Model)
	add(rule.MinSize != "", "at least "+rule.MinSize)
	add(rule.MaxSize != "", "at most "+rule.MaxSize)
	add(rule.Pick != "", "pick "+rule.Pick)
	return "the rule (" + strings.Join(words, ", ") + ")"
}
