package render

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// Input is all that a flake with one new or changed host is made from.
type Input struct {
	Facts   steps.Facts
	Answers steps.Answers
	Layout  steps.Layout
	Keys    *format.PublicKeys // nil: no words at hand

	// Hosts are the answers of the other hosts of the flake, and Present is
	// what the flake holds for them: files below hosts/OTHER, keys and
	// secrets. Those are taken over as they are.
	Hosts   []steps.Answers
	Present []steps.File

	Lock []byte // flake.lock, or nil
}

// Host is one host of a flake: what Input says of the one that it is about.
type Host struct {
	Facts   steps.Facts
	Answers steps.Answers
	Layout  steps.Layout
	Keys    *format.PublicKeys
}

// Tree returns the files of the flake, sorted by path.
func Tree(in Input) ([]steps.File, error) {
	return flake([]Host{{in.Facts, in.Answers, in.Layout, in.Keys}}, in.Hosts, in.Present, in.Lock)
}

// Fleet returns the files of a flake that is made with all of its hosts at
// once.
func Fleet(hosts []Host, lock []byte) ([]steps.File, error) { return flake(hosts, nil, nil, lock) }

// flake makes the files of the hosts, beside others that are there already.
func flake(hosts []Host, others []steps.Answers, present []steps.File, lock []byte) ([]steps.File, error) {
	tree := tree{}
	if err := tree.static(); err != nil {
		return nil, err
	}
	all := slices.Clone(others)
	keys := map[string]*format.PublicKeys{}
	for _, host := range hosts {
		all = append(all, host.Answers)
	}
	if err := tree.takeOver(present, hosts, others, keys); err != nil {
		return nil, err
	}
	for _, host := range hosts {
		if err := tree.host(host); err != nil {
			return nil, fmt.Errorf("render the host %s: %w", host.Answers.Host.Name, err)
		}
		if host.Keys != nil {
			keys[host.Answers.Host.Key()] = host.Keys
		}
	}
	constants, err := constants(all)
	if err != nil {
		return nil, err
	}
	tree.add("lib/constants.nix", constants)
	if sops := sopsRules(all, keys); sops != "" {
		tree.add(".sops.yaml", sops)
	}
	if len(lock) > 0 {
		tree.add("flake.lock", string(lock))
	}
	return tree.files()
}

// tree is the files by their path.
type tree map[string]steps.File

func (t tree) add(path, content string) {
	t[path] = steps.File{Path: path, Content: content, Mode: 0o644}
}

// static copies what is the same in every flake.
func (t tree) static() error {
	const root = "flake/"
	err := fs.WalkDir(assets.Flake, "flake", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(assets.Flake, name)
		if err != nil {
			return err
		}
		path := strings.TrimPrefix(name, root)
		t.add(path, string(content))
		if strings.HasPrefix(string(content), "#!") {
			t[path] = steps.File{Path: path, Content: string(content), Mode: 0o755}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the static part of the flake: %w", err)
	}
	return nil
}

// takeOver keeps the files of the other hosts, and their public keys.
func (t tree) takeOver(present []steps.File, hosts []Host, others []steps.Answers, keys map[string]*format.PublicKeys) error {
	ours := func(path string) bool {
		return slices.ContainsFunc(hosts, func(host Host) bool {
			return strings.HasPrefix(path, "hosts/"+host.Answers.Host.Name+"/") || path == keysFile(host.Answers) && host.Keys != nil
		})
	}
	for _, file := range present {
		theirs := strings.HasPrefix(file.Path, "hosts/") || strings.HasPrefix(file.Path, "keys/") || strings.HasPrefix(file.Path, "secrets/")
		if _, is := t[file.Path]; is || !theirs || ours(file.Path) {
			continue
		}
		t[file.Path] = file
	}
	for _, other := range others {
		file, there := t[keysFile(other)]
		if !there {
			continue
		}
		public, err := format.ParsePublicKeys([]byte(file.Content))
		if err != nil {
			return fmt.Errorf("%s: %w", file.Path, err)
		}
		keys[other.Host.Key()] = public
	}
	return nil
}

// host makes the files that belong to one host alone.
func (t tree) host(host Host) error {
	folder := "hosts/" + host.Answers.Host.Name + "/"
	t.add(folder+"answers.yaml", answersHead+string(answers.Write(host.Answers)))
	if host.Keys != nil {
		public, err := host.Keys.Marshal()
		if err != nil {
			return err
		}
		t.add(keysFile(host.Answers), string(public))
	}
	if host.Answers.Host.Type == "home" {
		return nil // its homes follow from lib/constants.nix
	}
	configuration, err := configuration(host)
	if err != nil {
		return err
	}
	t.add(folder+"configuration.nix", configuration)
	if !host.Answers.Host.NixOS() {
		return nil
	}
	hardware, err := hardwareConfiguration(host.Facts, host.Answers)
	if err != nil {
		return err
	}
	t.add(folder+"hardware-configuration.nix", hardware)
	disko, err := Disko(host.Layout)
	if err != nil {
		return err
	}
	t.add(folder+"disko.nix", disko)
	return nil
}

const answersHead = `# What the operator chose for this machine. mnemonix wrote it, and starts from it when it runs again.
`

// keysFile is where the public keys of a host are.
func keysFile(host steps.Answers) string { return "keys/" + host.Host.Key() + ".json" }

// files returns the files sorted by path. Two that differ only in capitals
// would be one on other file systems, and a path that leaves the folder would
// be somebody's mistake: both are errors.
func (t tree) files() ([]steps.File, error) {
	list := make([]steps.File, 0, len(t))
	seen := map[string]string{}
	for path, file := range t {
		if !fs.ValidPath(path) {
			return nil, fmt.Errorf("render the flake: %q is no path inside of it", path)
		}
		if other, twice := seen[strings.ToLower(path)]; twice {
			return nil, fmt.Errorf("render the flake: %s and %s differ only in capitals", min(path, other), max(path, other))
		}
		seen[strings.ToLower(path)] = path
		list = append(list, file)
	}
	slices.SortFunc(list, func(a, b steps.File) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}
