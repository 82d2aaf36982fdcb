package apply_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func journalOf(t interface{ Fatal(...any) }, actions ...string) []byte {
	return journalAt(t, noon, actions...)
}

// journalAt is the journal of a run of the plan at that time.
func journalAt(t interface{ Fatal(...any) }, at time.Time, actions ...string) []byte {
	fake := run.NewFake()
	journal, err := apply.OpenJournal(fake, "/run/j", "plan")
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range actions {
		if err := errors.Join(journal.Write(at, action, "start", ""), journal.Write(at, action, "end", "done")); err != nil {
			t.Fatal(err)
		}
	}
	text, err := fake.ReadFile("/run/j")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestJournalRemembersWhatEnded(t *testing.T) {
	fake := run.NewFake().Put("/run/j", string(journalOf(t, "disk/partition", "disk/format")))
	journal, err := apply.OpenJournal(fake, "/run/j", "plan")
	if err != nil {
		t.Fatal(err)
	}
	if !journal.Done("disk/partition") || !journal.Done("disk/format") || journal.Done("flake/write") {
		t.Error("the journal forgot, or made something up")
	}
	if err := journal.Write(noon, "disk/format", "start", ""); err != nil {
		t.Fatal(err)
	}
	if journal.Done("disk/format") {
		t.Error("an action that began again still counts as done")
	}
}

func TestJournalOfAnotherPlanIsRefused(t *testing.T) {
	fake := run.NewFake().Put("/run/j", string(journalOf(t, "disk/partition")))
	if _, err := apply.OpenJournal(fake, "/run/j", "another"); !errors.Is(err, apply.ErrOtherPlan) {
		t.Errorf("got %v", err)
	}
}

// damages are what a power cut leaves of a file that was being written to.
var damages = map[string]func(t *rapid.T, whole []byte) []byte{
	"torn": func(t *rapid.T, whole []byte) []byte {
		return whole[:rapid.IntRange(0, len(whole)).Draw(t, "length")]
	},
	"last line twice": func(_ *rapid.T, whole []byte) []byte {
		lines := linesOf(whole)
		return append(bytes.Clone(whole), lines[len(lines)-1]...)
	},
	"some lines twice": func(t *rapid.T, whole []byte) []byte {
		lines := linesOf(whole)
		from := rapid.IntRange(0, len(lines)-1).Draw(t, "from")
		return append(bytes.Clone(whole), bytes.Join(lines[from:], nil)...)
	},
	"reordered": func(t *rapid.T, whole []byte) []byte {
		lines := linesOf(whole)
		one, other := rapid.IntRange(0, len(lines)-1).Draw(t, "one"), rapid.IntRange(0, len(lines)-1).Draw(t, "other")
		lines[one], lines[other] = lines[other], lines[one]
		return bytes.Join(lines, nil)
	},
	"one line lost": func(t *rapid.T, whole []byte) []byte {
		lines := linesOf(whole)
		at := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		return bytes.Join(append(lines[:at:at], lines[at+1:]...), nil)
	},
	// ext4 and btrfs: the file has grown, and what it grew by was not written.
	"zeros after it": func(t *rapid.T, whole []byte) []byte {
		return append(bytes.Clone(whole), make([]byte, rapid.IntRange(1, 5000).Draw(t, "zeros"))...)
	},
	"zeros at its end": func(t *rapid.T, whole []byte) []byte {
		damaged := bytes.Clone(whole)
		clear(damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "from"):])
		return damaged
	},
	"zeros, and a line after them": func(t *rapid.T, whole []byte) []byte {
		lines := linesOf(whole)
		at := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		clear(lines[at])
		return bytes.Join(lines, nil)
	},
	// FAT: where the file grew stands what lay on the disk before, and that may
	// be the journal of an earlier run of the same plan. The first line is there
	// for certain: a journal begins as a file that was put in its place whole.
	"the end of an earlier run": func(t *rapid.T, whole []byte) []byte {
		earlier := journalAt(t, noon.Add(-time.Hour), "a", "b", "c", "d", "e")
		from := rapid.IntRange(len(linesOf(whole)[0]), len(whole)).Draw(t, "from")
		return append(bytes.Clone(whole[:from]), earlier[from:]...)
	},
	"whole lines of an earlier run": func(t *rapid.T, whole []byte) []byte {
		earlier := linesOf(journalAt(t, noon.Add(-time.Hour), "a", "b", "c", "d", "e"))
		lines := linesOf(whole)
		from := rapid.IntRange(1, len(lines)).Draw(t, "from")
		return bytes.Join(append(lines[:from:from], earlier[from:]...), nil)
	},
	"a wrong byte": func(t *rapid.T, whole []byte) []byte {
		damaged := bytes.Clone(whole)
		damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "place")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		return damaged
	},
}

