package install_test

import (
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
