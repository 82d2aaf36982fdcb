// Package report puts together what somebody needs who is to find a fault:
// the machine, the plan, the answers, the journal and the log of an
// installation, and the versions of the programs.
//
// Its rules:
//
//   - Nothing in it is private. What names a person, a machine or a thing is
//     replaced by a stand-in, the same one everywhere, so that the story still
//     reads. What could be a secret is cut out, although no secret should be
//     there at all.
//   - A file in which private values could not be found is left out, and said
//     to be.
//   - It reads and changes nothing: an EFI system partition is mounted for
//     reading, and given back.
//   - It never fails for want of something: what could not be read is named.
package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Version says which mnemonix reports.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Date    string `json:"date"`
	Go      string `json:"go"`
}

// Input is what a report is made from.
type Input struct {
	Runner  run.Runner
	Facts   steps.Facts
	Version Version
	Root    bool // partitions may be mounted
}

// Report is a bundle before it is packed.
type Report struct {
	Files  []steps.File // README first
	Absent []string     // what could not be read, and why, with stand-ins
	// Installation says that a record of one was found.
	Installation bool
}

// Collect makes the report.
func Collect(ctx context.Context, in Input) (Report, error) {
	found := look(ctx, in)
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	known := newPrivate()
	known.facts(in.Facts)
	known.people(in.Runner)
	for _, one := range found.runs {
		one.learn(known)
	}
	files, err := files(ctx, in, found)
	if err != nil {
		return Report{}, err
	}
	for _, file := range files {
		known.forms(file.Content)
	}
	for _, text := range found.absent {
		known.forms(text)
	}
	replaced := known.replacer()
	made := Report{Installation: len(found.runs) > 0}
	for _, file := range files {
		made.Files = append(made.Files, steps.File{Path: replaced.text(file.Path), Content: replaced.file(file), Mode: file.Mode})
	}
	for _, text := range found.absent {
		made.Absent = append(made.Absent, replaced.text(text))
	}
	readme := steps.File{Path: "README", Content: readme(made, found, replaced), Mode: 0o644}
	made.Files = append([]steps.File{readme}, made.Files...)
	return made, nil
}

// Log is what the programs of the installation that goes on now have printed,
// with stand-ins as in a report.
func Log(ctx context.Context, in Input) (string, error) {
	in.Root = false // what is on partitions tells nothing of this run
	made, err := Collect(ctx, in)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, name := range []string{memoryLog + ".1", memoryLog} {
		for _, file := range made.Files {
			if file.Path == path.Base(name) {
				text.WriteString(file.Content)
			}
		}
	}
	if text.Len() == 0 {
		return "", errors.New("there is no log")
	}
	return text.String(), nil
}

// files are those of the bundle as they are, before anything is replaced.
func files(ctx context.Context, in Input, found findings) ([]steps.File, error) {
	var list []steps.File
	add := func(name string, content []byte) {
		list = append(list, steps.File{Path: name, Content: string(content), Mode: 0o644})
	}
	for _, document := range []struct {
		name  string
		value any
	}{{"versions.json", versions(ctx, in)}, {"facts.json", in.Facts}} {
		text, err := json.MarshalIndent(document.value, "", "  ")
		if err != nil {
			return nil, err
		}
		add(document.name, append(text, '\n'))
	}
	for _, log := range found.logs {
		add(log.Path, []byte(log.Content))
	}
	for i, one := range found.runs {
		folder := fmt.Sprintf("installation-%d", i+1)
		for _, file := range one.files {
			add(path.Join(folder, file.Path), []byte(file.Content))
		}
	}
	return list, nil
}

// isJSON says how the texts in a file are written.
func isJSON(name string) bool {
	return strings.HasSuffix(name, ".json") || path.Base(name) == "journal" || path.Ext(name) == ".lock"
}
