package cli

import (
	"cmp"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// installed is the last page of an installation: what was verified, what
// opens the disk, what to do next, and where the record of it is.
func (w *applying) installed(plan steps.Plan, chosen steps.Answers, facts steps.Facts) []string {
	if !chosen.Host.NixOS() {
		return append([]string{
			"The flake of " + plan.Host + " is in " + installFolder(chosen) + ", which is in memory on a live medium: take it from there.",
			"The plan and the journal are in " + apply.Memory + ".",
		}, w.lost...)
	}
	lines := []string{plan.Host + " is installed. What was looked at:", ""}
	for _, action := range plan.Actions {
		if strings.HasPrefix(action.ID, "verify/") {
			lines = append(lines, "  "+action.Title)
		}
	}
	lines = append(lines, "")
	lines = append(lines, unlocking(chosen, facts)...)
	lines = append(lines, "", "Next: reboot, and take the medium out.")
	if record := recordOf(plan); record != "" {
		lines[len(lines)-1] += " The plan, the journal and the log are on the new machine,"
		lines = append(lines, "in "+record+".")
	}
	if plan.Origin != nil {
		lines = append(lines, "", "Its flake has the history of "+plan.Origin.Source+" and this machine in it. There, push both:",
			"  sudo git -C /etc/nixos push origin "+cmp.Or(chosen.Repository.Branch, "main")+" "+tools.RenderedBranch)
	}
	return append(lines, w.lost...)
}

// recordOf is where the new machine has the record of its installation, as it
// is called there; empty where the plan keeps none.
func recordOf(plan steps.Plan) string {
	for _, action := range plan.Actions {
		if action.Kind == steps.ActionBuiltin && action.Name == "record" {
			return strings.TrimPrefix(action.Folder, strings.TrimSuffix(plan.Target, "/"))
		}
	}
	return ""
}

// unlocking says what opens the disk from the first boot on. What the TPM is
// to do is enrolled there, by luks-tpm-enrol, because the firmware's state of
// today is not the one that the key is sealed to.
func unlocking(chosen steps.Answers, facts steps.Facts) []string {
	const afterwards = "After that the TPM opens it; luks-tpm-enrol says at each start what is still missing."
	switch chosen.Boot.Unlock {
	case "tpm", "tpm-pin":
		if chosen.Boot.Loader != "lanzaboote" {
			return []string{"The disk asks for its passphrase at the first start, and the TPM is enrolled with your PIN.", afterwards}
		}
		if facts.Firmware.SecureBoot {
			return []string{
				"The disk asks for its passphrase until the firmware knows the new keys of Secure Boot: put the",
				"firmware into setup mode (delete its platform key), then start twice.", afterwards,
			}
		}
		return []string{
			"The disk asks for its passphrase until Secure Boot is enforced: at the first start, which enrolls",
			"its keys where the firmware is in setup mode, and at the one after it.", afterwards,
		}
	case steps.UnlockWithoutSecureBoot:
		return []string{
			"The disk asks for its passphrase at the first start; after that the TPM opens it. Secure Boot is not",
			"there, as you accepted: whoever starts this machine with an own kernel gets the disk's key.",
		}
	case "passphrase":
		return []string{"The disk asks for its passphrase at every start."}
	}
	return []string{"Nothing of the disk is encrypted, and nothing is asked at the start."}
}
