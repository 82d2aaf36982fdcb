package disk

import (
	"slices"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

var swapTitles = map[string][2]string{
	"partition": {"A partition", "Always there; the only kind that a machine can hibernate to"},
	"file":      {"A file", "Its size can be changed later"},
	"zram":      {"Compressed memory", "Nothing is written to the disk; good for eMMC and small machines"},
	"none":      {"None", "A program that takes all memory is ended"},
}

func askSwap(facts steps.Facts, chosen steps.Answers, layout assets.Layout) []steps.Question {
	kind := steps.Question{Key: "disk.swap.kind", Kind: steps.KindChoice, Title: "Swap", Value: answers.Get(chosen, "disk.swap.kind")}
	for _, name := range layout.Swap {
		kind.Options = append(kind.Options, steps.Option{Value: name, Title: swapTitles[name][0], Help: swapTitles[name][1]})
	}
	questions := []steps.Question{kind}
	swap := chosen.Disk.Swap
	if swap.Kind == "partition" && canHibernate(layout.Name) && (facts.Power.Battery || swap.Hibernate) {
		questions = append(questions, steps.Question{
			Key: "disk.swap.hibernate", Kind: steps.KindConfirm, Title: "Let the machine sleep without power?",
			Help:  "Its memory then goes to the swap, which is made large enough and lies inside the encryption.",
			Value: answers.Get(chosen, "disk.swap.hibernate"),
		})
	}
	if swap.Kind == "partition" || swap.Kind == "file" {
		questions = append(questions, steps.Question{
			Key: "disk.swap.size", Kind: steps.KindText, Title: "Size of the swap",
			Help:  "A size such as 8GiB, or auto, which comes to " + Bytes(AutoSwap(facts.Memory.Total, swap.Hibernate)) + " here.",
			Value: answers.Get(chosen, "disk.swap.size"),
		})
	}
	return questions
}

// canHibernate says whether a layout has a place for the memory of a sleeping
// machine: in clear beside a root in clear, inside the container otherwise.
func canHibernate(layout string) bool {
	return slices.Contains([]string{"luks-btrfs", "btrfs", "ext4", "luks-ext4", "luks-lvm", "md-raid1", layoutBeside}, layout)
}

func askLoader(facts steps.Facts, chosen steps.Answers) steps.Question {
	question := steps.Question{
		Key: "boot.loader", Kind: steps.KindChoice, Title: "Boot loader", Value: answers.Get(chosen, "boot.loader"),
		Options: []steps.Option{
			{Value: "systemd-boot", Title: "systemd-boot", Help: "Small and plain, without Secure Boot"},
			{Value: "lanzaboote", Title: "lanzaboote", Help: "Secure Boot with this machine's own keys: nothing unsigned starts"},
		},
	}
	reason := ""
	switch {
	case facts.Firmware.Kind != "uefi":
		reason = "this machine was not started by UEFI"
	case facts.Firmware.Refusal().Text != "":
		reason = "the UEFI of this machine is a 32-bit one and starts no 64-bit boot loader"
	}
	for i := range question.Options {
		question.Options[i].Unavailable = reason
	}
	return question
}

func askUnlock(facts steps.Facts, chosen steps.Answers) steps.Question {
	question := steps.Question{
		Key: "boot.unlock", Kind: steps.KindChoice, Title: "What opens the disk at boot", Value: answers.Get(chosen, "boot.unlock"),
		Help: "The passphrase and your 24 words always open it as well.",
	}
	byTPM, byPIN, without := "", "", ""
	switch {
	case !facts.TPM.Usable:
		byTPM = "this machine has no TPM 2.0 that can be used"
		byPIN, without = byTPM, byTPM
	case foundByName(chosen.Disk):
		byTPM = "with LVM or ZFS inside LUKS a planted disk could get the key: take a PIN"
		without = byTPM
	case chosen.Boot.Loader != "lanzaboote":
		byTPM = "it is safe only with lanzaboote: without Secure Boot an own kernel gets the key"
	default:
		without = "Secure Boot is there: choose the TPM alone"
	}
	question.Options = []steps.Option{
		{Value: "tpm", Title: "The TPM alone", Help: "Nothing to type, as long as the firmware and its Secure Boot are unchanged", Unavailable: byTPM},
		{Value: "tpm-pin", Title: "The TPM with a PIN", Help: "A short PIN; the TPM limits the guesses", Unavailable: byPIN},
		{Value: "passphrase", Title: "The passphrase", Help: "Typed at every boot"},
		{
			Value: steps.UnlockWithoutSecureBoot, Title: "The TPM alone, without Secure Boot", Unavailable: without,
			Help: "Weaker: it keeps the disk from those who take it out, and from nobody who has the machine",
		},
	}
	return question
}

// foundByName says whether the layout's root is found by the name of a volume
// group or a pool, and not by the container that it lies in.
func foundByName(chosen steps.DiskChoices) bool {
	family, known := families[chosen.Layout]
	if !known {
		return false
	}
	d := family(choices{
		layout: chosen.Layout, swapKind: chosen.Swap.Kind, hibernate: chosen.Swap.Hibernate, impermanence: chosen.Impermanence,
	})
	return len(d.groups)+len(d.pools) > 0
}
