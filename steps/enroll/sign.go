package enroll

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/agent"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// Signing runs commands that sign with the operator's key: git, which asks
// ssh-keygen, which asks an agent. The agent is ours and lives as long as the
// commands run. The key is derived from the words, which are in memory at that
// time anyway: so a machine that does not hold the operator's keys can make
// the operator's first commit too, and no PIN is needed for it.
type Signing struct {
	Runner   run.Runner
	Root     *derive.Root
	Answers  steps.Answers
	Flake    string // the folder of the flake, whose keys/NAME.json names the key's generation
	Commands []steps.Command
}

// Carry runs the commands, one after the other.
func (s Signing) Carry(ctx context.Context) error {
	return s.With(ctx, func(env []string) error {
		kept := map[string]string{}
		for _, command := range s.Commands {
			argv, err := command.Filled(kept)
			if err != nil {
				return err
			}
			result, err := s.Runner.Run(ctx, run.Command{
				Argv: argv, Dir: command.Dir, Owner: command.Owner, Text: command.Text, Timeout: -1, Env: env,
			})
			if err != nil {
				return err
			}
			if command.Keep != "" {
				if kept[command.Keep] = strings.TrimSpace(string(result.Stdout)); kept[command.Keep] == "" {
					return fmt.Errorf("%s printed nothing", argv[0])
				}
			}
		}
		return nil
	})
}

// With has the agent serve for as long as use runs; env is what programs find
// it by.
func (s Signing) With(ctx context.Context, use func(env []string) error) (err error) {
	generations, err := Enrolment{Runner: s.Runner, Flake: s.Flake, Answers: s.Answers}.generations()
	if err != nil {
		return err
	}
	label, err := derive.User(derive.Sign, 0)
	if err != nil {
		return err
	}
	if generation := generations[label.String()]; generation > 0 {
		if label, err = derive.User(derive.Sign, generation); err != nil {
			return err
		}
	}
	pair, err := s.Root.P256(label)
	if err != nil {
		return err
	}
	defer pair.Wipe()
	private, err := pair.Signer()
	if err != nil {
		return err
	}
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		return err
	}
	socket, err := run.NewSocket()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, socket.Close()) }()
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- agent.Of(signer).Serve(serving, socket) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	// git leaves the file behind that it writes the public key into.
	return use([]string{"SSH_AUTH_SOCK=" + socket.Path(), "TMPDIR=" + socket.Folder()})
}
