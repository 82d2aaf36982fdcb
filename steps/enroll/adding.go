package enroll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Unsealed are the services among these whose keys are not in a file of secrets.
// The names in it are not encrypted.
func Unsealed(file []byte, services []string) ([]string, error) {
	var tree struct {
		Services map[string]map[string]yaml.Node `yaml:"services"`
	}
	if err := yaml.Unmarshal(file, &tree); err != nil {
		return nil, err
	}
	var unsealed []string
	for _, service := range services {
		if _, is := tree.Services[service]["apiKey"]; !is {
			unsealed = append(unsealed, service)
		}
	}
	return unsealed, nil
}

// Adding puts the keys of further services among the secrets of a machine.
type Adding struct {
	Runner      run.Runner
	Name        string // the machine's key name
	Root        *derive.Root
	Generations format.Generations
	Path        string // where programs are looked for: PATH
	Program     string // mnemonix itself
	Plugins     string // a folder in memory that nobody else can write to
}

// Carry returns the file with the keys in it. The operator's key of the words
// opens it, and it stays encrypted to whom it was, everything else in it as it
// was.
func (a Adding) Carry(ctx context.Context, file []byte, services []string) (added []byte, err error) {
	if _, err := a.Runner.LookPath("sops"); err != nil {
		return nil, missing("sops", tools.SopsHint, err)
	}
	identity, err := operatorIdentity(a.Root, userAgeGeneration(a.Generations))
	if err != nil {
		return nil, err
	}
	defer identity.Wipe()
	defer func() { err = errors.Join(err, a.Runner.RemoveAll(a.Plugins)) }()
	if err := linkPlugins(a.Runner, a.Plugins, a.Program); err != nil {
		return nil, err
	}
	// sops reads identities and values from files only; these are in memory.
	identities, value, copied := path.Join(a.Plugins, "identities"), path.Join(a.Plugins, "value"), path.Join(a.Plugins, "secrets.yaml")
	put := func(name string, text *secret.Secret) (err error) {
		text.Use(func(view []byte) { err = a.Runner.WriteFile(name, view, 0o600) })
		return err
	}
	if err := errors.Join(put(identities, identity), a.Runner.WriteFile(copied, file, 0o600)); err != nil {
		return nil, err
	}
	for _, service := range services {
		key, err := a.key(service)
		if err != nil {
			return nil, err
		}
		err = put(value, key)
		key.Wipe()
		if err != nil {
			return nil, err
		}
		index, err := json.Marshal(service)
		if err != nil {
			return nil, err
		}
		command := tools.SopsSet(copied, `["services"][`+string(index)+`]["apiKey"]`, value)
		if _, err := a.Runner.Run(ctx, run.Command{
			Argv: command.Argv, Timeout: tools.SopsTimeout,
			Env: []string{"PATH=" + a.Plugins + ":" + a.Path, "SOPS_AGE_KEY_FILE=" + identities},
		}); err != nil {
			return nil, fmt.Errorf("add the key of %s: %w", service, err)
		}
	}
	if added, err = a.Runner.ReadFile(copied); err != nil {
		return nil, err
	}
	return added, sealed(added)
}

// key is the key of a service as JSON, as sops takes a value.
func (a Adding) key(service string) (*secret.Secret, error) {
	label, err := derive.Service(a.Name, service, 0)
	if err != nil {
		return nil, err
	}
	key, err := a.Root.ServiceKey(a.Name, service, a.Generations[label.String()])
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	quoted := make([]byte, 0, key.Len()+2) // never outgrown: no copies are left behind
	key.Use(func(view []byte) { quoted = append(append(append(quoted, '"'), view...), '"') })
	return secret.New(quoted), nil
}
