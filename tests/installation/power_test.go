package installation

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// cuts are the actions in which the plug is pulled in every run, in the order
// of the plan. At length it is pulled in every action, and once more behind it.
var cuts = []string{
	"disk/format", firstLate, "enroll/keys", "enroll/recovery", "enroll/secrets", "flake/git-commit", "install/closure", "install/system",
}

// firstLate is the first action after the plan, the answers and the journal
// lie on the new disk. Up to then an installation that was cut begins again.
const firstLate = "flake/write"

// point is a moment in which the plug is pulled: when the action has begun, or
// when it has ended.
type point struct{ event, action string }

func (p point) String() string {
	if p.event == "done" {
		return "after " + p.action
	}
	return p.action
}

// points are the moments that are tried, of a plan with these actions.
func points(actions []string) []point {
	var list []point
	for _, action := range actions {
		if atLength() {
			list = append(list, point{"started", action}, point{"done", action})
		} else if slices.Contains(cuts, action) {
			list = append(list, point{"started", action})
		}
	}
	return list
}

// The plug is pulled in the middle of one action after the other of the same
// installation; each time it goes on after the next start, and in the end it
// has come to what an installation comes to that nobody disturbed.
func TestPowerCut(t *testing.T) {
	straight, given, passphrase := undisturbed(t), folder(t), recovery(t)
	tried := points(straight.actions)
	if len(tried) < len(cuts) {
		t.Fatalf("only %d of the actions %v are tried", len(tried), straight.actions)
	}
	m := newMachine(t)
	verb, late := strings.Join(install[:4], " "), slices.Index(straight.actions, firstLate)
	for _, point := range tried {
		cut(t, m, given, point, verb)
		if at := slices.Index(straight.actions, point.action); at >= late || at == late-1 && point.event == "done" {
			verb = "resume --yes"
		}
	}
	result := m.Exec("scripts/install.sh", given, "resume", "--yes", "--events", "/run/rig/out/events")
	if last := tried[len(tried)-1]; result.Status != 0 && last.event == "started" {
		t.Fatalf("resume ended with %d:\n%s", result.Status, result.Log)
	}
	if diff := cmp.Diff(straight.state, state(t, m, passphrase)); diff != "" {
		t.Errorf("after %d power cuts (-straight +resumed):\n%s", len(tried), diff)
		return
	}
	for _, point := range tried {
		t.Logf("kill %s resumed equal", point)
	}
}

// cut starts the machine, lets the installation begin or go on, and pulls the
// plug when that action begins or ends.
func cut(t *testing.T, m *rig.Machine, given string, at point, verb string) {
	t.Helper()
	r := m.Boot(rig.Boot{From: rig.Image, Folder: given})
	r.Login("")
	attended(r, verb)
	event := regexp.MustCompile(`"event":"` + at.event + `","action":"` + regexp.QuoteMeta(at.action) + `"`)
	which, _ := r.Wait(event, hasEnded)
	if which != 0 && at.event == "started" {
		t.Fatalf("before %s: mnemonix ended; the console:\n%s", at, r.Console())
	}
	r.Kill()
	t.Logf("cut: %s", at)
}
