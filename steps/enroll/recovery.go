package enroll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// luksTimeout is for a key slot whose passphrase is stretched for seconds on
// a fast machine, and for longer on a slow one.
const luksTimeout = 5 * time.Minute

// wrongPassphrase is how cryptsetup ends when a passphrase opens nothing.
// Source: cryptsetup(8), return codes.
const wrongPassphrase = 2

// Recovery puts the recovery passphrase of the words into the LUKS containers
// of a machine, so that the words alone open its disks.
type Recovery struct {
	Runner     run.Runner
	Answers    steps.Answers
	Root       *derive.Root
	Passphrase *secret.Secret // opens the containers now
	Flake      string         // the folder of the flake, for the generation
	Containers []steps.LayoutContainer
	Look       bool // only look whether everything is there; what is missing is an error
}

// Carry adds to every container what is missing of a slot that the recovery
// passphrase opens, the token by which systemd knows that slot, and the token
// that names the words. Each is added whole or not at all, and the last one
// comes last: an interruption leaves what carrying it out again completes.
func (r Recovery) Carry(ctx context.Context) error {
	label, generation, err := r.label()
	if err != nil {
		return err
	}
	passphrase, err := r.Root.RecoveryPassphrase(r.Answers.Host.Key(), generation)
	if err != nil {
		return err
	}
	defer passphrase.Wipe()
	for _, container := range r.Containers {
		if err := r.carry(ctx, container.Device, passphrase, label); err != nil {
			return fmt.Errorf("recovery passphrase of %s: %w", container.Name, err)
		}
	}
	return nil
}

// label is that of the passphrase in the generation that keys/NAME.json says.
func (r Recovery) label() (derive.Label, int, error) {
	generations, err := Enrolment{Runner: r.Runner, Flake: r.Flake, Answers: r.Answers}.generations()
	if err != nil {
		return derive.Label{}, 0, err
	}
	return luksLabel(r.Answers.Host.Key(), generations)
}

func luksLabel(name string, generations format.Generations) (derive.Label, int, error) {
	first, err := derive.Host(name, derive.LUKS, 0)
	if err != nil {
		return derive.Label{}, 0, err
	}
	generation := generations[first.String()]
	label, err := derive.Host(name, derive.LUKS, generation)
	return label, generation, err
}

