package render

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// Again returns the files of a flake that was rendered before, now that one of
// its hosts has other answers. What follows from the machine itself stays as
// it was at the installation: its disks and its hardware; and so do keys,
// secrets and the locked inputs.
func Again(before []steps.File, chosen steps.Answers) ([]steps.File, error) {
	old := map[string]steps.File{}
	for _, file := range before {
		old[file.Path] = file
	}
	folder := "hosts/" + chosen.Host.Name + "/"
	if _, is := old[folder+"answers.yaml"]; !is {
		return nil, fmt.Errorf("render the host %s: it was never rendered: %w", chosen.Host.Name, fs.ErrNotExist)
	}
	tree := tree{}
	if err := tree.static(); err != nil {
		return nil, err
	}
	all := []steps.Answers{chosen}
	for name, file := range old {
		theirs := strings.HasPrefix(name, "hosts/") && !strings.HasPrefix(name, "hosts/common/")
		switch {
		case theirs && path.Base(name) == "answers.yaml" && path.Dir(name)+"/" != folder:
			other, err := answers.Read([]byte(file.Content))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all = append(all, other)
			tree[name] = file
		case theirs, strings.HasPrefix(name, "keys/"), strings.HasPrefix(name, "secrets/"), name == ".sops.yaml", name == "flake.lock":
			tree[name] = file
		}
	}
	slices.SortFunc(all, func(a, b steps.Answers) int { return strings.Compare(a.Host.Name, b.Host.Name) })
	tree.add(folder+"answers.yaml", answersHead+string(answers.Write(chosen)))
	if chosen.Host.Type != "home" {
		host := Host{Answers: chosen, Layout: starts(old[folder+"configuration.nix"].Content)}
		text, err := configuration(host)
		if err != nil {
			return nil, fmt.Errorf("render the host %s: %w", chosen.Host.Name, err)
		}
		tree.add(folder+"configuration.nix", text)
	}
	text, err := constants(all)
	if err != nil {
		return nil, err
	}
	tree.add("lib/constants.nix", text)
	return tree.files()
}

// starts is what of the disk layout is said in configuration.nix, read back
// from what was printed there: only what starts the machine is.
func starts(configuration string) steps.Layout {
	var layout steps.Layout
	if strings.Contains(configuration, "networking.hostId = ") {
		layout.Starts = append(layout.Starts, steps.StartZFS)
	}
	if strings.Contains(configuration, "boot.swraid = ") {
		layout.Starts = append(layout.Starts, steps.StartMD)
	}
	return layout
}
