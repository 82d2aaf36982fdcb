package flow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/change"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// Changing is a flake that is there, and one of its hosts.
type Changing struct {
	Repository change.Repository
	Host       string
	Answers    steps.Answers // as they are committed
	Keys       *format.PublicKeys

	text     string // of the answers
	rendered []steps.File
	secrets  []byte // of the host, encrypted; nil: it has none
}

// OpenChange reads what a change begins with: the answers of the host as the
// operator has committed them, and the files as they were rendered last.
func OpenChange(ctx context.Context, repository change.Repository, host string) (Changing, error) {
	c := Changing{Repository: repository, Host: host}
	name := c.answersFile()
	var err error
	c.text, err = repository.Committed(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		names, err := repository.Hosts(ctx)
		if err != nil {
			return c, err
		}
		problem := steps.Problem{Text: "the flake in " + repository.Folder + " has no host " + host, Hint: "it has none that mnemonix knows"}
		if len(names) > 0 {
			problem.Hint = "--host NAME, one of: " + strings.Join(names, ", ")
		}
		return c, problem
	}
	if err != nil {
		return c, err
	}
	if repository.Dirty(name) {
		return c, steps.Problem{
			Text: name + " in " + repository.Folder + " has changes that are not committed",
			Hint: "commit them, and the change follows them: git -C " + repository.Folder + " commit " + name,
		}
	}
	if c.Answers, err = answers.Read([]byte(c.text)); err != nil {
		return c, steps.Problem{Text: name + " in " + repository.Folder + ": " + err.Error(), Hint: "mnemonix schema describes the file"}
	}
	if c.rendered, err = repository.Rendered(ctx); err != nil {
		return c, err
	}
	if err := c.secretsOf(ctx); err != nil {
		return c, err
	}
	for _, file := range c.rendered {
		if file.Path == "keys/"+c.Answers.Host.Key()+".json" {
			if c.Keys, err = format.ParsePublicKeys([]byte(file.Content)); err != nil {
				return c, fmt.Errorf("%s: %w", file.Path, err)
			}
		}
	}
	return c, nil
}

func (c Changing) answersFile() string { return "hosts/" + c.Host + "/answers.yaml" }

// Stages are the renderings that lead to other answers. Where the present ones
// were edited by hand since the last rendering, that is rendered first: so
// what was taken back by hand can be chosen again.
func (c Changing) Stages(chosen steps.Answers) ([]change.Rendering, error) {
	var stages []change.Rendering
	last := ""
	for _, file := range c.rendered {
		if file.Path == c.answersFile() {
			last = file.Content
		}
	}
	if last != c.text {
		files, err := render.Again(c.rendered, c.Answers)
		if err != nil {
			return nil, c.unknown(err)
		}
		stages = append(stages, change.Rendering{Files: files, Message: c.Host + ": as answered by hand", Keep: c.answersFile()})
	}
	files, err := render.Again(c.rendered, chosen)
	if err != nil {
		return nil, c.unknown(err)
	}
	message := c.Host + ": as mnemonix rendered it"
	if told := Difference(c.Answers, chosen); len(told) > 0 {
		message = c.Host + ": " + strings.Join(told, ", ")
	}
	return append(stages, change.Rendering{Files: files, Message: message, Woven: c.answersFile(), Same: sameAnswers}), nil
}

// sameAnswers says that two texts are the same answers.
func sameAnswers(one, other string) bool {
	a, errA := answers.Read([]byte(one))
	b, errB := answers.Read([]byte(other))
	return errA == nil && errB == nil && bytes.Equal(answers.Write(a), answers.Write(b))
}

// unknown says what to do with a host that was added by hand.
func (c Changing) unknown(err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return steps.Problem{
		Text: "the host " + c.Host + " is in the flake, but mnemonix never rendered it",
		Hint: "its files are yours: edit them, and rebuild with nixos-rebuild switch",
	}
}

// Difference says in words what was added and what was removed.
func Difference(before, after steps.Answers) []string {
	var told []string
	for _, name := range after.Features {
		if !before.HasFeature(name) {
			told = append(told, "add "+name)
		}
	}
	for _, name := range before.Features {
		if !after.HasFeature(name) {
			told = append(told, "remove "+name)
		}
	}
	if before.Desktop != after.Desktop {
		told = append(told, "desktop "+after.Desktop)
	}
	for _, name := range []string{"travelRouter", "arrStack", "virtualization", "wintv"} {
		switch was, is := answers.HasModule(before, name), answers.HasModule(after, name); {
		case is && !was:
			told = append(told, "add "+name)
		case was && !is:
			told = append(told, "remove "+name)
		case !slices.Equal(moduleText(before, name), moduleText(after, name)):
			told = append(told, "change "+name)
		}
	}
	return told
}

// moduleText are the settings of a module, to compare.
func moduleText(chosen steps.Answers, name string) []string {
	modules := steps.Modules{}
	switch name {
	case "travelRouter":
		modules.TravelRouter = chosen.Modules.TravelRouter
	case "arrStack":
		modules.ArrStack = chosen.Modules.ArrStack
	case "virtualization":
		modules.Virtualization = chosen.Modules.Virtualization
	case "wintv":
		modules.WinTV = chosen.Modules.WinTV
	}
	return []string{string(answers.Write(steps.Answers{Modules: modules}))}
}

// Merging are the builtins that a change needs. Where the words are at hand and
// they are those of the flake, its commits are signed.
func (c Changing) Merging(merge steps.Merge, stages []change.Rendering, signed bool) map[string]apply.Builtin {
	operator, _ := c.Answers.Operator()
	carrying := change.Carrying{Repository: c.Repository, Merge: merge, Stages: stages, Name: operator.FullName, Email: operator.Email}
	carried := false
	return map[string]apply.Builtin{"seal": c.sealing(merge, signed), "merge": func(ctx context.Context, _ steps.Action, secrets *steps.Secrets) (err error) {
		if carried { // by an earlier try: the branch may have gone on from there, with the secrets
			return nil
		}
		defer func() { carried = err == nil }()
		if !signed {
			return carrying.Carry(ctx, nil)
		}
		carrying.Signer = c.Keys.User.Sign.Public
		return withRoot(secrets, func(root *derive.Root) error {
			signing := enroll.Signing{Runner: c.Repository.Runner, Root: root, Answers: c.Answers, Flake: merge.Folder}
			return signing.With(ctx, func(env []string) error { return carrying.Carry(ctx, env) })
		})
	}}
}
