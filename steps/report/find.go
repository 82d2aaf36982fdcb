package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Where an installation keeps its record: in memory while it goes on, then on
// the new machine, which is seen from the medium or from itself.
const (
	memoryLog = "/run/mnemonix/log"
	kept      = "/var/lib/mnemonix/install"
	target    = "/mnt"

	longest = 2 << 20 // a plan has less than 1 MiB
)

var places = []string{
	apply.Memory, path.Join(target, "boot", apply.OnESP), path.Join(target, kept), path.Join(target, "persist", kept),
	kept, path.Join("/persist", kept),
}

// findings are what was found and what was not.
type findings struct {
	runs   []installation
	logs   []steps.File // of the run that goes on now, or was the last
	looked []string     // every place that was looked at
	absent []string
}

// installation is one run of which a record was found.
type installation struct {
	place string
	hash  string
	plan  steps.Plan // as far as it could be read
	known bool       // whether it could
	files []steps.File
}

// look reads the records, wherever they are.
func look(ctx context.Context, in Input) findings {
	var found findings
	for _, name := range []string{memoryLog, memoryLog + ".1"} {
		if text, ok := found.read(in.Runner, name); ok {
			found.logs = append(found.logs, steps.File{Path: path.Base(name), Content: text})
		}
	}
	for _, place := range places {
		found.folder(in.Runner, place, place)
	}
	for _, part := range espOf(in.Facts) {
		found.esp(ctx, in, part)
	}
	return found
}

// espOf lists the EFI system partitions.
// Source: UEFI Specification 2.10, 5.3.3, table 5.7.
func espOf(facts steps.Facts) []steps.Partition {
	const typeESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	var list []steps.Partition
	for _, disk := range facts.Disks {
		for _, part := range disk.Partitions {
			if strings.EqualFold(part.TypeGUID, typeESP) && part.Content.Kind == "vfat" {
				list = append(list, part)
			}
		}
	}
	return list
}

// esp reads the folder of an EFI system partition, mounted or not.
func (f *findings) esp(ctx context.Context, in Input, part steps.Partition) {
	device := "/dev/" + part.Name
	for _, mount := range in.Facts.Mounts {
		if mount.Source == part.Name {
			f.folder(in.Runner, path.Join(mount.Place, apply.OnESP), device)
			return
		}
	}
	switch {
	case probe.Recorded(in.Runner):
		return // a record has no partitions
	case !in.Root:
		f.looked = append(f.looked, device)
		f.absent = append(f.absent, device+": only root can mount an EFI system partition that is not mounted")
		return
	}
	place := "/run/mnemonix/report-esp"
	err := in.Runner.MkdirAll(place, 0o700)
	if err == nil {
		err = execute(ctx, in.Runner, tools.MountReadOnly(device, place))
	}
	if err != nil {
		f.looked = append(f.looked, device)
		f.absent = append(f.absent, device+": "+err.Error())
		return
	}
	f.folder(in.Runner, path.Join(place, apply.OnESP), device)
	if err := execute(context.WithoutCancel(ctx), in.Runner, tools.Unmount(place)); err != nil {
		f.absent = append(f.absent, device+": give it back: "+err.Error())
	}
}

func execute(ctx context.Context, runner run.Runner, command steps.Command) error {
	_, err := runner.Run(ctx, run.Command{Argv: command.Argv})
	return err
}

// folder reads the record of one run, as far as it can be read. A record that
// was found elsewhere already is not told twice.
func (f *findings) folder(runner run.Runner, folder, name string) {
	f.looked = append(f.looked, name)
	one := installation{place: name}
	for _, file := range []string{"plan.json", "answers.yaml", "journal", "log"} {
		if text, ok := f.read(runner, path.Join(folder, file)); ok {
			one.files = append(one.files, steps.File{Path: file, Content: text})
		}
	}
	if len(one.files) == 0 {
		return
	}
	one.files = slices.DeleteFunc(one.files, func(file steps.File) bool {
		reason := one.refuse(file)
		if reason != "" {
			f.absent = append(f.absent, fmt.Sprintf("%s is left out: %s", path.Join(name, file.Path), reason))
		}
		return reason != ""
	})
	if one.known {
		one.unpack()
	}
	for _, other := range f.runs {
		if slices.Equal(other.files, one.files) {
			return
		}
	}
	f.runs = append(f.runs, one)
}

// read reads a file; one that is not there is no news.
func (f *findings) read(runner run.Runner, name string) (string, bool) {
	text, err := runner.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false
	case err != nil:
		if text := name + ": " + probe.Reason(err); !slices.Contains(f.absent, text) {
			f.absent = append(f.absent, text)
		}
		return "", false
	}
	return ending(string(text)), true
}

// ending is what is kept of a file: of a log that is longer than anybody
// reads or sends, the last lines.
func ending(text string) string {
	if len(text) <= longest {
		return text
	}
	text = text[len(text)-longest:]
	_, text, _ = strings.Cut(text, "\n")
	return fmt.Sprintf("(only the last %d MiB)\n%s", longest>>20, text)
}

// refuse says why a file cannot go out: what is private in it could not be
// told from what is not.
func (i *installation) refuse(file steps.File) string {
	switch file.Path {
	case "plan.json":
		if err := json.Unmarshal([]byte(file.Content), &i.plan); err != nil {
			return "it is no plan that could be read: " + err.Error()
		}
		i.known, i.hash = true, i.plan.Hash
	case "answers.yaml":
		if _, err := readAnswers(file.Content); err != nil {
			return "it is no answers file that could be read"
		}
	}
	return ""
}

// unpack lays the flake out beside the plan, without what mnemonix itself
// carries: that is the same for everybody.
func (i *installation) unpack() {
	carried := map[string]string{}
	if files, err := render.Fleet(nil, nil); err == nil {
		for _, file := range files {
			carried[file.Path] = file.Content
		}
	}
	plan := i.plan
	plan.Files = slices.Clone(plan.Files)
	for at, file := range plan.Files {
		if carried[file.Path] == file.Content {
			plan.Files[at].Content = "(as this mnemonix carries it)"
			continue
		}
		plan.Files[at].Content = "(in flake/" + file.Path + ")"
		i.files = append(i.files, steps.File{Path: path.Join("flake", file.Path), Content: file.Content})
	}
	text, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		return // it came from JSON
	}
	for at, file := range i.files {
		if file.Path == "plan.json" {
			i.files[at].Content = string(text) + "\n"
		}
	}
}
