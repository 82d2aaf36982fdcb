package enroll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// MissingError is a program that is needed and not there.
type MissingError struct{ Program, hint string }

func (e *MissingError) Error() string { return e.Program + " is not installed" }

// Hint says how to get it.
func (e *MissingError) Hint() string { return e.hint }

// Sealing makes secrets/NAME.yaml: everything secret that the machine's
// configuration names, encrypted for the machine and the operator.
type Sealing struct {
	Runner  run.Runner
	Answers steps.Answers
	Root    *derive.Root
	Secrets *steps.Secrets
	Flake   string // the folder of the flake, with .sops.yaml in it
	Path    string // where programs are looked for: PATH
	// Program is the path of mnemonix itself, and Plugins a folder that
	// nobody else can write to: there it is linked by the name under which
	// sops calls it.
	Program, Plugins string
}

// SecretsFile is the file's name in the flake.
func SecretsFile(answers steps.Answers) string { return "secrets/" + answers.Host.Key() + ".yaml" }

// Carry builds the file in memory and writes it encrypted, whole or not at
// all. What is readable never leaves memory but into the programs' standard
// input.
func (s Sealing) Carry(ctx context.Context) (err error) {
	if _, err := s.Runner.LookPath("sops"); err != nil {
		return missing("sops", tools.SopsHint, err)
	}
	plain, err := s.plain(ctx)
	if err != nil {
		return err
	}
	defer plain.Wipe()
	defer func() { err = errors.Join(err, s.Runner.RemoveAll(s.Plugins)) }()
	if err := linkPlugins(s.Runner, s.Plugins, s.Program); err != nil {
		return err
	}
	file := SecretsFile(s.Answers)
	command := tools.SopsEncrypt(s.Flake, file)
	result, err := s.Runner.Run(ctx, run.Command{
		Argv: command.Argv, Dir: command.Dir, Secret: plain, Timeout: tools.SopsTimeout,
		Env: []string{"PATH=" + s.Plugins + ":" + s.Path},
	})
	if err != nil {
		return err
	}
	if err := sealed(result.Stdout); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	name := path.Join(s.Flake, file)
	if err := s.Runner.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", path.Dir(name), err)
	}
	if err := s.Runner.WriteFile(name, result.Stdout, 0o644); err != nil {
		return err
	}
	return s.rekey(ctx, file)
}

// rekey encrypts the other files of the flake to who may read them now: with a
// new machine the rules have changed. The operator's key opens them.
func (s Sealing) rekey(ctx context.Context, file string) error {
	identity, err := s.operator()
	if err != nil {
		return err
	}
	defer identity.Wipe()
	return Rekeying{
		Runner: s.Runner, Flake: s.Flake, Path: s.Path, Program: s.Program, Plugins: s.Plugins, Identities: identity,
	}.Carry(ctx, file)
}

// operator is the operator's age identity in the generation that the flake
// records.
func (s Sealing) operator() (*secret.Secret, error) {
	generations, err := Enrolment{Runner: s.Runner, Flake: s.Flake, Answers: s.Answers}.generations()
	if err != nil {
		return nil, err
	}
	return operatorIdentity(s.Root, userAgeGeneration(generations))
}

// OperatorIdentity is the operator's age identity in its first generation, made
// from the words: it opens the secrets of all machines without a TPM.
func OperatorIdentity(root *derive.Root) (*secret.Secret, error) { return operatorIdentity(root, 0) }

// userAgeGeneration is the generation of the operator's age key.
func userAgeGeneration(generations format.Generations) int {
	label, err := derive.User(derive.Age, 0)
	if err != nil {
		return 0
	}
	return generations[label.String()]
}

func operatorIdentity(root *derive.Root, generation int) (*secret.Secret, error) {
	label, err := derive.User(derive.Age, generation)
	if err != nil {
		return nil, err
	}
	pair, err := root.P256(label)
	if err != nil {
		return nil, err
	}
	defer pair.Wipe()
	return format.AgeSoftwareFile(pair.ECDH(), pair.Private()), nil
}

func missing(program, hint string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return &MissingError{program, hint}
	}
	return fmt.Errorf("find %s: %w", program, err)
}

