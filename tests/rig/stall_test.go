package rig_test

import (
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// A machine whose start stands still is begun again, once for each time that
// its kernel says so, and comes up; one that has started is left alone.
func TestStalledStart(t *testing.T) {
	atLength(t)
	m := rig.New(t, rig.Hardware{Virtio: 1, Size: "64M"})
	r := m.Boot(rig.Boot{From: rig.Image})
	const says = "rcu: \tPossible timer handling issue on cpu=1 timer-softirq=7\r\n"
	if _, err := r.Write([]byte(says)); err != nil {
		t.Fatal(err)
	}
	r.Login("")
	if r.Resets() != 1 {
		t.Errorf("it was reset %d times, want once", r.Resets())
	}
	if _, err := r.Write([]byte(says)); err != nil {
		t.Fatal(err)
	}
	if output, status := r.Command("cut -d. -f1 /proc/uptime"); status != 0 || r.Resets() != 1 {
		t.Errorf("after its start: %d resets, %q", r.Resets(), output)
	}
	r.PowerOff() // and it goes off, in place of starting again

	// So is one that nobody logs in to.
	alone := m.Boot(rig.Boot{From: rig.Image, Append: "systemd.unit=poweroff.target"})
	if _, err := alone.Write([]byte(says)); err != nil {
		t.Fatal(err)
	}
	alone.WaitOff()
	if alone.Resets() != 1 {
		t.Errorf("the machine that goes off by itself was reset %d times, want once", alone.Resets())
	}
}
