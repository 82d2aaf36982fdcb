package enroll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Rekeying encrypts the flake's secrets to the recipients that .sops.yaml
// names now, whatever they were encrypted to before. It needs somebody who
// can open them today.
type Rekeying struct {
	Runner  run.Runner
	Flake   string
	Path    string // where programs are looked for: PATH
	Program string // mnemonix itself
	Plugins string // a folder in memory that nobody else can write to
	TPM     string // where the plugin finds the TPM, as --tpm says it; empty: where it is
	// Identities are age identities, one a line, of which one opens each file.
	Identities *secret.Secret
	// Old and New are the public keys of a machine before and after. Where the
	// rules still name the old ones, they name the new ones from now on. Nil:
	// the rules are right as they are.
	Old, New *format.PublicKeys
}

// Carry changes the rules and then every file of secrets/ but those named.
// Where keys are replaced, files get a new data key too: who has an old key and
// an old state of a file has the old one. A
// file that cannot be opened is an error, and the rules are as they were.
func (r Rekeying) Carry(ctx context.Context, but ...string) (err error) {
	files, err := r.files(but)
	if err != nil {
		return err
	}
	rules := path.Join(r.Flake, ".sops.yaml")
	before, err := r.Runner.ReadFile(rules)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing is encrypted here
	}
	if err != nil {
		return fmt.Errorf("read the rules of sops: %w", err)
	}
	after := r.renamed(before)
	changed := !bytes.Equal(before, after)
	if len(files) == 0 && !changed {
		return nil
	}
	if changed {
		if err := r.Runner.WriteFile(rules, after, 0o644); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, r.Runner.WriteFile(rules, before, 0o644))
			}
		}()
	}
	if len(files) == 0 {
		return nil
	}
	if _, err := r.Runner.LookPath("sops"); err != nil {
		return missing("sops", tools.SopsHint, err)
	}
	defer func() { err = errors.Join(err, r.Runner.RemoveAll(r.Plugins)) }()
	if err := linkPlugins(r.Runner, r.Plugins, r.Program); err != nil {
		return err
	}
	// sops reads identities from a file only; this one is in memory.
	identities := path.Join(r.Plugins, "identities")
	var writing error
	r.Identities.Use(func(text []byte) { writing = r.Runner.WriteFile(identities, text, 0o600) })
	if writing != nil {
		return writing
	}
	sops := func(command steps.Command) error {
		_, err := r.Runner.Run(ctx, run.Command{
			Argv: command.Argv, Dir: command.Dir, Timeout: tools.SopsTimeout,
			Env: []string{"PATH=" + r.Plugins + ":" + r.Path, "SOPS_AGE_KEY_FILE=" + identities, "MNEMONIX_TPM=" + r.TPM},
		})
		return err
	}
	for _, file := range files {
		if err := sops(tools.SopsUpdateKeys(r.Flake, file)); err != nil {
			return fmt.Errorf("encrypt %s to its new recipients: %w", file, err)
		}
	}
	if r.Old == nil {
		return nil // nobody is shut out
	}
	for _, file := range files {
		text, err := r.Runner.ReadFile(path.Join(r.Flake, file))
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if !r.names(text) {
			continue // none of the keys that changed opens it
		}
		if err := sops(tools.SopsRotate(r.Flake, file)); err != nil {
			return fmt.Errorf("encrypt %s with a new key: %w", file, err)
		}
	}
	return nil
}

// names says whether an encrypted file is for one of the new keys.
func (r Rekeying) names(text []byte) bool {
	for _, key := range []format.AgeKey{r.New.User.Age, r.New.Host.Age} {
		if bytes.Contains(text, []byte(key.Recipient)) || bytes.Contains(text, []byte(key.RecipientTPM)) {
			return true
		}
	}
	return false
}

// files lists what is encrypted, but for what is named.
func (r Rekeying) files(but []string) ([]string, error) {
	entries, err := r.Runner.ReadDir(path.Join(r.Flake, "secrets"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the secrets: %w", err)
	}
	var files []string
next:
	for _, entry := range entries {
		name := "secrets/" + entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".yaml") {
			continue
		}
		for _, one := range but {
			if one == name {
				continue next
			}
		}
		files = append(files, name)
	}
	return files, nil
}

// renamed are the rules with the old recipients replaced by the new ones;
// everything else of them is as its author left it.
func (r Rekeying) renamed(rules []byte) []byte {
	if r.Old == nil || r.New == nil {
		return rules
	}
	text := string(rules)
	for _, pair := range [][2]format.AgeKey{{r.Old.User.Age, r.New.User.Age}, {r.Old.Host.Age, r.New.Host.Age}} {
		text = strings.ReplaceAll(text, pair[0].RecipientTPM, pair[1].RecipientTPM)
		text = strings.ReplaceAll(text, pair[0].Recipient, pair[1].Recipient)
	}
	return []byte(text)
}

// linkPlugins makes a folder in which sops finds our plugins.
func linkPlugins(runner run.Runner, folder, program string) error {
	if err := runner.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make folder %s: %w", folder, err)
	}
	for _, name := range []string{format.PluginTPM, format.PluginSoftware} {
		link := path.Join(folder, "age-plugin-"+name)
		if err := errors.Join(runner.Remove(link), runner.Symlink(program, link)); err != nil {
			return fmt.Errorf("link the plugin for sops: %w", err)
		}
	}
	return nil
}
