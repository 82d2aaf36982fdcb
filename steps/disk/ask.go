package disk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// Ask asks for the layout, its disks, and what follows from them.
func (Step) Ask(facts steps.Facts, chosen steps.Answers) []steps.Question {
	if !chosen.Host.NixOS() {
		return nil
	}
	layout, _ := assets.Load().Layout(chosen.Disk.Layout)
	questions := []steps.Question{askLayout(facts, chosen)}
	for _, role := range layout.Roles {
		questions = append(questions, askDisk(facts, chosen, role, len(layout.Roles) > 1))
	}
	if layout.Name == layoutDocument || layout.Name == "" {
		return append(questions, askLoader(facts, chosen))
	}
	if keep, some := askKeep(facts, chosen); some {
		questions = append(questions, keep)
	}
	questions = append(questions, askLoader(facts, chosen), steps.Question{
		Key: "disk.esp", Kind: steps.KindText, Title: "Size of the boot partition",
		Help:  "The EFI system partition holds the boot loader and a kernel for every generation: 1GiB is a good size.",
		Value: answers.Get(chosen, "disk.esp"),
	})
	questions = append(questions, askSwap(facts, chosen, layout)...)
	if layout.Impermanence {
		questions = append(questions, steps.Question{
			Key: "disk.impermanence", Kind: steps.KindConfirm, Title: "Forget everything at every boot, except /home and what is named?",
			Help:  "The root file system is new at every boot. What shall stay is named in the configuration and lies on /persist.",
			Value: answers.Get(chosen, "disk.impermanence"),
		})
	}
	if layout.Encryption == "always" {
		questions = append(questions, askUnlock(facts, chosen), steps.Question{
			Key: passphrase, Kind: steps.KindSecret, Title: "Passphrase of the disk",
			Help: "It opens the disk when nothing else does. It is typed at the console, with the keyboard layout " + chosen.Locale.Keymap + ".",
		})
	}
	return questions
}

func askLayout(facts steps.Facts, chosen steps.Answers) steps.Question {
	question := steps.Question{
		Key: "disk.layout", Kind: steps.KindChoice, Title: "Disk layout", Value: answers.Get(chosen, "disk.layout"),
		Help: "How the disk is divided and encrypted. Nothing is written before you have seen the whole plan and said yes.",
	}
	for _, layout := range assets.Load().Layouts {
		question.Options = append(question.Options, steps.Option{
			Value: layout.Name, Title: layout.Title, Help: layout.Help, Unavailable: layoutUnavailable(facts, layout),
		})
	}
	return question
}

// layoutUnavailable says why a layout cannot be had on this machine, as far
// as that shows before its disks are chosen.
func layoutUnavailable(facts steps.Facts, layout assets.Layout) string {
	disks := usable(facts)
	switch {
	case layout.Name == layoutDocument:
		return ""
	case len(disks) < len(layout.Roles) && len(layout.Roles) == 1:
		return "there is no disk that could be used"
	case len(disks) < len(layout.Roles):
		return fmt.Sprintf("it needs %d disks, and %d can be used", len(layout.Roles), len(disks))
	case layout.Name == layoutBeside && !slices.ContainsFunc(disks, hasRoomBeside):
		return "no disk has a GPT with partitions and enough free room in one piece"
	}
	return ""
}

func hasRoomBeside(disk steps.Disk) bool {
	return disk.Table == "gpt" && len(disk.Partitions) > 0 && consistent(disk) == "" &&
		largest(freeSpans(disk.Partitions, usableSpan(disk))).aligned().size() >= minRoot
}

