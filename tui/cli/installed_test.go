package cli

import (
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/finish"
)

// The last page names the folder that the record was put into, as the new
// machine calls it.
func TestLastPageNamesTheRecord(t *testing.T) {
	for name, test := range map[string]struct {
		impermanence bool
		kind, want   string
	}{
		"a disk that keeps all":     {false, "laptop", "\nin /var/lib/mnemonix/install."},
		"a root that forgets":       {true, "laptop", "\nin /persist/var/lib/mnemonix/install."},
		"a host that is not NixOS":  {false, "windows", "\nThe plan and the journal are in " + apply.Memory + "."},
		"another, on another Linux": {false, "home", "The flake of snix is in /mnt/etc/nixos, "},
	} {
		t.Run(name, func(t *testing.T) {
			chosen := steps.Answers{Host: steps.Host{Name: "snix", Type: test.kind}, Disk: steps.DiskChoices{Impermanence: test.impermanence}}
			plan := steps.Plan{Host: "snix", Target: installTarget}
			finish.Step{}.Plan(steps.Input{Answers: chosen, Target: installTarget}, &plan)
			work := &applying{lost: []string{"a stick is gone"}}
			lines := work.installed(plan, chosen, steps.Facts{})
			if text := strings.Join(lines, "\n"); !strings.Contains(text, test.want) {
				t.Errorf("no %q in\n%s", test.want, text)
			}
			if !slices.Contains(lines, "a stick is gone") {
				t.Errorf("nothing of what was lost in %q", lines)
			}
		})
	}
	if record := recordOf(steps.Plan{}); record != "" {
		t.Errorf("a plan without a record has one in %s", record)
	}
}
