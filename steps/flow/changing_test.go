package flow

import (
	"slices"
	"testing"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
)

// Without another answer a host is rendered to the very same bytes: also what
// follows from its disks, which are not looked at again.
func TestAgainIsTheSame(t *testing.T) {
	hosts, err := exampleHosts()
	if err != nil {
		t.Fatal(err)
	}
	before, err := render.Fleet(hosts, []byte("{}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		after, err := render.Again(before, host.Answers)
		if err != nil {
			t.Errorf("%s: %v", host.Answers.Host.Name, err)
			continue
		}
		if !slices.Equal(after, before) {
			t.Errorf("%s: the files differ", host.Answers.Host.Name)
		}
	}
	// ZFS and arrays are said in configuration.nix too.
	for _, starts := range [][]string{{steps.StartZFS}, {steps.StartMD}, {steps.StartZFS, steps.StartMD}} {
		host := hosts[1]
		host.Layout.Starts = starts
		before, err := render.Fleet([]render.Host{host}, nil)
		if err != nil {
			t.Fatal(err)
		}
		after, err := render.Again(before, host.Answers)
		if err != nil || !slices.Equal(after, before) {
			t.Errorf("with %v the files differ (%v)", starts, err)
		}
	}
}

func TestDifference(t *testing.T) {
	hosts, err := exampleHosts()
	if err != nil {
		t.Fatal(err)
	}
	before := hosts[0].Answers
	if told := Difference(before, before); len(told) > 0 {
		t.Errorf("nothing differs, and it tells %v", told)
	}
	after := before
	after.Features = []string{"backup"}
	after.Desktop = "none"
	told := Difference(before, after)
	for _, want := range []string{"add backup", "desktop none"} {
		if !slices.Contains(told, want) {
			t.Errorf("it tells %v, without %q", told, want)
		}
	}
}
