package enroll

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Enrolment is one enrolment of a machine's keys into its TPM.
type Enrolment struct {
	Runner  run.Runner
	Open    func() (transport.TPMCloser, error)
	Answers steps.Answers
	Root    *derive.Root
	PIN     *secret.Secret // of the operator's keys; nil for none
	Target  string         // where the machine's root is: / or /mnt
	Flake   string         // the folder of the flake, for keys/NAME.json
	Replace bool           // also files that hold another key
}

// Carry enrols and writes the files. An interruption leaves each file either
// as it was or as it has to be; enrolling again then finishes.
func (e Enrolment) Carry(ctx context.Context) (result *tpmenroll.Result, err error) {
	places := Places(e.Answers, e.Target)
	present, err := e.present(places)
	if err != nil {
		return nil, err
	}
	recorded, err := e.recorded()
	if err != nil {
		return nil, err
	}
	operator, _ := e.Answers.Operator()
	tpm, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tpm.Close()) }()
	result, err = tpmenroll.Enroll(tpm, tpmenroll.Request{
		Root: e.Root, Name: e.Answers.Host.Key(), Generations: recorded,
		Operator: e.Answers.HoldsOperatorKeys(), PIN: e.PIN,
		Comment: operator.Name + "@" + e.Answers.Host.Name, Present: present, Replace: e.Replace,
	})
	if err != nil {
		return nil, err
	}
	for _, file := range result.Files {
		if file.State == tpmenroll.Unchanged {
			continue
		}
		if err := e.write(ctx, places[file.Slot], file); err != nil {
			return nil, err
		}
	}
	return result, e.record(result.Keys)
}

// present reads the private files that are there now.
func (e Enrolment) present(places map[tpmenroll.Slot]Place) (map[tpmenroll.Slot][]byte, error) {
	present := map[tpmenroll.Slot][]byte{}
	for _, slot := range tpmenroll.Slots(e.Answers.HoldsOperatorKeys()) {
		text, err := e.Runner.ReadFile(places[slot].Private)
		switch {
		case err == nil:
			present[slot] = text
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read the present key of %s: %w", slot, err)
		}
	}
	return present, nil
}

// recorded are the generations that keys/NAME.json names, where it exists.
func (e Enrolment) recorded() (format.Generations, error) {
	text, err := e.Runner.ReadFile(e.keysFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the public keys of before: %w", err)
	}
	keys, err := format.ParsePublicKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.keysFile(), err)
	}
	return keys.Generations, nil
}

func (e Enrolment) keysFile() string {
	return path.Join(e.Flake, "keys", e.Answers.Host.Key()+".json")
}

// record writes keys/NAME.json where it says something else now.
func (e Enrolment) record(keys *format.PublicKeys) error {
	text, err := keys.Marshal()
	if err != nil {
		return err
	}
	if present, err := e.Runner.ReadFile(e.keysFile()); err == nil && string(present) == string(text) {
		return nil
	}
	if err := e.Runner.MkdirAll(path.Dir(e.keysFile()), 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", path.Dir(e.keysFile()), err)
	}
	return e.Runner.WriteFile(e.keysFile(), text, 0o644)
}

// operatorID is the uid and gid of the operator: the flake gives the first
// to the operator and NixOS the second to the group users.
const operatorID = "1000:100"

// write puts a key's files in their places. The private file comes last: it
// is what says that the key is there.
func (e Enrolment) write(ctx context.Context, place Place, file tpmenroll.File) error {
	folder := path.Dir(place.Private)
	if err := e.folders(ctx, place, folder); err != nil {
		return err
	}
	names := []string{place.Private}
	if place.Public != "" {
		if err := e.Runner.WriteFile(place.Public, file.Public, 0o644); err != nil {
			return err
		}
		names = append(names, place.Public)
	}
	if err := e.Runner.WriteFile(place.Private, file.Private, 0o600); err != nil {
		return err
	}
	if !place.Operator {
		return nil
	}
	return e.own(ctx, names...)
}

// folders makes the folder of a place. In the operator's home every folder
// on the way is the operator's, and nobody else may look into it.
func (e Enrolment) folders(ctx context.Context, place Place, folder string) error {
	if !place.Operator {
		if err := e.Runner.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("make folder %s: %w", folder, err)
		}
		return nil
	}
	homes := path.Join(e.Target, "home")
	if err := e.Runner.MkdirAll(homes, 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", homes, err)
	}
	made := homes
	for _, name := range strings.Split(strings.TrimPrefix(folder, homes+"/"), "/") {
		made = path.Join(made, name)
		if _, err := e.Runner.Stat(made); err == nil {
			continue
		}
		if err := e.Runner.MkdirAll(made, 0o700); err != nil {
			return fmt.Errorf("make folder %s: %w", made, err)
		}
		if err := e.own(ctx, made); err != nil {
			return err
		}
	}
	return nil
}

func (e Enrolment) own(ctx context.Context, names ...string) error {
	argv := append([]string{"chown", "--no-dereference", operatorID, "--"}, names...)
	_, err := e.Runner.Run(ctx, run.Command{Argv: argv})
	return err
}
