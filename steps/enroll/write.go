package enroll

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
)

// The operator's uid and gid where there is no home yet: the flake gives the
// first to the operator and NixOS the second to the group users.
const (
	operatorUID = 1000
	operatorGID = 100
)

// write puts a key's files in their places and says whether it wrote any.
// The private file comes last: it is what says that the key is there. Whose
// the files are is looked at each time: an interruption may have left them
// with root.
func (e Enrolment) write(ctx context.Context, place Place, file tpmenroll.File) (written bool, err error) {
	names := []string{place.Private}
	if place.Public != "" {
		names = append(names, place.Public)
		if !e.holds(place.Public, file.Public) {
			if err := e.folders(place); err != nil {
				return false, err
			}
			if err := e.Runner.WriteFile(place.Public, file.Public, 0o644); err != nil {
				return false, err
			}
			written = true
		}
	}
	if file.State != tpmenroll.Unchanged {
		if err := e.folders(place); err != nil {
			return false, err
		}
		if err := e.Runner.WriteFile(place.Private, file.Private, 0o600); err != nil {
			return false, err
		}
		written = true
	}
	if !place.Operator || !e.AsRoot {
		return written, nil
	}
	return written, e.own(ctx, append(e.homeFolders(place), names...))
}

// folders makes the folders of a place. Nobody else looks into those of the
// operator's keys, nor into the machine's own state.
func (e Enrolment) folders(place Place) error {
	folder, mode := path.Dir(place.Private), fs.FileMode(0o755)
	if place.Public == "" {
		mode = 0o700
	}
	if err := e.makeFolder(path.Dir(folder), 0o755); !place.Operator && err != nil {
		return err
	}
	if !place.Operator {
		return e.makeFolder(folder, mode)
	}
	for _, name := range e.homeFolders(place) {
		if err := e.makeFolder(name, 0o700); err != nil {
			return err
		}
	}
	return nil
}

func (e Enrolment) makeFolder(name string, mode fs.FileMode) error {
	if _, err := e.Runner.Stat(name); err == nil {
		return nil
	}
	if err := e.Runner.MkdirAll(name, mode); err != nil {
		return fmt.Errorf("make folder %s: %w", name, err)
	}
	return nil
}

// homeFolders are the operator's home and the folders from there to a place.
func (e Enrolment) homeFolders(place Place) []string {
	home := e.home()
	folders := []string{home}
	for _, name := range strings.Split(strings.TrimPrefix(path.Dir(place.Private), home+"/"), "/") {
		folders = append(folders, path.Join(folders[len(folders)-1], name))
	}
	return folders
}

func (e Enrolment) home() string { return homeOf(e.Answers, e.Target) }

// own gives files to the operator.
func (e Enrolment) own(ctx context.Context, names []string) error {
	owner, wrong := e.others(names)
	if len(wrong) == 0 {
		return nil
	}
	_, err := e.Runner.Run(ctx, run.Command{Argv: append([]string{"chown", "--no-dereference", owner, "--"}, wrong...)})
	return err
}

// others are the files that are not the operator's: not of whoever the home
// belongs to, and on a new machine of whoever it will belong to.
func (e Enrolment) others(names []string) (owner string, wrong []string) {
	uid, gid, known := e.owner(e.home())
	if !known || uid == 0 {
		uid, gid = operatorUID, operatorGID
	}
	for _, name := range names {
		if now, _, known := e.owner(name); !known || now != uid {
			wrong = append(wrong, name)
		}
	}
	return strconv.Itoa(int(uid)) + ":" + strconv.Itoa(int(gid)), wrong
}

// owner says whose a file is, where the file system knows.
func (e Enrolment) owner(name string) (uid, gid uint32, known bool) {
	info, err := e.Runner.Stat(name)
	if err != nil {
		return 0, 0, false
	}
	system, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, 0, false
	}
	return system.Uid, system.Gid, true
}
