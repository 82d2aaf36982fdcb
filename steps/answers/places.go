package answers

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
)

// setDisk chooses the disk of a role and returns the path of its key.
func setDisk(answers *steps.Answers, role string, values []string) (string, error) {
	if len(values) != 1 || values[0] == "" {
		return "disk.disks", errors.New("must be one disk")
	}
	if roles := assets.Load().Roles(); !slices.Contains(roles, role) {
		return "disk.disks", fmt.Errorf("there is no role %q; the roles are %s", shorten(role), strings.Join(roles, " and "))
	}
	var match steps.Match
	text := values[0]
	switch kind, value, _ := strings.Cut(text, ":"); kind {
	case "serial":
		match.Serial = value
	case "wwn":
		match.WWN = value
	case "path":
		match.Path = value
	case "id":
		match.ID = value
	default:
		match.ID = strings.TrimPrefix(text, "/dev/disk/by-id/")
	}
	if match == (steps.Match{}) {
		return "disk.disks", errors.New("must be the name of a disk in /dev/disk/by-id, or serial:, wwn: or path: and its value")
	}
	choice := steps.DiskChoice{Role: role, Match: match}
	place := slices.IndexFunc(answers.Disk.Disks, func(disk steps.DiskChoice) bool { return disk.Role == role })
	if place < 0 {
		place = len(answers.Disk.Disks)
		answers.Disk.Disks = append(answers.Disk.Disks, choice)
	} else {
		answers.Disk.Disks[place] = choice
	}
	return "disk.disks." + strconv.Itoa(place), nil
}

// matchText is a match as setDisk reads it; a match by properties has no such
// form.
func matchText(match steps.Match) []string {
	switch {
	case match.ID != "":
		return []string{match.ID}
	case match.Serial != "":
		return []string{"serial:" + match.Serial}
	case match.WWN != "":
		return []string{"wwn:" + match.WWN}
	case match.Path != "":
		return []string{"path:" + match.Path}
	}
	return nil
}

// setBuilders reads a line for each builder: HOST [SYSTEM [JOBS]].
func setBuilders(answers *steps.Answers, lines []string) error {
	var builders []steps.Builder
	for _, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		builder := steps.Builder{Host: words[0], System: answers.Host.System, MaxJobs: 1}
		if len(words) > 1 {
			builder.System = words[1]
		}
		if len(words) > 2 {
			jobs, err := strconv.Atoi(words[2])
			if err != nil || len(words) > 3 {
				return fmt.Errorf("must be a line HOST SYSTEM JOBS, such as brix x86_64-linux 4 (it is %q)", shorten(line))
			}
			builder.MaxJobs = jobs
		}
		builders = append(builders, builder)
	}
	answers.Builders = builders
	return nil
}

// follow adapts the answers that another one has left a single choice. The
// wizard asks for the layout before the swap and never shows a question that
// has one answer; a file is never adapted, it is refused.
func follow(answers *steps.Answers) {
	if answers.HasFeature("headless") || answers.Host.Type == "windows" {
		answers.Desktop = "none"
	}
	if !answers.HasFeature("virtualization") {
		answers.Modules.Virtualization = nil
	}
	if !answers.Host.NixOS() {
		answers.Disk, answers.Boot, answers.CI = steps.DiskChoices{}, steps.Boot{}, ""
		return
	}
	if answers.Disk.Layout == "" {
		answers.Disk = usualDisk()
	}
	if answers.Boot == (steps.Boot{}) {
		answers.Boot = steps.Boot{Loader: "systemd-boot", Unlock: "passphrase"}
	}
	layout, known := assets.Load().Layout(answers.Disk.Layout)
	if !known {
		return
	}
	answers.Disk.Disks = slices.DeleteFunc(answers.Disk.Disks, func(disk steps.DiskChoice) bool {
		return !slices.Contains(layout.Roles, disk.Role)
	})
	answers.Disk.Impermanence = answers.Disk.Impermanence && layout.Impermanence
	followSwap(&answers.Disk.Swap, layout)
	followUnlock(answers, layout)
}

func followSwap(swap *steps.Swap, layout assets.Layout) {
	if !slices.Contains(layout.Swap, swap.Kind) && slices.Contains([]string{"partition", "file", "zram", "none"}, swap.Kind) {
		swap.Kind = layout.Swap[0]
	}
	swap.Hibernate = swap.Hibernate && swap.Kind == "partition"
	switch swap.Kind {
	case "partition", "file":
		if swap.Size == "" {
			swap.Size = "auto"
		}
		if swap.Size != "auto" {
			swap.Resolved = ""
		}
	default:
		swap.Size, swap.Resolved = "", ""
	}
}

func followUnlock(answers *steps.Answers, layout assets.Layout) {
	boot := &answers.Boot
	switch {
	case layout.Encryption == "never":
		boot.Unlock = "none"
		return
	case boot.Unlock == "none" && layout.Encryption == "always":
		boot.Unlock = "passphrase"
		if answers.TPM.Keys {
			boot.Unlock = "tpm-pin"
		}
		if answers.TPM.Keys && boot.Loader == "lanzaboote" {
			boot.Unlock = "tpm"
		}
	}
	if !answers.TPM.Keys && boot.ByTPM() {
		boot.Unlock = "passphrase"
	}
}
