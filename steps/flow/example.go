package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// Example makes the flake of the guide's five hosts from the answers and the
// facts that come with the program. The answers returned are those of the
// first host, whose operator signs for the flake.
func Example() ([]steps.File, steps.Answers, error) {
	hosts, err := exampleHosts()
	if err != nil {
		return nil, steps.Answers{}, err
	}
	files, err := render.Fleet(hosts, nil)
	if err != nil {
		return nil, steps.Answers{}, err
	}
	return files, hosts[0].Answers, nil
}

// exampleHosts are the hosts in the order of their names, each with the disk
// layout that an installation on its machine would plan.
func exampleHosts() ([]render.Host, error) {
	names, err := fs.Glob(assets.Examples, "examples/*.yaml")
	if err != nil {
		return nil, err
	}
	var hosts []render.Host
	for _, name := range names {
		host, err := exampleHost(name)
		if err != nil {
			return nil, fmt.Errorf("example %s: %w", path.Base(name), err)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}

func exampleHost(name string) (render.Host, error) {
	text, err := fs.ReadFile(assets.Examples, name)
	if err != nil {
		return render.Host{}, err
	}
	chosen, err := answers.Read(text)
	if err != nil {
		return render.Host{}, err
	}
	host := render.Host{Answers: chosen}
	if !chosen.Host.NixOS() {
		return host, nil
	}
	machine, err := fs.ReadFile(assets.Examples, strings.TrimSuffix(name, ".yaml")+".facts.json")
	if err != nil {
		return render.Host{}, err
	}
	if err := json.Unmarshal(machine, &host.Facts); err != nil {
		return render.Host{}, err
	}
	plan := steps.Plan{}
	disk.Step{}.Plan(steps.Input{Facts: host.Facts, Answers: chosen}, &plan)
	if len(plan.Blockers) > 0 {
		return render.Host{}, errors.New(plan.Blockers[0].String())
	}
	host.Layout = plan.Layout
	return host, nil
}