func (r Recovery) carry(ctx context.Context, device string, passphrase *secret.Secret, label derive.Label) error {
	dump, err := r.run(ctx, tools.LuksDump(device), nil)
	if err != nil {
		return err
	}
	header, err := tools.ParseLuksDump(dump.Stdout)
	if err != nil {
		return err
	}
	slot, err := r.slot(ctx, device, header.Slots, passphrase)
	if err != nil {
		return err
	}
	if slot < 0 && r.Look {
		return errors.New("it opens no slot")
	}
	if slot < 0 {
		if slot, err = r.add(ctx, device, header.Slots, passphrase); err != nil {
			return err
		}
	}
	tokens, err := recoveryTokens(slot, label, r.Root.IDs())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(header.Tokens, func(token tools.LuksToken) bool {
		return token.Type == "systemd-recovery" && slices.Contains(token.Slots, slot)
	}) {
		if r.Look {
			return errors.New("the header does not say which slot it is for")
		}
		if _, err := r.run(ctx, tools.LuksTokenImport(device, tokens[0]), nil); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(header.Tokens, func(token tools.LuksToken) bool {
		known, err := format.ParseLUKSToken(token.Text)
		return err == nil && known.Label == label && known.IDs == r.Root.IDs()
	}) {
		return nil
	}
	if r.Look {
		return errors.New("the header does not say which words it belongs to")
	}
	_, err = r.run(ctx, tools.LuksTokenImport(device, tokens[1]), nil)
	return err
}

// slot returns the slot that the passphrase opens, or -1. Ours was added
// after the first one and is quick to try.
func (r Recovery) slot(ctx context.Context, device string, slots []int, passphrase *secret.Secret) (int, error) {
	for _, slot := range slices.Backward(slots) {
		_, err := r.run(ctx, tools.LuksTestSlot(device, slot), passphrase)
		var failed *run.Error
		switch {
		case err == nil:
			return slot, nil
		case !errors.As(err, &failed) || failed.Err != nil || failed.Status != wrongPassphrase:
			return -1, err
		}
	}
	return -1, nil
}

// add puts the passphrase into the first slot that is free.
func (r Recovery) add(ctx context.Context, device string, slots []int, passphrase *secret.Secret) (int, error) {
	if r.Passphrase.Len() == 0 {
		return -1, errors.New("the passphrase of the disk was not given")
	}
	slot := 0
	for slices.Contains(slots, slot) {
		slot++
	}
	both, err := inLines(r.Passphrase, passphrase)
	if err != nil {
		return -1, err
	}
	defer both.Wipe()
	_, err = r.run(ctx, tools.LuksAddRecovery(device, slot), both)
	return slot, err
}

func (r Recovery) run(ctx context.Context, command steps.Command, input *secret.Secret) (run.Result, error) {
	return r.Runner.Run(ctx, run.Command{Argv: command.Argv, Text: command.Text, Secret: input, Timeout: luksTimeout})
}

// inLines are secrets one below the other, as cryptsetup reads several from
// standard input: no file holds any of them.
func inLines(secrets ...*secret.Secret) (*secret.Secret, error) {
	size := 0
	for _, one := range secrets {
		size += one.Len() + 1
	}
	text := make([]byte, 0, size)
	broken := false
	for _, one := range secrets {
		one.Use(func(view []byte) {
			broken = broken || bytes.IndexByte(view, '\n') >= 0
			text = append(append(text, view...), '\n')
		})
	}
	made := secret.New(text)
	if broken {
		made.Wipe()
		return nil, errors.New("the passphrase of the disk has a line break in it, and could not be typed at boot")
	}
	return made, nil
}

// recoveryTokens are systemd's token of the slot and ours.
func recoveryTokens(slot int, label derive.Label, ids derive.IDs) ([2]string, error) {
	systemd, err := format.RecoveryToken(slot)
	if err != nil {
		return [2]string{}, err
	}
	ours, err := (&format.LUKSToken{Keyslot: format.NoKeyslot, Label: label, IDs: ids}).Marshal()
	return [2]string{string(systemd) + "\n", string(ours) + "\n"}, err
}

// recovery plans the recovery passphrase of an encrypted layout. The commands
// beside it are those by which a person would do the same: the passphrase is
// shown by mnemonix and typed where cryptsetup asks. Of a new container the
// slot 0 is taken, by the passphrase that it was made with. Which words it
// will be, and so what the second token says, is known once they are at hand.
func recovery(in steps.Input, plan *steps.Plan) {
	containers := plan.Layout.LUKS()
	if len(containers) == 0 {
		return
	}
	const slot = 1
	name := in.Answers.Host.Key()
	var ids derive.IDs
	var generations format.Generations
	if in.Keys != nil {
		ids, generations = in.Keys.IDs, in.Keys.Generations
	}
	label, generation, err := luksLabel(name, generations)
	if err != nil {
		plan.Block(steps.Problem{Key: "host.keyName", Text: err.Error()})
		return
	}
	tokens, err := recoveryTokens(slot, label, ids)
	if err != nil {
		plan.Block(steps.Problem{Text: err.Error()})
		return
	}
	show := []string{"mnemonix", "keys", "show", "--host=" + name, "--reveal"}
	if generation > 0 {
		show = append(show, "--generation="+strconv.Itoa(generation))
	}
	commands := []steps.Command{{Argv: show}}
	for _, container := range containers {
		commands = append(commands, tools.LuksAddRecovery(container.Device, slot), tools.LuksTokenImport(container.Device, tokens[0]))
		if in.Keys != nil {
			commands = append(commands, tools.LuksTokenImport(container.Device, tokens[1]))
		}
	}
	plan.Do(steps.Action{
		ID: "enroll/recovery", Title: "let the words open the disks of " + name, Kind: steps.ActionBuiltin, Name: "recovery",
		Folder: in.Folder, Commands: commands, Secrets: []string{"words", "wordsPassphrase", "diskPassphrase"},
	})
}
