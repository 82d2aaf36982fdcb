package enroll

import (
	"context"
	"errors"
	"path"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Opens says whether the operator's key of the words opens an encrypted file.
// Nothing of it is kept: it is decrypted to nowhere. The key lies in memory as
// long as sops reads it.
func (s Sealing) Opens(ctx context.Context, text []byte) (err error) {
	if err := sealed(text); err != nil {
		return err
	}
	if _, err := s.Runner.LookPath("sops"); err != nil {
		return missing("sops", tools.SopsHint, err)
	}
	identity, err := s.operator()
	if err != nil {
		return err
	}
	defer identity.Wipe()
	defer func() { err = errors.Join(err, s.Runner.RemoveAll(s.Plugins)) }()
	if err := linkPlugins(s.Runner, s.Plugins, s.Program); err != nil {
		return err
	}
	file, identities := path.Join(s.Plugins, "secrets.yaml"), path.Join(s.Plugins, "identities")
	var writing error
	identity.Use(func(key []byte) { writing = s.Runner.WriteFile(identities, key, 0o600) })
	if err := errors.Join(writing, s.Runner.WriteFile(file, text, 0o600)); err != nil {
		return err
	}
	_, err = s.Runner.Run(ctx, run.Command{
		Argv: tools.SopsOpens(file).Argv, Dir: s.Plugins, Timeout: tools.SopsTimeout,
		Env: []string{"PATH=" + s.Plugins + ":" + s.Path, "SOPS_AGE_KEY_FILE=" + identities},
	})
	return err
}
