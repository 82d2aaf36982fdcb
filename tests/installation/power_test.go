package installation

import (
	"os"
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
	firstKept, "flake/write", "enroll/keys", "enroll/recovery", "enroll/secrets", "flake/git-commit", "install/closure", "install/system",
}

const (
	// firstKept is the action with whose end the record lies on the new disk.
	// An installation that was cut before begins again, by install.
	firstKept = "disk/format"
	// mounts is done already on a straight way, and is carried out in every
	// run that goes on.
	mounts = "disk/mount"
	// last are the actions after which nothing is left to go on with.
	last = "finish/"
)

// late are the actions that the plug is pulled in when much of them is done:
// when the machine finds, after they have begun, that this holds. What they
// tell comes too early and too late. At length it is pulled at the beginning
// too.
var late = map[string]string{
	// Half of the kernel is copied into the store.
	"install/closure": "test $(stat --format=%s /mnt/nix/store/*-nixos-system-vm-*/kernel.efi || echo 0) -gt 16000000",
	// The system and its boot loader are copied, the kernel is about to be.
	"install/system": "test -e /mnt/boot/EFI/Linux/nixos-1.efi",
}

var isLate = regexp.MustCompile(`rig-late`)

// point is a moment in which the plug is pulled: when the action has begun,
// late in it, or when it has ended.
type point struct{ event, action string }

func (p point) String() string {
	switch p.event {
	case "late":
		return "late in " + p.action
	case "done":
		return "after " + p.action
	}
	return p.action
}

// points are the moments that are tried, of a plan with these actions.
func points(actions []string) []point {
	var list []point
	for _, action := range actions {
		if !atLength() && !slices.Contains(cuts, action) {
			continue
		}
		_, some := late[action]
		if !some || atLength() {
			list = append(list, point{"started", action})
		}
		if some {
			list = append(list, point{"late", action})
		}
		if atLength() {
			list = append(list, point{"done", action})
		}
	}
	return list
}

// The plug is pulled in the middle of one action after the other of the same
// installation; each time it goes on after the next start, and in the end it
// has come to what an installation comes to that nobody disturbed. Of the last
// actions each is cut in a copy of that machine: there is one end only.
func TestPowerCut(t *testing.T) {
	straight, given, passphrase := undisturbed(t), folder(t), recovery(t)
	tried := points(straight.actions)
	kept := slices.Index(straight.actions, firstKept)
	if len(tried) < len(cuts) || kept < 0 || !slices.Contains(straight.actions, mounts) {
		t.Fatalf("only %v are tried of the actions %v", tried, straight.actions)
	}
	m := newMachine(t)
	var lines []string
	verb := strings.Join(install[:4], " ")
	for _, at := range tried {
		if strings.HasPrefix(at.action, last) {
			continue
		}
		came := cut(t, m, given, at, verb)
		if index := slices.Index(straight.actions, came.action); index > kept || index == kept && came.event == "done" {
			verb = "resume --yes"
		}
		how := "began again"
		if strings.HasPrefix(verb, "resume") {
			how = "resumed"
		}
		lines = append(lines, "kill "+came.String()+" "+how+" equal")
	}
	equal := func(state, after string) {
		t.Helper()
		if diff := cmp.Diff(straight.state, state); diff != "" {
			t.Errorf("after %s (-straight +resumed):\n%s", after, diff)
		}
	}
	for _, at := range tried {
		if !strings.HasPrefix(at.action, last) {
			continue
		}
		one := m.Clone()
		came := cut(t, one, given, at, verb)
		how := "resumed"
		left, now := resumed(t, one, given)
		if !left {
			// The record is on the new machine, and without power nothing is
			// mounted or open.
			how, now = "left nothing to do", state(t, one, passphrase)
		}
		equal(now, "the cut "+came.String())
		lines = append(lines, "kill "+came.String()+" "+how+" equal")
		_ = os.RemoveAll(one.Dir) // it is large
	}
	left, now := resumed(t, m, given)
	if !left {
		t.Fatal("nothing was found to go on with after the last cut")
	}
	equal(now, "the power cuts")
	if t.Failed() {
		return
	}
	for _, line := range lines {
		t.Log(line)
	}
}

// resumed goes on with what was interrupted, undisturbed this time, and says
// whether there was anything to go on with, and what it came to.
func resumed(t *testing.T, m *rig.Machine, given string) (left bool, state string) {
	t.Helper()
	result, state := wholly(t, m, given, "resume", "--yes", "--events", "/run/rig/out/events")
	if result.Status != 0 && strings.Contains(result.Log, "no interrupted run was found") {
		return false, ""
	}
	if result.Status != 0 {
		t.Fatalf("resume ended with %d:\n%s", result.Status, result.Log)
	}
	return true, state
}

// cut starts the machine, lets the installation begin or go on, and pulls the
// plug at that moment. It returns the moment that it came to: an action that
// the plug was pulled in before can have ended by then, and is done already.
func cut(t *testing.T, m *rig.Machine, given string, at point, verb string) (came point) {
	t.Helper()
	over := regexp.MustCompile(`"event":"(done|skipped)","action":"` + regexp.QuoteMeta(at.action) + `"`)
	moment := map[string]*regexp.Regexp{"started": started(at.action), "late": isLate, "done": over}[at.event]
	condition := ""
	if at.event == "late" {
		condition = late[at.action]
	}
	arguments := append([]string{started(at.action).String(), condition}, strings.Fields(verb)...)
	r := m.Start("scripts/cut.sh", given, arguments...)
	which, _ := r.Wait(moment, over, hasEnded)
	r.Kill()
	switch {
	case which == 2:
		t.Fatalf("before %s: mnemonix ended; the console:\n%s", at, r.Console())
	case which == 1:
		at.event = "done"
	}
	t.Logf("cut: %s", at)
	return at
}
