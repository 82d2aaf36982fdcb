package apply

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Entry is one line of the journal. It holds no secret: what an action is,
// of which plan, and how it ended.
type Entry struct {
	Number  int       `json:"n"` // from 1, without a gap
	Time    time.Time `json:"time"`
	Plan    string    `json:"plan"` // the plan's hash
	Action  string    `json:"action"`
	Event   string    `json:"event"`             // start or end
	Outcome string    `json:"outcome,omitempty"` // done, skipped or failed
}

// Journal is the memory of an apply: JSON lines, mode 0600, each synced
// before what it announces begins and after what it reports has ended.
type Journal struct {
	runner run.Runner
	name   string
	last   int
	done   map[string]bool // of the present plan
	plan   string
}

// ErrOtherPlan is a journal that belongs to another plan: going on would mix
// the two.
var ErrOtherPlan = errors.New("the journal belongs to another plan")

// OpenJournal reads the journal of this name, if there is one, and returns
// it ready for more lines. Lines that were torn off, came twice or do not
// follow are as if never written: what they would have reported counts as
// not done.
func OpenJournal(runner run.Runner, name, plan string) (*Journal, error) {
	journal := &Journal{runner: runner, name: name, plan: plan, done: map[string]bool{}}
	text, err := runner.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return journal, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	entries := ParseJournal(text)
	for _, entry := range entries {
		if entry.Plan != plan {
			return nil, fmt.Errorf("%s: %w", name, ErrOtherPlan)
		}
		journal.last = entry.Number
		journal.done[entry.Action] = entry.Event == "end" && entry.Outcome != "failed"
	}
	// What cannot be trusted is cut off, so that new lines follow on.
	var kept bytes.Buffer
	for _, entry := range entries {
		line, err := json.Marshal(entry)
		if err != nil {
			return nil, err
		}
		kept.Write(append(line, '\n'))
	}
	if !bytes.Equal(kept.Bytes(), text) {
		if err := runner.WriteFile(name, kept.Bytes(), 0o600); err != nil {
			return nil, fmt.Errorf("mend the journal: %w", err)
		}
	}
	return journal, nil
}

// ParseJournal returns the entries that can be trusted: whole lines that
// follow each other without a gap.
func ParseJournal(text []byte) []Entry {
	var entries []Entry
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	complete := bytes.LastIndexByte(text, '\n') + 1
	read := 0
	for lines.Scan() {
		read += len(lines.Bytes()) + 1
		if read > complete { // torn: the line feed is written last
			break
		}
		var entry Entry
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			break
		}
		if entry.Number <= len(entries) { // came twice
			continue
		}
		if entry.Number != len(entries)+1 {
			break
		}
		entries = append(entries, entry)
	}
	return entries
}

// Done says whether the journal saw this action end well.
func (j *Journal) Done(action string) bool { return j.done[action] }

// Write adds a line and syncs it.
func (j *Journal) Write(now time.Time, action, event, outcome string) error {
	entry := Entry{Number: j.last + 1, Time: now.UTC(), Plan: j.plan, Action: action, Event: event, Outcome: outcome}
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	if err := j.runner.AppendFile(j.name, append(line, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	j.last = entry.Number
	j.done[action] = event == "end" && outcome != "failed"
	return nil
}
