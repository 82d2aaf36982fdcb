package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/change"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/words"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// Sealed asks for the words where other answers name a service whose key is not
// among the secrets of the host: it comes from them.
func (c Changing) Sealed(list []steps.Step) []steps.Step {
	last := len(list) - 1
	return append(append(list[:last:last], wordsFor{words.Step{}, c.Unsealed}), list[last])
}

// wordsFor asks for the words only where keys are made of them.
type wordsFor struct {
	steps.Step
	unsealed func(steps.Answers) []string
}

// Title says what they are for.
func (wordsFor) Title() string { return "Words, for new keys" }

// Ask asks what the step asks, or nothing.
func (w wordsFor) Ask(facts steps.Facts, chosen steps.Answers) []steps.Question {
	names := w.unsealed(chosen)
	if len(names) == 0 {
		return nil
	}
	questions := w.Step.Ask(facts, chosen)
	questions[0].Help = "The keys of " + strings.Join(names, ", ") + " come from the words of this machine. " + questions[0].Help
	return questions
}

// secretsOf reads the secrets of the host as they are committed. A host may have
// none.
func (c *Changing) secretsOf(ctx context.Context) error {
	text, err := c.Repository.Committed(ctx, enroll.SecretsFile(c.Answers))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	c.secrets = []byte(text)
	if _, err := enroll.Unsealed(c.secrets, nil); err != nil {
		return fmt.Errorf("%s: %w", enroll.SecretsFile(c.Answers), err)
	}
	return nil
}

// Unsealed are the services of these answers whose keys are not among the
// secrets of the host. Without secrets, or without keys that they could be
// encrypted to, there are none.
func (c Changing) Unsealed(chosen steps.Answers) []string {
	if c.secrets == nil || c.Keys == nil {
		return nil
	}
	unsealed, _ := enroll.Unsealed(c.secrets, enroll.Services(chosen)) // it was read once
	return unsealed
}

// sealing is the builtin that adds their keys.
func (c Changing) sealing(merge steps.Merge, signed bool) apply.Builtin {
	return func(ctx context.Context, _ steps.Action, secrets *steps.Secrets) error {
		return withRoot(secrets, func(root *derive.Root) error {
			repository, err := change.Open(ctx, c.Repository.Runner, merge.Folder, merge.Owner)
			if err != nil {
				return err
			}
			file, err := repository.Committed(ctx, merge.Secrets)
			if err != nil {
				return err
			}
			unsealed, err := enroll.Unsealed([]byte(file), merge.Unsealed)
			if err != nil || len(unsealed) == 0 { // an earlier try has done it
				return err
			}
			program, folder, err := Plugins()
			if err != nil {
				return err
			}
			adding := enroll.Adding{
				Runner: c.Repository.Runner, Name: c.Answers.Host.Key(), Root: root, Generations: c.Keys.Generations,
				Path: os.Getenv("PATH"), Program: program, Plugins: folder,
			}
			text, err := adding.Carry(ctx, []byte(file), unsealed)
			if err != nil {
				return err
			}
			operator, _ := c.Answers.Operator()
			committing := change.Committing{
				Repository: repository, Path: merge.Secrets, Mode: 0o644, Name: operator.FullName, Email: operator.Email,
				Message: c.Host + ": keys of " + strings.Join(unsealed, ", "),
			}
			if !signed {
				return committing.Carry(ctx, string(text), nil)
			}
			committing.Signer = c.Keys.User.Sign.Public
			signing := enroll.Signing{Runner: c.Repository.Runner, Root: root, Answers: c.Answers, Flake: merge.Folder}
			return signing.With(ctx, func(env []string) error { return committing.Carry(ctx, string(text), env) })
		})
	}
}
