package install_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/install"
)

func planOf(in steps.Input) steps.Plan {
	in.Target, in.Folder = "/mnt", "/mnt/etc/nixos"
	var plan steps.Plan
	install.Step{}.Plan(in, &plan)
	return plan
}

func ids(plan steps.Plan) string {
	var ids []string
	for _, action := range plan.Actions {
		ids = append(ids, action.ID)
	}
	return strings.Join(ids, " ")
}

func TestPlan(t *testing.T) {
	uefi := steps.Facts{Firmware: steps.Firmware{Kind: "uefi"}}
	snix := steps.Answers{Host: steps.Host{Name: "snix", Type: "laptop"}, Boot: steps.Boot{Loader: "systemd-boot"}}
	plan := planOf(steps.Input{Facts: uefi, Answers: snix})
	if got, want := ids(plan), "install/store install/closure install/system"; got != want {
		t.Errorf("actions %q, want %q", got, want)
	}
	system := plan.Actions[2].Commands
	if system[0].Keep != "system" || !slices.Contains(system[1].Argv, "$system") {
		t.Errorf("nixos-install does not get what was built: %v", system)
	}
	snix.Boot.Loader = "lanzaboote"
	if got, want := ids(planOf(steps.Input{Facts: uefi, Answers: snix})), "install/secure-boot-keys install/store install/closure install/system"; got != want {
		t.Errorf("actions %q, want %q: lanzaboote signs with keys that are there already", got, want)
	}
	if plan := planOf(steps.Input{Answers: snix}); len(plan.Blockers) != 1 || !strings.Contains(plan.Blockers[0].Text, "UEFI") {
		t.Errorf("without UEFI: %v", plan.Blockers)
	}
	snix.Host.Type = "windows"
	if plan := planOf(steps.Input{Answers: snix}); len(plan.Actions)+len(plan.Blockers) > 0 {
		t.Errorf("on Windows: %+v", plan)
	}
}

func TestSecureBootKeysGoToWhereTheyAreKept(t *testing.T) {
	answers := steps.Answers{
		Host: steps.Host{Name: "slax", Type: "desktop"}, Boot: steps.Boot{Loader: "lanzaboote"},
		Disk: steps.DiskChoices{Impermanence: true},
	}
	plan := planOf(steps.Input{Facts: steps.Facts{Firmware: steps.Firmware{Kind: "uefi"}}, Answers: answers})
	if argv := plan.Actions[0].Commands[0].Argv; !slices.Contains(argv, "/mnt/persist/var/lib/sbctl/keys") {
		t.Errorf("a root that forgets would forget the keys: %v", argv)
	}
}

// A firmware that would not start what is installed blocks the plan, before
// anybody is asked to say yes to it.
func TestFirmwareThatStartsNothingOfOurs(t *testing.T) {
	for name, test := range map[string]struct {
		firmware steps.Firmware
		blocked  string
	}{
		"UEFI":                {steps.Firmware{Kind: "uefi", Bits: 64}, ""},
		"UEFI of some size":   {steps.Firmware{Kind: "uefi"}, ""},
		"BIOS":                {steps.Firmware{Kind: "bios"}, "not started by UEFI"},
		"32-bit UEFI":         {recorded(t, "tablet-uefi32").Firmware, "32-bit one and starts no 64-bit boot loader"},
		"64-bit, as recorded": {recorded(t, "laptop-nvme-tpm").Firmware, ""},
	} {
		plan := planOf(steps.Input{
			Facts: steps.Facts{Firmware: test.firmware}, Answers: steps.Answers{Host: steps.Host{Name: "snix", Type: "laptop"}},
		})
		said := ""
		for _, blocker := range plan.Blockers {
			said += blocker.String()
		}
		if !strings.Contains(said, test.blocked) || test.blocked == "" && said != "" {
			t.Errorf("%s: blocked by %q, want %q", name, said, test.blocked)
		}
	}
}

func recorded(t *testing.T, name string) steps.Facts {
	t.Helper()
	var facts steps.Facts
	text, err := os.ReadFile("../../tests/machines/" + name + ".facts.json.golden")
	if err == nil {
		err = json.Unmarshal(text, &facts)
	}
	if err != nil {
		t.Fatal(err)
	}
	return facts
}
