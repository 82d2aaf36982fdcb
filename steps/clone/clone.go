// Package clone brings a flake that is kept somewhere else into memory, and
// says whether it can be believed.
//
// Its rules:
//
//   - What is fetched is looked at by git alone, with a configuration of our
//     own: no hook, no helper, no question, no program that the other side
//     names. Nothing of it is written out, evaluated or run here.
//   - It is believed when the commit at its tip is signed by the operator's
//     key, which comes from the words: that one signature holds the whole
//     history. Everything else is said, and is the operator's to decide.
//   - What does not come from that commit is not used: a branch that the tip
//     does not hold may be anybody's.
//   - A path that leaves the tree, a submodule and what is too large for
//     memory are refused by name.
//   - It lies in memory, readable by us alone.
package clone

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/agent"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// Clone is a flake in memory.
type Clone struct {
	Source   string
	Branch   string // the operator's
	Tip      tools.Tip
	Trust    Trust
	Signed   int             // the generation of the operator's key that signed; Trust is Signed
	Hosts    []steps.Answers // of the tip, in the order of their names
	Files    []steps.File    // of the tip
	Rendered string          // the last commit of what mnemonix rendered that the tip holds
	Present  []steps.File    // of that commit

	runner run.Runner
	folder string
}

// Options say what is cloned.
type Options struct {
	Runner run.Runner
	Source string
	Branch string       // empty: the one that the source is on
	Base   string       // a folder in memory that is ours alone
	Root   *derive.Root // of the words
}

// Folder is where a source is cloned to below the folder in memory.
func Folder(base, source string) string {
	return path.Join(base, fmt.Sprintf("clone-%.16x", sha256.Sum256([]byte(source))))
}

// repository is the repository in the folder of a clone.
func repository(folder string) string { return path.Join(folder, "repository") }

// Fetch clones a source and looks at the signature of its tip.
func Fetch(ctx context.Context, o Options) (cloned *Clone, err error) {
	c := &Clone{Source: o.Source, runner: o.Runner, folder: Folder(o.Base, o.Source)}
	defer func() {
		if err != nil { // what cannot be used does not stay in memory
			err = errors.Join(err, c.Remove())
		}
	}()
	if err := c.fetch(ctx, o.Root); err != nil {
		return nil, err
	}
	branches, err := c.branches(ctx)
	if err != nil {
		return nil, err
	}
	if c.Branch, err = c.branch(ctx, o, branches); err != nil {
		return nil, err
	}
	if err := c.verify(ctx, o.Root, branches[c.Branch]); err != nil {
		return nil, err
	}
	return c, nil
}

// Again fetches the history once more that a plan goes on from: what lay in
// memory is gone with the power. The commits are named by the plan, so whatever
// comes is either them or of no use.
func Again(ctx context.Context, runner run.Runner, origin steps.Origin, root *derive.Root) error {
	c := &Clone{Source: origin.Source, runner: runner, folder: path.Dir(origin.Clone)}
	if err := c.fetch(ctx, root); err != nil {
		return err
	}
	for _, commit := range []string{origin.Tip, origin.Rendered} {
		if _, err := c.git(ctx, tools.CloneHas(c.repository(), commit)); err != nil {
			return fmt.Errorf("%s does not have the commit %.12s any more, which the plan goes on from: %w", origin.Source, commit, err)
		}
	}
	return nil
}

// Remove takes the clone away.
func (c *Clone) Remove() error { return c.runner.RemoveAll(c.folder) }

func (c *Clone) repository() string { return repository(c.folder) }

// fetch makes the clone anew.
func (c *Clone) fetch(ctx context.Context, root *derive.Root) error {
	for _, program := range []string{"git", "ssh-keygen", "prlimit"} {
		if _, err := c.runner.LookPath(program); err != nil {
			return &Error{fmt.Errorf("clone the flake: %w", err), "install " + program + ": nix shell nixpkgs#git nixpkgs#openssh nixpkgs#util-linux"}
		}
	}
	if err := errors.Join(c.runner.RemoveAll(c.folder), c.runner.MkdirAll(c.folder, 0o700)); err != nil {
		return err
	}
	if err := c.runner.WriteFile(path.Join(c.folder, "config"), []byte(tools.CloneConfig(c.Source)), 0o600); err != nil {
		return err
	}
	if _, err := c.git(ctx, tools.CloneInit(c.repository())); err != nil {
		return err
	}
	result, err := c.remote(ctx, root, tools.CloneFetch(c.repository(), c.Source))
	if err == nil {
		return nil
	}
	said := reason(result.Stderr, err)
	return &Error{fmt.Errorf("clone the flake from %s: %w", c.Source, said), fetchHint(c.Source, said)}
}