// askDisk asks for the disk of a role. What holds data is never proposed; it
// has to be chosen.
func askDisk(facts steps.Facts, chosen steps.Answers, role string, several bool) steps.Question {
	question := steps.Question{Key: "disk.disks." + role, Kind: steps.KindChoice, Title: "Disk", Value: present(facts, chosen, role)}
	switch {
	case several && role == roleSystem:
		question.Title = "First disk"
	case several:
		question.Title = "Second disk, the mirror"
	}
	switch chosen.Disk.Layout {
	case layoutBeside:
		question.Help = "Only free room on it is used."
	case layoutDocument:
		question.Help = "It stays as it is."
	default:
		question.Help = "Everything on it is erased, except partitions that you choose to keep."
	}
	var empty []string
	for _, disk := range facts.Disks {
		option := steps.Option{Value: optionValue(disk, facts), Title: titleAmong(disk, facts), Help: "empty", Unavailable: Unusable(disk, facts)}
		switch holds, unknown := Holds(disk), disk.Unknown(); {
		case holds != "":
			option.Help = "holds " + holds
		case unknown != "":
			option.Help = unknown
		}
		switch {
		case option.Unavailable != "":
		case option.Value == "":
			option.Unavailable = "each of its names is another disk's too: by-path, serial number and WWN"
		case len(disk.Holders) > 0 && chosen.Disk.Layout != layoutDocument && (!Assembled(disk) || chosen.Disk.Layout == layoutBeside):
			option.Unavailable = "it is in use: " + list(disk.Holders)
		case chosen.Disk.Layout == layoutBeside && !hasRoomBeside(disk):
			option.Unavailable = "it has no GPT with enough free room in one piece"
		case takenBy(facts, chosen, role, disk) != "":
			option.Unavailable = "it is the " + takenBy(facts, chosen, role, disk) + " disk already"
		case !HasData(disk):
			empty = append(empty, option.Value)
		}
		if option.Value == "" {
			option.Value = disk.Name // to be shown, never chosen
		}
		question.Options = append(question.Options, option)
	}
	if question.Value == nil && len(empty) == 1 && !several {
		question.Value = empty
	}
	return question
}

// optionValue is a disk as the answer is written (see answers.Set): by the
// first of its names that no other disk of the machine has, the port that it is
// on last: that one follows the port, not the disk. Empty when it has none of
// its own.
func optionValue(disk steps.Disk, facts steps.Facts) string {
	for _, name := range []struct {
		prefix string
		rule   steps.Match
	}{
		{"", steps.Match{ID: disk.ID}},
		{"serial:", steps.Match{Serial: disk.Serial}},
		{"wwn:", steps.Match{WWN: disk.WWN}},
		{"path:", steps.Match{Path: disk.Path}},
	} {
		named, _ := identity(name.rule)
		if named == nil {
			continue
		}
		count := 0
		for _, other := range facts.Disks {
			if named(other) {
				count++
			}
		}
		if count == 1 {
			return name.prefix + name.rule.ID + name.rule.Serial + name.rule.WWN + name.rule.Path
		}
	}
	return ""
}

// present is the disk that is chosen now, whatever rule chose it.
func present(facts steps.Facts, chosen steps.Answers, role string) []string {
	for _, choice := range chosen.Disk.Disks {
		if choice.Role != role {
			continue
		}
		if disk, err := Resolve(choice, facts); err == nil {
			if value := optionValue(disk, facts); value != "" {
				return []string{value}
			}
		}
	}
	return nil
}

// takenBy names the other role that a disk has already, or "".
func takenBy(facts steps.Facts, chosen steps.Answers, role string, disk steps.Disk) string {
	for _, choice := range chosen.Disk.Disks {
		if choice.Role == role {
			continue
		}
		if other, err := Resolve(choice, facts); err == nil && other.Name == disk.Name {
			return choice.Role
		}
	}
	return ""
}

// askKeep asks which partitions of the chosen disks stay, where there are any.
func askKeep(facts steps.Facts, chosen steps.Answers) (steps.Question, bool) {
	question := steps.Question{
		Key: "disk.keep", Kind: steps.KindChoices, Title: "Partitions to keep", Optional: true,
		Help:  "What you mark stays untouched to the byte; everything else on the disk is erased. Without a mark the whole disk is used.",
		Value: chosen.Disk.Keep,
	}
	if chosen.Disk.Layout == layoutBeside {
		return question, false
	}
	for _, choice := range chosen.Disk.Disks {
		disk, err := Resolve(choice, facts)
		if err != nil || disk.Table != "gpt" {
			continue
		}
		for _, partition := range disk.Partitions {
			if partition.PartUUID == "" {
				continue
			}
			question.Options = append(question.Options, steps.Option{
				Value: strings.ToLower(partition.PartUUID),
				Title: "partition " + strconv.Itoa(partition.Number) + ", " + Bytes(partition.Size) + ", " + contentWords(partition.Content),
				Help:  "on " + titleAmong(disk, facts),
			})
		}
	}
	return question, len(question.Options) > 0
}