// sealed makes sure that what sops printed is a file of sops in which every
// value is encrypted: it goes into a repository.
func sealed(text []byte) error {
	var tree map[string]yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return fmt.Errorf("sops printed no YAML: %w", err)
	}
	if _, ok := tree["sops"]; !ok {
		return errors.New("sops printed a file without its own part")
	}
	delete(tree, "sops")
	if len(tree) == 0 {
		return errors.New("sops printed a file without values")
	}
	for name, node := range tree {
		if !encrypted(&node) {
			return fmt.Errorf("sops left %s as it was", name)
		}
	}
	return nil
}

func encrypted(node *yaml.Node) bool {
	if node.Kind == yaml.ScalarNode {
		return strings.HasPrefix(node.Value, "ENC[")
	}
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			continue // a name
		}
		if !encrypted(child) {
			return false
		}
	}
	return true
}

// plain is the file before it is encrypted.
func (s Sealing) plain(ctx context.Context) (*secret.Secret, error) {
	var tree leaves
	defer tree.wipe()
	hash, err := s.passwordHash(ctx)
	if err != nil {
		return nil, err
	}
	tree.add(hash, "user", "hashedPassword")
	for _, user := range s.Answers.Users {
		if !user.Operator { // nobody has given them a password yet
			tree.add(locked(), "users", user.Name, "hashedPassword")
		}
	}
	for _, network := range s.Answers.Network.Wifi {
		key := s.Secrets.Wifi[network]
		if key.Len() == 0 {
			return nil, fmt.Errorf("the key of the Wi-Fi network %s was not given", network)
		}
		tree.add(key.Clone(), "wifi", network)
	}
	name := s.Answers.Host.Key()
	generations, err := Enrolment{Runner: s.Runner, Flake: s.Flake, Answers: s.Answers}.generations()
	if err != nil {
		return nil, err
	}
	wireguard, err := derive.Host(name, derive.WireGuard, 0)
	if err != nil {
		return nil, err
	}
	tunnel, err := s.Root.WireGuard(name, generations[wireguard.String()])
	if err != nil {
		return nil, err
	}
	tree.add(tunnel.Private, "wireguard", "privateKey")
	for _, service := range Services(s.Answers) {
		label, err := derive.Service(name, service, 0)
		if err != nil {
			return nil, err
		}
		key, err := s.Root.ServiceKey(name, service, generations[label.String()])
		if err != nil {
			return nil, err
		}
		tree.add(key, "services", service, "apiKey")
	}
	return tree.yaml()
}

// passwordHash hashes the operator's password; without one nobody can sign in
// with any.
func (s Sealing) passwordHash(ctx context.Context) (*secret.Secret, error) {
	if s.Secrets.UserPassword.Len() == 0 {
		return locked(), nil
	}
	if _, err := s.Runner.LookPath("mkpasswd"); err != nil {
		return nil, missing("mkpasswd", tools.WhoisHint, err)
	}
	result, err := s.Runner.Run(ctx, run.Command{Argv: tools.Mkpasswd().Argv, Secret: s.Secrets.UserPassword})
	if err != nil {
		return nil, err
	}
	hash := bytes.TrimSpace(result.Stdout)
	if !bytes.HasPrefix(hash, []byte("$y$")) || bytes.ContainsAny(hash, " :\n") {
		return nil, errors.New("mkpasswd printed no yescrypt hash")
	}
	return secret.New(hash), nil
}

// locked is the hash that no password has.
func locked() *secret.Secret { return secret.FromString("!") }

// Services are the services of the machine that have an API key.
func Services(answers steps.Answers) []string {
	arr := answers.Modules.ArrStack
	if arr == nil {
		return nil
	}
	var names []string
	for _, service := range []struct {
		name string
		on   bool
	}{
		{"prowlarr", arr.Prowlarr},
		{"sonarr", arr.Sonarr},
		{"radarr", arr.Radarr},
		{"lidarr", arr.Lidarr},
		{"readarr", arr.Readarr},
		{"bazarr", arr.Bazarr},
		{"qbittorrent", arr.Qbittorrent},
	} {
		if service.on {
			names = append(names, service.name)
		}
	}
	return names
}
