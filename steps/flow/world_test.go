package flow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// world is a machine in memory. What lies below /run is gone after a power
// cut, what lies below /mnt is there when the disk is mounted, and a program
// leaves its mark on the disk when it has ended.
type world struct {
	*run.Fake // the files, by their place on the disk
	plan      steps.Plan
	inMemory  map[string]bool // what no disk holds yet
	lock      sync.Mutex
	mounted   bool
	readOnly  string // where the EFI system partition is mounted for reading
	calls     int
	cutAt     int // before which call the power is cut; 0: never
	off       bool
	// fault is what happens in the place of a command or a write. May be nil.
	fault func(what string) (error, bool)
	// prints is what a program prints; without an output it prints what it
	// should. May be nil.
	prints func(line string) (stdout, stderr []byte)
	// hangs says which program does. May be nil.
	hangs   func(line string) bool
	guard   apply.Guard // nil: none
	current string      // the action that was begun last
}

var errPower = errors.New("power cut")

const (
	target  = "/mnt"
	espPath = "/dev/disk/by-partuuid/esp"
)

func newWorld(plan steps.Plan) *world {
	return &world{Fake: run.NewFake(), plan: plan, inMemory: map[string]bool{}}
}

// step counts what reaches the outside.
func (w *world) step(what string) error {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.calls++
	if w.cutAt > 0 && w.calls >= w.cutAt {
		w.off = true
	}
	if w.off {
		return errPower
	}
	if w.fault != nil {
		if err, happens := w.fault(what); happens {
			return err
		}
	}
	return nil
}

// boot starts the machine again. Of what was in memory only there is nothing,
// but for the names of files, which are empty.
func (w *world) boot() {
	_ = w.Fake.RemoveAll("/run")
	for name := range w.inMemory {
		if strings.HasPrefix(name, target+"/.ran/") {
			_ = w.Fake.Remove(name)
		} else {
			_ = w.Fake.WriteFile(name, nil, 0o600)
		}
	}
	w.inMemory = map[string]bool{}
	w.mounted, w.readOnly, w.off, w.cutAt = false, "", false, 0
}

