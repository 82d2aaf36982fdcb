package rig

import "regexp"

// Under QEMU's own emulation (TCG) a guest's kernel that starts on a busy host
// now and then loses the timer of one of its processors for good: everything
// that sleeps there sleeps on, and the start never ends. That is QEMU's fault
// and not that of what is tested. The kernel says so, and the machine is then
// reset: nothing was begun on it yet.
var (
	stalled   = regexp.MustCompile(`Possible timer handling issue on cpu=`)
	mostTries = 3
)

// startAgain resets a machine whose start stands still, and says whether it
// did. What was seen once, a prompt or a shell, has started.
func (r *Running) startAgain(fresh []byte) bool {
	r.t.Helper()
	if r.started || r.resets == mostTries || !stalled.Match(fresh) {
		return false
	}
	r.resets++
	r.t.Logf("the emulated processor has lost its timer: the machine is reset (%d)", r.resets)
	// A guest that restarts by itself ends QEMU; this reset must not.
	for _, action := range []string{"reset", "shutdown"} {
		if _, err := r.qmp("set-action", map[string]string{"reboot": action}); err != nil {
			r.t.Fatal(err)
		}
		if action == "reset" {
			r.human("system_reset")
			if _, err := r.qmp("query-status", struct{}{}); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	return true
}

// Resets is how often the machine was reset because its start stood still.
func (r *Running) Resets() int { return r.resets }
