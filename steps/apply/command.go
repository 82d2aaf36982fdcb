package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// runAll runs commands one after the other, up to the first that fails.
func runAll(ctx context.Context, commands []steps.Command, kept map[string]string, opts Options, teller *teller) error {
	for _, command := range commands {
		if err := runOne(ctx, command, kept, opts, teller); err != nil {
			return err
		}
	}
	return nil
}

// tidy runs what comes after the commands of an action, however they ended.
// It is short, and the last that could hang: it has a limit.
func tidy(ctx context.Context, commands []steps.Command, opts Options) error {
	var failed error
	for _, command := range commands {
		_, err := opts.Runner.Run(ctx, run.Command{Argv: command.Argv, Dir: command.Dir, Owner: command.Owner, Text: command.Text})
		failed = errors.Join(failed, err)
	}
	return failed
}

// runOne runs one command of an action. kept holds what earlier ones printed.
func runOne(ctx context.Context, command steps.Command, kept map[string]string, opts Options, teller *teller) error {
	argv, err := command.Filled(kept)
	if err != nil {
		return err
	}
	cmd := run.Command{
		Argv: argv, Dir: command.Dir, Owner: command.Owner, Text: command.Text,
		Timeout: -1, // what an installation takes is not ours to limit
		Line:    func(line []byte) { teller.tell(EventLine, said(line, opts.Secrets)) },
	}
	var nix *nixWatch
	if speaksNix(command) {
		nix = newNixWatch(teller, opts.Secrets)
		cmd.Line = nix.line
	}
	if command.Stdin != "" {
		cmd.Secret = opts.Secrets.Named(command.Stdin)
		if cmd.Secret == nil {
			return fmt.Errorf("%s: the secret %q was not given", command.Argv[0], command.Stdin)
		}
	}
	teller.runs(argv[0])
	result, err := opts.Runner.Run(ctx, cmd)
	if err != nil && nix != nil {
		err = nix.explain(err)
	}
	printed := strings.TrimSpace(string(result.Stdout))
	switch {
	case err != nil:
		return err
	case command.Silent && printed != "":
		first, _, _ := strings.Cut(printed, "\n")
		return fmt.Errorf("%s printed %q where nothing was expected", argv[0], said([]byte(first), opts.Secrets))
	case command.Keep == "":
		return nil
	case printed == "" || strings.Contains(printed, "\n") || !strings.HasPrefix(printed, command.Begins):
		return fmt.Errorf("%s printed %q where one line was expected%s", argv[0], said([]byte(printed), opts.Secrets), like(command))
	}
	kept[command.Keep] = printed
	return nil
}

// like says how the line should have begun.
func like(command steps.Command) string {
	if command.Begins == "" {
		return ""
	}
	return " that begins with " + command.Begins
}

// longestSaid is how much of a line is told. All of it is in the log.
const longestSaid = 1 << 10

// said is a line that a program printed, as it is told: whatever it was, it is
// text, it is short, and no secret is in it.
func said(line []byte, secrets *steps.Secrets) string {
	line = secrets.Redact(line)
	if len(line) > longestSaid {
		line = append(slices.Clone(line[:longestSaid]), "..."...)
	}
	return strings.ToValidUTF8(string(line), "?")
}
