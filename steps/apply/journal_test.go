package apply_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func journalOf(t interface{ Fatal(...any) }, actions ...string) []byte {
	fake := run.NewFake()
	journal, err := apply.OpenJournal(fake, "/run/j", "plan")
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range actions {
		if err := errors.Join(journal.Write(noon, action, "start", ""), journal.Write(noon, action, "end", "done")); err != nil {
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

// Whatever a power cut leaves at the end of the file, what is read is a
// beginning of what was written, and writing goes on from there.
func TestJournalSurvivesDamage(t *testing.T) {
	whole := journalOf(t, "a", "b", "c", "d")
	written := apply.ParseJournal(whole)
	rapid.Check(t, func(t *rapid.T) {
		lines := bytes.SplitAfter(bytes.TrimSuffix(whole, []byte("\n")), []byte("\n"))
		lines[len(lines)-1] = append(bytes.Clone(lines[len(lines)-1]), '\n')
		damaged := bytes.Clone(whole)
		switch rapid.SampledFrom([]string{"torn", "duplicated", "reordered", "garbled"}).Draw(t, "damage") {
		case "torn":
			damaged = damaged[:rapid.IntRange(0, len(damaged)).Draw(t, "length")]
		case "duplicated":
			damaged = append(damaged, lines[len(lines)-1]...)
		case "reordered":
			last, before := lines[len(lines)-1], lines[len(lines)-2]
			damaged = append(bytes.Join(lines[:len(lines)-2], nil), append(bytes.Clone(last), before...)...)
		case "garbled":
			damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "place")] = rapid.Byte().Draw(t, "byte")
		}
		fake := run.NewFake().Put("/run/j", string(damaged))
		journal, err := apply.OpenJournal(fake, "/run/j", "plan")
		if errors.Is(err, apply.ErrOtherPlan) {
			return // the byte fell into the plan's hash
		}
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
		if bytes.Count(text, []byte("\n")) != len(entries) {
			t.Fatalf("the mended journal holds more than can be trusted:\n%s", text)
		}
		if len(entries) == 0 || entries[len(entries)-1].Action != "next" {
			t.Fatalf("the new line does not follow:\n%s", text)
		}
		if len(entries)-1 > len(written) {
			t.Fatalf("read %d entries where %d were written", len(entries)-1, len(written))
		}
	})
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
