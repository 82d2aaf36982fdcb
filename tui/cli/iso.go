package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/apply/preflight"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Room for a medium, measured on the installation media of NixOS with what
// ours add: the closure and what squashfs makes of it in the store, and the
// file itself.
const (
	imageRoom = 3 << 30
	storeRoom = 10 << 30
)

// isoFlags are the flags of iso.
type isoFlags struct {
	out      string
	lock     string
	binary   string
	recovery bool
}

// iso builds the medium that this program is started from.
func (a *app) iso() *cobra.Command {
	var flags isoFlags
	command := &cobra.Command{
		Use: "iso --out FILE", Short: "build the installation medium, with this program on it", Args: noArguments,
		Long: "Iso writes the flake that mnemonix carries to a folder beside FILE, puts this program into it,\n" +
			"has Nix build the medium, and moves it to FILE when it is whole. The medium starts mnemonix on\n" +
			"the screen and on the serial line; it carries the flake.lock that it was built from, and what it\n" +
			"installs has those versions.\n\n" +
			"Without --lock the inputs are locked to what they are today, which needs the network.",
		Example: "  mnemonix iso --out mnemonix.iso\n  mnemonix iso --recovery --lock /etc/nixos/flake.lock --out recovery.iso",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runISO(cmd.Context(), flags) },
	}
	command.Flags().StringVar(&flags.out, "out", "", "the new `file`")
	command.Flags().StringVar(&flags.lock, "lock", "", "build from the versions in this flake.lock `file`")
	command.Flags().StringVar(&flags.binary, "binary", "", "put this mnemonix on the medium: a `file` for another kind of processor")
	command.Flags().BoolVar(&flags.recovery, "recovery", false, "the medium that repairs, instead of the one that installs")
	return command
}

func (a *app) runISO(ctx context.Context, flags isoFlags) error {
	if flags.out == "" {
		return usage(errors.New("--out is missing"), "it names the file that the medium is written to")
	}
	runner, err := a.here()
	if err != nil {
		return err
	}
	build, err := newImage(runner, flags)
	if err != nil {
		return err
	}
	if a.flags.dryRun {
		return a.tellISO(build)
	}
	if err := build.preflight(ctx); err != nil {
		return err
	}
	if err := build.stage.Make(); err != nil {
		return lacks(err, "choose a folder that can be written to")
	}
	err = build.make(ctx, func(line []byte) { _, _ = fmt.Fprintf(a.streams.Err, "%s\n", line) })
	err = errors.Join(err, build.stage.Remove())
	switch {
	case err != nil && ctx.Err() != nil:
		return &exit{status: exitInterrupted, err: errors.New("interrupted"), hint: "nothing was left behind but what Nix keeps in its store: another run goes on from there"}
	case err != nil:
		return a.status(err)
	}
	_, err = fmt.Fprintf(a.streams.Err, "wrote %s (%s)\nto a stick, which it erases: dd if=%s of=/dev/disk/by-id/... bs=4M conv=fsync status=progress\n",
		flags.out, disk.Bytes(build.size), run.Quote(flags.out))
	return err
}

// tellISO says what would be done.
func (a *app) tellISO(build *image) error {
	lines := []string{
		fmt.Sprintf("# write %d files to %s: the flake, with %s as %s", len(build.files), build.stage.Folder(), build.binary, binaryPlace(build.system)),
	}
	for _, command := range []steps.Command{build.lockCommand(), build.buildCommand(), tools.CopyFile(build.link()+"/iso/NAME.iso", build.copy())} {
		lines = append(lines, commandLine(command))
	}
	lines = append(lines, fmt.Sprintf("# move %s to %s", build.copy(), build.out))
	_, err := fmt.Fprintln(a.streams.Out, strings.Join(lines, "\n"))
	return err
}

// image is one medium that is to be built.
type image struct {
	runner run.Runner
	stage  apply.Stage
	out    string // absolute
	name   string // of the package
	system string // that the medium starts on
	binary string // the name of the program's file
	files  []steps.File
	size   uint64 // of the medium, when it is there
}