// reason is the line by which git says why it ended, or before which ssh did;
// what git prints last is advice.
func reason(stderr []byte, err error) error {
	before := ""
	for line := range strings.Lines(string(stderr)) {
		line = strings.TrimSpace(line)
		text, fatal := strings.CutPrefix(line, "fatal: ")
		switch {
		case fatal && !strings.HasPrefix(text, "Could not read from remote"):
			return errors.New(probe.Shown(text))
		case fatal && before != "":
			return errors.New(probe.Shown(before))
		case line != "":
			before = line
		}
	}
	return err
}

// fetchHint is what can be done about a source that gives nothing.
func fetchHint(source string, err error) string {
	said := err.Error()
	switch {
	case strings.Contains(said, "ermission denied"), strings.Contains(said, "erminal prompts disabled"), strings.Contains(said, "uthentication failed"):
		return "its server wants to know who asks: over ssh your own key from the words is offered, over https only what needs no password can be fetched"
	case strings.Contains(said, "not a git repository"), strings.Contains(said, "not appear to be a git repository"):
		return "it names a git repository, by URL or path, or a bundle (git bundle create FILE --all)"
	case strings.Contains(said, "too large"), strings.Contains(said, "signal"), strings.Contains(said, "ended from outside"):
		return fmt.Sprintf("a flake whose history is larger than %d MiB is not taken into memory: clone it to a stick with --depth, or make a bundle of one branch", tools.CloneLimit>>20)
	case strings.HasPrefix(source, "/"):
		return "is the stick mounted, and the path right?"
	}
	return "is the network up, and the address right? A clone or a bundle on a stick does too: --flake /mnt/flake.bundle"
}

func (c *Clone) env() []string {
	return tools.CloneEnv(path.Join(c.folder, "config"), path.Join(c.folder, "known_hosts"))
}

// git runs git on what was cloned.
func (c *Clone) git(ctx context.Context, command steps.Command) (run.Result, error) {
	return c.runner.Run(ctx, run.Command{
		Argv: command.Argv, Text: command.Text, Timeout: 2 * time.Minute, Env: c.env(),
	})
}

// remote runs git against the source. Over ssh the operator's key is offered,
// by an agent of ours that lives as long as that: a machine that was lost had
// the only other copy of it.
func (c *Clone) remote(ctx context.Context, root *derive.Root, command steps.Command) (result run.Result, err error) {
	cmd := run.Command{Argv: command.Argv, Timeout: tools.CloneTime, Env: c.env()}
	if strings.HasPrefix(c.Source, "/") || strings.HasPrefix(c.Source, "https://") || root == nil {
		return c.runner.Run(ctx, cmd)
	}
	label, err := derive.User(derive.SSH, 0)
	if err != nil {
		return run.Result{}, err
	}
	pair, err := root.P256(label)
	if err != nil {
		return run.Result{}, err
	}
	defer pair.Wipe()
	private, err := pair.Signer()
	if err != nil {
		return run.Result{}, err
	}
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		return run.Result{}, err
	}
	socket, err := run.NewSocket()
	if err != nil {
		return run.Result{}, err
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- agent.Of(signer).Serve(serving, socket) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended, socket.Close())
	}()
	cmd.Env = append(cmd.Env, "SSH_AUTH_SOCK="+socket.Path())
	return c.runner.Run(ctx, cmd)
}

// branches are the branches by their name.
func (c *Clone) branches(ctx context.Context) (map[string]string, error) {
	result, err := c.git(ctx, tools.CloneBranches(c.repository()))
	if err != nil {
		return nil, err
	}
	branches := map[string]string{}
	for line := range strings.Lines(string(result.Stdout)) {
		if fields := strings.Fields(line); len(fields) == 2 {
			branches[fields[0]] = fields[1]
		}
	}
	return branches, nil
}

// branch is the operator's: the one that was named, else the one that the
// source is on, else the one that people have.
func (c *Clone) branch(ctx context.Context, o Options, branches map[string]string) (string, error) {
	named := o.Branch
	candidates := []string{named}
	if named == "" {
		candidates = []string{"main", "master"}
		if result, err := c.remote(ctx, o.Root, tools.CloneHead(c.repository(), c.Source)); err == nil {
			candidates = append([]string{tools.ParseCloneHead(result.Stdout)}, candidates...)
		}
	}
	for _, branch := range candidates {
		if branches[branch] != "" && branch != tools.RenderedBranch {
			return branch, nil
		}
	}
	if len(branches) == 0 {
		return "", &Error{fmt.Errorf("%s has no branch: nothing was ever committed there", c.Source), "push the flake there, or name another place"}
	}
	if named != "" {
		return "", &Error{fmt.Errorf("%s has no branch %s", c.Source, named), "it has: " + strings.Join(sorted(branches), ", ")}
	}
	return "", &Error{fmt.Errorf("%s does not say which branch is yours", c.Source), "name it: --branch; it has: " + strings.Join(sorted(branches), ", ")}
}
