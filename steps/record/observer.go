package record

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// maxLinks ends the way along links that lead to each other, as the kernel
// does after 40.
const maxLinks = 40

// observer hands everything on to another Runner and notes what came back.
type observer struct {
	run.Runner
	mutex sync.Mutex
	notes notes
}

func newObserver(through run.Runner) *observer {
	return &observer{Runner: through, notes: notes{files: map[string][]byte{}, links: map[string]string{}, folders: map[string]bool{}}}
}

// take returns a copy of what was noted so far: a probe that hangs may still
// come back.
func (o *observer) take() notes {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return notes{files: maps.Clone(o.notes.files), links: maps.Clone(o.notes.links), folders: maps.Clone(o.notes.folders)}
}

// Run notes what a program printed, where a recorded machine looks for it.
func (o *observer) Run(ctx context.Context, cmd run.Command) (run.Result, error) {
	result, err := o.Runner.Run(ctx, cmd)
	if name, data, kept := answer(cmd.Argv, result.Stdout, err); kept {
		o.note(func(n notes) { n.files["/tools/"+name] = data })
	}
	return result, err
}

// answer is what is kept of a program's output. Of what is read from a disk
// itself nothing is: it may hold anything. What the probe understood of it
// comes through Keep.
func answer(argv []string, output []byte, failure error) (name string, data []byte, kept bool) {
	switch program := argv[0]; program {
	case "smartctl":
		return "", nil, false
	case "lsblk":
		return "lsblk.json", output, failure == nil
	default:
		return program + ".txt", output, failure == nil
	}
}

// Keep notes what a probe understood.
func (o *observer) Keep(name string, data []byte) {
	o.note(func(n notes) { n.files[name] = data })
}

// ReadFile notes the file's content.
func (o *observer) ReadFile(name string) ([]byte, error) {
	data, err := o.Runner.ReadFile(name)
	if err == nil {
		place := o.place(name)
		o.note(func(n notes) { n.files[place] = data })
	}
	return data, err
}

// ReadLink notes where the link leads to.
func (o *observer) ReadLink(name string) (string, error) {
	target, err := o.Runner.ReadLink(name)
	if err == nil {
		place := path.Join(o.place(path.Dir(name)), path.Base(name))
		o.note(func(n notes) { n.links[place] = target })
	}
	return target, err
}

// ReadDir notes the folders and links in a folder. A file in it is noted when
// it is read.
func (o *observer) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := o.Runner.ReadDir(name)
	if err != nil {
		return entries, err
	}
	place := o.place(name)
	o.note(func(n notes) { n.folders[place] = true })
	for _, entry := range entries {
		switch inside := path.Join(name, entry.Name()); {
		case entry.IsDir():
			o.note(func(n notes) { n.folders[path.Join(place, entry.Name())] = true })
		case entry.Type()&fs.ModeSymlink != 0:
			if target, err := o.Runner.ReadLink(inside); err == nil && !path.IsAbs(target) {
				o.note(func(n notes) { n.links[path.Join(place, entry.Name())] = target })
			}
		}
	}
	return entries, nil
}

// Stat notes that the file or folder is there.
func (o *observer) Stat(name string) (fs.FileInfo, error) {
	info, err := o.Runner.Stat(name)
	if err != nil {
		return info, err
	}
	place := o.place(name)
	o.note(func(n notes) {
		if info.IsDir() {
			n.folders[place] = true
		} else if _, known := n.files[place]; !known {
			n.files[place] = nil
		}
	})
	return info, nil
}

// place is the name without links on its way, which are noted. A link to an
// absolute name would lead out of the record: it is taken for what it leads
// to.
func (o *observer) place(name string) string {
	place, rest := "/", strings.Split(strings.Trim(path.Clean(name), "/"), "/")
	for followed := 0; len(rest) > 0; {
		next := path.Join(place, rest[0])
		target, err := o.Runner.ReadLink(next)
		if err != nil || path.IsAbs(target) || followed == maxLinks {
			place, rest = next, rest[1:]
			continue
		}
		followed++
		o.note(func(n notes) { n.links[next] = target })
		way := strings.Trim(path.Join(path.Dir(next), target), "/")
		place, rest = "/", append(strings.Split(way, "/"), rest[1:]...)
	}
	return place
}

func (o *observer) note(down func(notes)) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	down(o.notes)
}