// at is where a file really is; there is none below what is not mounted.
func (w *world) at(name string) (string, error) {
	if there := w.onESP(name); there != name {
		return there, nil
	}
	if strings.HasPrefix(name, target+"/") && !w.mounted {
		return "", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return name, nil
}

// onESP is where something is that is removed from an EFI system partition
// which is mounted apart.
func (w *world) onESP(name string) string {
	if w.readOnly != "" && strings.HasPrefix(name, w.readOnly+"/") {
		return target + "/boot" + strings.TrimPrefix(name, w.readOnly)
	}
	return name
}

func (w *world) ReadFile(name string) ([]byte, error) {
	place, err := w.at(name)
	if err != nil {
		return nil, err
	}
	return w.Fake.ReadFile(place)
}

func (w *world) Stat(name string) (fs.FileInfo, error) {
	place, err := w.at(name)
	if err != nil {
		return nil, err
	}
	return w.Fake.Stat(place)
}

func (w *world) write(what, name string, do func() error) error {
	if err := w.step(what + " " + name); err != nil {
		return err
	}
	if strings.HasPrefix(name, target+"/") && !w.mounted {
		return fmt.Errorf("%s is written to the memory of the live medium", name)
	}
	return do()
}

func (w *world) WriteFile(name string, data []byte, perm fs.FileMode) error {
	return w.write("write", name, func() error {
		delete(w.inMemory, name)
		return w.Fake.WriteFile(name, data, perm)
	})
}

// PutFile leaves the file in memory, until Sync.
func (w *world) PutFile(name string, data []byte, perm fs.FileMode) error {
	return w.write("write", name, func() error {
		w.inMemory[name] = true
		return w.Fake.WriteFile(name, data, perm)
	})
}

// Sync takes what is in memory to the disk, unless the power is cut before.
func (w *world) Sync() {
	if w.step("sync") == nil {
		clear(w.inMemory)
	}
}

// AppendFile tears the line when the power is cut.
func (w *world) AppendFile(name string, data []byte, perm fs.FileMode) error {
	err := w.write("append", name, func() error { return w.Fake.AppendFile(name, data, perm) })
	if errors.Is(err, errPower) && w.calls == w.cutAt {
		_ = w.Fake.AppendFile(name, data[:len(data)/2], perm)
	}
	return err
}

func (w *world) MkdirAll(name string, perm fs.FileMode) error {
	return w.write("mkdir", name, func() error { return w.Fake.MkdirAll(name, perm) })
}

func (w *world) Remove(name string) error {
	return w.write("remove", name, func() error { return w.Fake.Remove(w.onESP(name)) })
}

func (w *world) RemoveAll(name string) error {
	return w.write("remove all", name, func() error { return w.Fake.RemoveAll(w.onESP(name)) })
}

// mark is the file that shows that a command has been run.
func mark(argv []string) string {
	return target + "/.ran/" + strings.NewReplacer("/", "_", " ", "_").Replace(strings.Join(argv, " "))
}

// Run does what the plan's programs do, as far as it matters here.
func (w *world) Run(ctx context.Context, cmd run.Command) (run.Result, error) {
	line := strings.Join(cmd.Argv, " ")
	if err := w.step("run " + line); err != nil {
		return run.Result{Status: -1}, &run.Error{Argv: cmd.Argv, Status: -1, Err: err}
	}
	if err := ctx.Err(); err != nil {
		return run.Result{Status: -1}, &run.Error{Argv: cmd.Argv, Status: -1, Err: err}
	}
	if w.hangs != nil && w.hangs(line) {
		<-ctx.Done()
		return run.Result{Status: -1}, &run.Error{Argv: cmd.Argv, Status: -1, Err: context.Cause(ctx)}
	}
	no := func(status int) (run.Result, error) {
		return run.Result{Status: status}, &run.Error{Argv: cmd.Argv, Status: status}
	}
	for _, action := range w.plan.Actions {
		if action.Done == nil || !slices.ContainsFunc(action.Done.Commands, func(c steps.Command) bool { return slices.Equal(c.Argv, cmd.Argv) }) {
			continue
		}
		switch {
		case action.ID == "disk/mount" && w.mounted:
			return run.Result{}, nil
		case action.ID == "disk/mount":
			return no(1)
		default:
			left := []string{target + "/keys/" + action.Name} // by an action of our own
			if action.Kind == steps.ActionCommand {
				left = nil
				for _, command := range action.Commands {
					left = append(left, mark(command.Argv))
				}
			}
			for _, name := range left {
				if _, err := w.Stat(name); err != nil {
					return no(1)
				}
			}
			return run.Result{Stdout: []byte(action.Done.Prints)}, nil
		}
	}
	switch {
	case cmd.Argv[0] == "lsblk":
		return run.Result{Stdout: []byte(`{"blockdevices": [{"name": "p1", "path": "` + espPath +
			`", "type": "part", "parttype": "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "fstype": "vfat"}]}`)}, nil
	case cmd.Argv[0] == "mount":
		w.readOnly = cmd.Argv[len(cmd.Argv)-1]
	case cmd.Argv[0] == "umount" && cmd.Argv[len(cmd.Argv)-1] == target, strings.Contains(line, "--mode unmount"):
		w.mounted = false
	case cmd.Argv[0] == "umount":
		w.readOnly = ""
	case strings.Contains(line, "--mode destroy"):
		_ = w.Fake.RemoveAll(target)
		w.mounted = true
	case strings.Contains(line, "--mode mount"), strings.Contains(line, "--mode format,mount"):
		w.mounted = true
	}
	if w.mounted {
		w.inMemory[mark(cmd.Argv)] = true
		_ = w.Fake.WriteFile(mark(cmd.Argv), nil, 0o600)
	}
	if w.prints != nil {
		stdout, stderr := w.prints(line)
		for line := range bytes.Lines(stderr) {
			if cmd.Line != nil {
				cmd.Line(bytes.TrimSuffix(line, []byte("\n")))
			}
		}
		if stdout != nil {
			return run.Result{Stdout: stdout, Stderr: stderr}, nil
		}
	}
	if slices.Contains(cmd.Argv, "--print-out-paths") {
		return run.Result{Stdout: []byte("/nix/store/system\n")}, nil
	}
	return run.Result{}, nil
}

// installation is one on that machine; what needs a TPM or a key writes a file
// instead.
func (w *world) installation(events func(apply.Event)) flow.Installation {
	builtins := map[string]apply.Builtin{}
	for _, action := range w.plan.Actions {
		if action.Kind == steps.ActionBuiltin && action.Name != "record" {
			builtins[action.Name] = func(_ context.Context, action steps.Action, _ *steps.Secrets) error {
				if err := w.step("builtin " + action.Name); err != nil {
					return err
				}
				if err := w.MkdirAll(target+"/keys", 0o700); err != nil {
					return err
				}
				return w.WriteFile(target+"/keys/"+action.Name, []byte(action.ID), 0o600)
			}
		}
	}
	tell := func(event apply.Event) {
		if event.Kind == apply.EventStarted {
			w.current = event.Action
		}
		if events != nil {
			events(event)
		}
	}
	return flow.Installation{
		Runner: w, Plan: w.plan, Secrets: &steps.Secrets{DiskPassphrase: secret.FromString(secretOfDisk)},
		Builtins: builtins, Events: tell, Guard: w.guard, Now: func() time.Time { return time.Unix(1, 0) },
	}
}

// again goes on as a person would: where something is found it is resumed,
// else the installation begins again.
func (w *world) again(t *testing.T, events func(apply.Event)) error {
	t.Helper()
	return w.againIn(t.Context(), events)
}

func (w *world) againIn(ctx context.Context, events func(apply.Event)) error {
	found, err := apply.Find(ctx, w)
	switch {
	case errors.Is(err, apply.ErrNothingFound) && w.complete():
		return nil // the record is on the machine, nothing is left to do
	case errors.Is(err, apply.ErrNothingFound):
		return w.installation(events).Start(ctx)
	case err != nil:
		return err
	}
	return w.installation(events).Resume(ctx, found)
}

// record is the folder with the record on the new machine.
const recordOnTarget = target + "/var/lib/mnemonix/install"

// complete says that the record was kept on the disk, and no other is there.
func (w *world) complete() bool {
	folder := ""
	for _, action := range w.plan.Actions {
		if action.ID == "finish/record" {
			folder = action.Folder
		}
	}
	_, kept := w.Fake.ReadFile(folder + "/plan.json")
	_, going := w.Fake.ReadFile(target + "/boot/mnemonix/plan.json")
	return kept == nil && going != nil
}

// disk is all that lies on the disk but the journal, which tells how often
// something was tried.
func (w *world) disk(t *testing.T) map[string]string {
	t.Helper()
	content := map[string]string{}
	var walk func(folder string)
	walk = func(folder string) {
		entries, err := w.Fake.ReadDir(folder)
		if err != nil {
			return
		}
		for _, entry := range entries {
			name := path.Join(folder, entry.Name())
			if entry.IsDir() {
				walk(name)
				continue
			}
			text, err := w.Fake.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if path.Base(name) != "journal" && !strings.Contains(name, "/.ran/umount") && !strings.Contains(name, "/.ran/disko") &&
				!strings.Contains(name, "/.ran/install") && !strings.Contains(name, "/.ran/findmnt") && !strings.Contains(name, "/.ran/lsblk") && !strings.Contains(name, "/.ran/mount") {
				content[name] = string(text)
			}
		}
	}
	walk(target)
	return content
}

// straight is an installation that nobody disturbed.
func straight(t *testing.T, plan steps.Plan) (*world, map[string]string) {
	t.Helper()
	w := newWorld(plan)
	if err := w.installation(nil).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !w.complete() || w.mounted {
		t.Fatal("an installation that nobody disturbed did not end")
	}
	disk := w.disk(t)
	return w, disk
}

// small is the plan of an installation with three files in the place of all
// of the flake's: each is a write, and each is cut.
func small(t *testing.T) steps.Plan {
	t.Helper()
	return smallOn(t, "laptop-nvme-tpm")
}

// smallOn is the same on another machine, and with other answers.
func smallOn(t *testing.T, machine string, changes ...func(*steps.Input)) steps.Plan {
	t.Helper()
	plan := planOf(t, machine, "snix", changes...)
	plan.Files = slices.DeleteFunc(slices.Clone(plan.Files), func(file steps.File) bool {
		return file.Path != "flake.nix" && !strings.HasSuffix(file.Path, "answers.yaml") && !strings.HasSuffix(file.Path, "disko.nix")
	})
	return plan.Sealed()
}
