package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/clone"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/install"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/verify"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// Builtins are the actions of a plan that mnemonix carries out itself, around
// keys and secrets. What they need besides secrets they read from the plan.
func Builtins(runner run.Runner, plan steps.Plan, open func() (transport.TPMCloser, error)) (map[string]apply.Builtin, error) {
	chosen, err := plannedAnswers(plan)
	if err != nil {
		return nil, err
	}
	flake := ""
	for _, action := range plan.Actions {
		if action.Kind == steps.ActionWrite {
			flake = action.Folder
		}
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find mnemonix itself: %w", err)
	}
	enrolment := func(look bool) apply.Builtin {
		return func(ctx context.Context, action steps.Action, secrets *steps.Secrets) error {
			return withRoot(secrets, func(root *derive.Root) error {
				_, err := enroll.Enrolment{
					Runner: runner, Open: open, Answers: chosen, Root: root, PIN: wantedPIN(chosen, secrets),
					Target: action.Folder, Flake: flake, AsRoot: os.Geteuid() == 0, Program: program, Look: look,
				}.Carry(ctx)
				return err
			})
		}
	}
	return map[string]apply.Builtin{
		"enroll":      enrolment(false),
		"verify-keys": enrolment(true),
		"verify-recovery": func(ctx context.Context, _ steps.Action, secrets *steps.Secrets) error {
			return withRoot(secrets, func(root *derive.Root) error {
				return enroll.Recovery{
					Runner: runner, Answers: chosen, Root: root, Flake: flake, Containers: plan.Layout.LUKS(), Look: true,
				}.Carry(ctx)
			})
		},
		"verify-boot-files": func(_ context.Context, action steps.Action, _ *steps.Secrets) error {
			return verify.BootFiles(runner, action.Folder)
		},
		"verify-boot-entry": func(ctx context.Context, action steps.Action, _ *steps.Secrets) error {
			return verify.BootEntry(ctx, runner, action.Folder)
		},
		"recovery": func(ctx context.Context, action steps.Action, secrets *steps.Secrets) error {
			return withRoot(secrets, func(root *derive.Root) error {
				return enroll.Recovery{
					Runner: runner, Answers: chosen, Root: root, Passphrase: secrets.DiskPassphrase,
					Flake: action.Folder, Containers: plan.Layout.LUKS(),
				}.Carry(ctx)
			})
		},
		"commit": commit(runner, chosen),
		"clone": func(ctx context.Context, _ steps.Action, secrets *steps.Secrets) error {
			if plan.Origin == nil {
				return errors.New("the plan does not say where the flake comes from")
			}
			return withRoot(secrets, func(root *derive.Root) error { return clone.Again(ctx, runner, *plan.Origin, root) })
		},
		"secrets-open": func(ctx context.Context, action steps.Action, secrets *steps.Secrets) error {
			return withRoot(secrets, func(root *derive.Root) error {
				text, err := runner.ReadFile(filepath.Join(action.Folder, enroll.SecretsFile(chosen)))
				if err != nil {
					return err
				}
				return Opens(ctx, runner, root, chosen, action.Folder, text)
			})
		},
		"store": func(ctx context.Context, action steps.Action, _ *steps.Secrets) error {
			return install.Store{Runner: runner, Target: action.Folder, Flake: flake, Host: chosen.Host.Name}.Mend(ctx)
		},
		"secrets": func(ctx context.Context, action steps.Action, secrets *steps.Secrets) error {
			program, plugins, err := Plugins()
			if err != nil {
				return err
			}
			return withRoot(secrets, func(root *derive.Root) error {
				return enroll.Sealing{
					Runner: runner, Answers: chosen, Root: root, Secrets: secrets, Flake: action.Folder,
					Path: os.Getenv("PATH"), Program: program, Plugins: plugins,
				}.Carry(ctx)
			})
		},
	}, nil
}

// Opens says whether the words open a file of secrets of the host. The flake is
// the folder whose keys/NAME.json names the generations.
func Opens(ctx context.Context, runner run.Runner, root *derive.Root, chosen steps.Answers, flake string, text []byte) error {
	program, plugins, err := Plugins()
	if err != nil {
		return err
	}
	return enroll.Sealing{
		Runner: runner, Answers: chosen, Root: root, Flake: flake, Path: os.Getenv("PATH"), Program: program, Plugins: plugins,
	}.Opens(ctx, text)
}

// Signing is the builtin that a plan needs which only writes a flake and signs
// it.
func Signing(runner run.Runner, plan steps.Plan) (map[string]apply.Builtin, error) {
	chosen, err := plannedAnswers(plan)
	if err != nil {
		return nil, err
	}
	return map[string]apply.Builtin{"commit": commit(runner, chosen)}, nil
}

// commit makes the commands of an action sign with the operator's key.
func commit(runner run.Runner, chosen steps.Answers) apply.Builtin {
	return func(ctx context.Context, action steps.Action, secrets *steps.Secrets) error {
		return withRoot(secrets, func(root *derive.Root) error {
			return enroll.Signing{
				Runner: runner, Root: root, Answers: chosen, Flake: action.Folder, Commands: action.Commands,
			}.Carry(ctx)
		})
	}
}

// plannedAnswers are the answers that the plan writes into the flake.
func plannedAnswers(plan steps.Plan) (steps.Answers, error) {
	name := "hosts/" + plan.Host + "/answers.yaml"
	for _, file := range plan.Files {
		if file.Path == name {
			return answers.Read([]byte(file.Content))
		}
	}
	return steps.Answers{}, fmt.Errorf("the plan has no %s", name)
}

func wantedPIN(chosen steps.Answers, secrets *steps.Secrets) *secret.Secret {
	if chosen.TPM.Keys && !chosen.WantsPIN() {
		return nil
	}
	return secrets.PIN
}

// withRoot derives the root of all keys for as long as use runs.
func withRoot(secrets *steps.Secrets, use func(root *derive.Root) error) error {
	if secrets.Words.Len() == 0 {
		return errors.New("the words were not given")
	}
	mnemonic, err := words.Parse(secrets.Words)
	if err != nil {
		return err
	}
	defer mnemonic.Wipe()
	root, err := derive.New(mnemonic, secrets.WordsPassphrase)
	if err != nil {
		return err
	}
	defer root.Wipe()
	return use(root)
}

// Plugins are the program that sops calls as its plugins, which is mnemonix
// itself, and the folder in which it is linked by their names.
func Plugins() (program, folder string, err error) {
	if program, err = os.Executable(); err != nil {
		return "", "", fmt.Errorf("find mnemonix itself: %w", err)
	}
	folder, err = pluginFolder()
	return program, folder, err
}

// pluginFolder is a folder in memory that nobody else can write to: a program
// that is put there is run by sops and sees what is decrypted.
func pluginFolder() (string, error) {
	if os.Geteuid() == 0 {
		return "/run/mnemonix/plugins", nil
	}
	folder := os.Getenv("XDG_RUNTIME_DIR")
	if !strings.HasPrefix(folder, "/run/user/") {
		return "", errors.New("no folder of our own in memory: XDG_RUNTIME_DIR is not set")
	}
	return filepath.Join(folder, "mnemonix-plugins"), nil
}
