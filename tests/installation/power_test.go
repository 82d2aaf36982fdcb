package installation

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// point is an action in which the plug is pulled.
type point struct {
	action string
	full   bool // it is tried at length only
}

// points are in the order of the plan. Up to the first that finds something on
// the new disk to go on from, an installation that was cut begins again.
var points = []point{
	{"disk/save", true},
	{"disk/clear-system", true},
	{"disk/format", false},
	{firstLate, false},
	{"enroll/keys", false},
	{"enroll/recovery", false},
	{"enroll/secrets", false},
	{"flake/git-init", true},
	{"flake/git-commit", false},
	{"flake/git-branch", true},
	{"install/closure", false},
	{"install/system", false},
	{"verify/boot-loader", true},
	{"verify/store", true},
	{"verify/flake", true},
}

// firstLate is the first action after the plan, the answers and the journal
// lie on the new disk.
const firstLate = "flake/write"

// The plug is pulled in the middle of one action after the other of the same
// installation; each time it goes on after the next start, and in the end it
// has come to what an installation comes to that nobody disturbed.
func TestPowerCut(t *testing.T) {
	given, passphrase := folder(t), recovery(t)
	straight := newMachine(t)
	if result := straight.Exec("scripts/install.sh", given, install...); result.Status != 0 {
		t.Fatalf("install ended with %d:\n%s", result.Status, result.Log)
	}
	want := state(t, straight, passphrase)

	m := newMachine(t)
	var tried []string
	begins := true
	for _, point := range points {
		if point.full && os.Getenv("MNEMONIX_FULL") != "1" {
			continue
		}
		verb := "resume --yes"
		if begins {
			verb = strings.Join(install[:4], " ")
		}
		cut(t, m, given, point.action, verb)
		tried = append(tried, point.action)
		begins = begins && point.action != firstLate
	}
	result := m.Exec("scripts/install.sh", given, "resume", "--yes", "--events", "/run/rig/out/events")
	if result.Status != 0 {
		t.Fatalf("resume ended with %d:\n%s", result.Status, result.Log)
	}
	if diff := cmp.Diff(want, state(t, m, passphrase)); diff != "" {
		t.Errorf("after %d power cuts (-straight +resumed):\n%s", len(tried), diff)
		return
	}
	for _, action := range tried {
		t.Logf("kill %s resumed equal", action)
	}
}

// cut starts the machine, lets the installation begin or go on, and pulls the
// plug when that action begins.
func cut(t *testing.T, m *rig.Machine, given, action, verb string) {
	t.Helper()
	r := m.Boot(rig.Boot{From: rig.Image, Folder: given})
	r.Login("")
	r.Type("cd /run/rig/in; export PATH=$PWD/bin:$PATH; touch /run/events; tail -f /run/events &\r")
	r.Type("mount -t efivarfs efivarfs /sys/firmware/efi/efivars; mnemonix --log /run/log " + verb +
		" --secrets-fd 3 --events /run/events 3<secrets.json >/run/said 2>&1 || { cat /run/said; echo rig-\"\"failed; }\r")
	began := regexp.MustCompile(`"event":"started","action":"` + regexp.QuoteMeta(action) + `"`)
	if which, _ := r.Wait(began, regexp.MustCompile(`rig-failed`)); which != 0 {
		t.Fatalf("before %s: mnemonix ended; the console:\n%s", action, r.Console())
	}
	r.Kill()
	t.Logf("cut in %s", action)
}