// newImage looks at everything that is known before anything is written.
func newImage(runner run.Runner, flags isoFlags) (*image, error) {
	out, err := newFile(runner, flags.out)
	if err != nil {
		return nil, err
	}
	made := &image{runner: runner, out: out, stage: apply.NewStage(runner, out), name: "installer-iso", binary: flags.binary}
	if flags.recovery {
		made.name = "recovery-iso"
	}
	if made.binary == "" {
		if made.binary, err = os.Executable(); err != nil {
			return nil, fault(err)
		}
	}
	program, err := readFile(made.binary, 512<<20)
	if err != nil {
		return nil, err
	}
	if made.system, err = systemOf(program); err != nil {
		return nil, lacks(fmt.Errorf("%s cannot go on a medium: %w", made.binary, err), "build it with CGO_ENABLED=0, or take the one of a release: --binary FILE")
	}
	lock, err := made.lock(flags.lock)
	if err != nil {
		return nil, err
	}
	if made.files, err = render.Fleet(nil, lock); err != nil {
		return nil, fault(err)
	}
	made.files = append(made.files, steps.File{Path: binaryPlace(made.system), Content: string(program), Mode: 0o755})
	return made, nil
}

// binaryPlace is where images/tools.nix looks for the program.
func binaryPlace(system string) string { return "images/bin/mnemonix-" + system }

// lock is the flake.lock that was named, or that of the medium on which this
// runs; nil: the inputs are locked now.
func (i *image) lock(name string) ([]byte, error) {
	if name != "" {
		return readFile(name, 1<<20)
	}
	text, err := i.runner.ReadFile(mediumLock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, lacks(fmt.Errorf("read %s: %w", mediumLock, err), "name another one: --lock FILE")
	}
	return text, nil
}

func (i *image) link() string { return filepath.Join(filepath.Dir(i.stage.Folder()), "result") }
func (i *image) copy() string { return filepath.Join(filepath.Dir(i.stage.Folder()), "medium.iso") }

func (i *image) lockCommand() steps.Command { return tools.NixLock(i.stage.Folder()) }
func (i *image) buildCommand() steps.Command {
	return tools.NixBuildImage(i.stage.Folder(), i.system, i.name, i.link())
}

// preflight is what would fail after an hour of building otherwise.
func (i *image) preflight(ctx context.Context) error {
	if _, err := i.runner.LookPath("nix"); err != nil {
		return lacks(errors.New("nix is not installed: it builds the medium"), "https://nixos.org/download; any Linux will do, NixOS is not needed")
	}
	for _, place := range []struct {
		folder string
		least  uint64
	}{{filepath.Dir(i.out), imageRoom}, {"/nix/store", storeRoom}} {
		result, err := i.runner.Run(ctx, run.Command{Argv: tools.FreeSpace(place.folder)})
		if err != nil {
			continue // no store here, or one elsewhere: Nix says so
		}
		free, err := tools.ParseFreeSpace(result.Stdout)
		if err == nil && free < place.least {
			return lacks(fmt.Errorf("%s has %s left, and a medium needs about %s there", place.folder, disk.Bytes(free), disk.Bytes(place.least)), "make room: nix-collect-garbage, or another folder for --out")
		}
	}
	return nil
}

// make writes the flake, builds it, and moves the medium to its place.
func (i *image) make(ctx context.Context, line func([]byte)) error {
	if err := preflight.Stage(i.runner, i.stage.Folder(), i.files); err != nil {
		return err
	}
	if _, err := i.do(ctx, i.lockCommand(), line); err != nil {
		return err
	}
	built, err := i.do(ctx, i.buildCommand(), line)
	if err != nil {
		return err
	}
	file, err := i.found(strings.TrimSpace(string(built.Stdout)))
	if err != nil {
		return err
	}
	for _, command := range []steps.Command{tools.CopyFile(file, i.copy()), tools.SyncFile(i.copy())} {
		if _, err := i.do(ctx, command, nil); err != nil {
			return err
		}
	}
	info, err := i.runner.Stat(i.copy())
	if err != nil {
		return err
	}
	i.size = uint64(max(info.Size(), 0))
	return i.runner.Rename(i.copy(), i.out)
}

// do runs a command that takes as long as it takes.
func (i *image) do(ctx context.Context, command steps.Command, line func([]byte)) (run.Result, error) {
	return i.runner.Run(ctx, run.Command{Argv: command.Argv, Timeout: 24 * time.Hour, Line: line})
}

// found is the one medium in what was built.
func (i *image) found(folder string) (string, error) {
	folder = filepath.Join(folder, "iso")
	entries, err := i.runner.ReadDir(folder)
	if err != nil {
		return "", fmt.Errorf("look for the medium that was built: %w", err)
	}
	var media []string
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".iso") {
			media = append(media, filepath.Join(folder, entry.Name()))
		}
	}
	if len(media) != 1 {
		return "", fmt.Errorf("%s holds %d files that end in .iso, where one was expected", folder, len(media))
	}
	return media[0], nil
}