// linesOf are the lines of a text, each with its end.
func linesOf(text []byte) [][]byte {
	var lines [][]byte
	for line := range bytes.Lines(text) {
		lines = append(lines, bytes.Clone(line))
	}
	return lines
}

// Whatever a power cut leaves of the file, what is read is a beginning of what
// was written, to the byte; the file is mended, and writing goes on from
// there.
func TestJournalSurvivesDamage(t *testing.T) {
	whole := journalOf(t, "a", "b", "c", "d")
	written := apply.ParseJournal(whole)
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				damaged := damage(t, whole)
				trusted := apply.ParseJournal(damaged)
				if len(trusted) > len(written) || !slices.Equal(trusted, written[:len(trusted)]) {
					t.Fatalf("read\n%+v\nof\n%q", trusted, damaged)
				}
				fake := run.NewFake().Put("/run/j", string(damaged))
				journal, err := apply.OpenJournal(fake, "/run/j", "plan")
				if err != nil {
					t.Fatal(err)
				}
				if err := journal.Write(noon, "next", "start", ""); err != nil {
					t.Fatal(err)
				}
				text, err := fake.ReadFile("/run/j")
				if err != nil {
					t.Fatal(err)
				}
				entries := apply.ParseJournal(text)
				if bytes.Count(text, []byte("\n")) != len(entries) || len(entries) != len(trusted)+1 || entries[len(entries)-1].Action != "next" {
					t.Fatalf("the mended journal, after %d lines that could be trusted:\n%s", len(trusted), text)
				}
			})
		})
	}
}

// What was whole before the damage is not lost with it.
func TestJournalKeepsWhatIsBeforeTheDamage(t *testing.T) {
	whole := journalOf(t, "a", "b", "c", "d")
	lines := linesOf(whole)
	for name, damaged := range map[string][]byte{
		"the last line torn":   whole[:len(whole)-1],
		"the last line twice":  append(bytes.Clone(whole), lines[7]...),
		"zeros after it":       append(bytes.Clone(whole), make([]byte, 4096)...),
		"the last two swapped": bytes.Join(append(lines[:6:6], lines[7], lines[6]), nil),
	} {
		want := map[string]int{"the last line torn": 7, "the last two swapped": 6}[name]
		if want == 0 {
			want = 8
		}
		if got := len(apply.ParseJournal(damaged)); got != want {
			t.Errorf("%s: %d lines are trusted, want %d", name, got, want)
		}
	}
}

func FuzzParseJournal(f *testing.F) {
	f.Add(journalOf(f, "a", "b"))
	f.Add([]byte("{\"n\":1}\n{\"n\":1}\n{\"n\":3}\n"))
	f.Add([]byte(strings.Repeat("x", 2<<20)))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries := apply.ParseJournal(text)
		for i, entry := range entries {
			if entry.Number != i+1 {
				t.Fatalf("entry %d has number %d", i+1, entry.Number)
			}
		}
		if _, err := json.Marshal(entries); err != nil {
			t.Fatal(err)
		}
	})
}
