package apply

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync/atomic"
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
	Event   string    `json:"event"`             // start, end, or undo: it is taken back
	Outcome string    `json:"outcome,omitempty"` // done, skipped or failed; of an undo: none where it begins
	// Sum is over this line and the sums of all before it. What a power cut
	// leaves where the file grew may be what lay there before: the lines of an
	// earlier run of the same plan, whole and well numbered.
	Sum string `json:"sum"`
}

// takenBack says that after this line nothing of the action is left.
func (e Entry) takenBack() bool { return e.Event == "undo" && e.Outcome == "done" }

// summed is the entry with its sum, after a line with that one.
func (e Entry) summed(before string) Entry {
	e.Sum = ""
	line, err := json.Marshal(e)
	if err != nil { // an Entry holds nothing that JSON cannot say, but for a year beyond 9999
		line = []byte(e.Time.String())
	}
	sum := sha256.Sum256(append([]byte(before), line...))
	e.Sum = hex.EncodeToString(sum[:8])
	return e
}

// Journal is the memory of an apply: JSON lines, mode 0600, each synced
// before what it announces begins and after what it reports has ended. It can
// be in several places at once, each of which holds all of it.
type Journal struct {
	runner run.Runner
	places []place
	lines  bytes.Buffer // all of it
	last   Entry
	done   map[string]bool // of the present plan
	begun  []string        // in the order in which they first began
	plan   string
	lost   []string    // optional places that were given up
	closed atomic.Bool // see close
}

// place is a file that holds the journal.
type place struct {
	name     string
	optional bool // it may go away: a stick that is pulled out
}

// ErrOtherPlan is a journal that belongs to another plan: going on would mix
// the two.
var ErrOtherPlan = errors.New("the journal belongs to another plan")

// OpenJournal reads the journal of this name, if there is one, and returns
// it ready for more lines. Lines that were torn off, came twice or do not
// follow are as if never written: what they would have reported counts as
// not done.
func OpenJournal(runner run.Runner, name, plan string) (*Journal, error) {
	text, err := runner.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	journal := &Journal{runner: runner, plan: plan, done: map[string]bool{}, places: []place{{name: name}}}
	for _, entry := range ParseJournal(text) {
		if entry.Plan != plan {
			return nil, fmt.Errorf("%s: %w", name, ErrOtherPlan)
		}
		if err := journal.take(entry); err != nil {
			return nil, err
		}
	}
	// What cannot be trusted is cut off, so that new lines follow on.
	if !bytes.Equal(journal.lines.Bytes(), text) {
		if err := runner.WriteFile(name, journal.lines.Bytes(), 0o600); err != nil {
			return nil, fmt.Errorf("mend the journal: %w", err)
		}
	}
	return journal, nil
}

// ContinueJournal is a journal that begins with what an earlier run wrote
// elsewhere: at this name it is written anew.
func ContinueJournal(runner run.Runner, name, plan string, entries []Entry) (*Journal, error) {
	journal := &Journal{runner: runner, plan: plan, done: map[string]bool{}}
	for _, entry := range entries {
		if entry.Plan != plan {
			return nil, ErrOtherPlan
		}
		if err := journal.take(entry); err != nil {
			return nil, err
		}
	}
	err := journal.Attach(name, false)
	return journal, err
}

// take enters one line into what is known.
func (j *Journal) take(entry Entry) error {
	entry = entry.summed(j.last.Sum)
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	j.lines.Write(append(line, '\n'))
	j.last = entry
	j.done[entry.Action] = entry.Event == "end" && entry.Outcome != "failed"
	switch at := slices.Index(j.begun, entry.Action); {
	case at < 0:
		j.begun = append(j.begun, entry.Action)
	case entry.takenBack():
		j.begun = slices.Delete(j.begun, at, at+1)
	}
	return nil
}

// Attach writes all of the journal to a further place, and every later line
// too. An optional place may fail later without ending the run.
func (j *Journal) Attach(name string, optional bool) error {
	if slices.ContainsFunc(j.places, func(p place) bool { return p.name == name }) {
		return nil
	}
	if err := j.runner.WriteFile(name, j.lines.Bytes(), 0o600); err != nil {
		if optional {
			j.lost = append(j.lost, name)
			return nil
		}
		return fmt.Errorf("write the journal: %w", err)
	}
	j.places = append(j.places, place{name: name, optional: optional})
	return nil
}

// Detach writes no more lines to that place; what it holds stays.
func (j *Journal) Detach(name string) {
	j.places = slices.DeleteFunc(j.places, func(p place) bool { return p.name == name })
}

// Lost lists the optional places that could not be written to any more: what
// they hold ends earlier.
func (j *Journal) Lost() []string { return slices.Clone(j.lost) }

// Begun lists the actions that were begun and not taken back, in their order.
func (j *Journal) Begun() []string { return slices.Clone(j.begun) }

// ParseJournal returns the entries that can be trusted: whole lines that
// follow each other without a gap, each with the sum that belongs there. What
// comes after the first that cannot be trusted counts as never written.
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
		before := ""
		if len(entries) > 0 {
			before = entries[len(entries)-1].Sum
		}
		if entry.Number != len(entries)+1 || entry.summed(before) != entry {
			break
		}
		entries = append(entries, entry)
	}
	return entries
}

// Done says whether the journal saw this action end well.
func (j *Journal) Done(action string) bool { return j.done[action] }

// close is the end of a journal whose writer was given up: what hangs in the
// kernel may come back when somebody else goes on.
func (j *Journal) close() {
	if j != nil {
		j.closed.Store(true)
	}
}

// Write adds a line and syncs it, in every place.
func (j *Journal) Write(now time.Time, action, event, outcome string) error {
	if j.closed.Load() {
		return fmt.Errorf("write the journal: %w", ErrStuck)
	}
	entry := Entry{Number: j.last.Number + 1, Time: now.UTC(), Plan: j.plan, Action: action, Event: event, Outcome: outcome}.summed(j.last.Sum)
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	for _, place := range slices.Clone(j.places) {
		err := j.runner.AppendFile(place.name, line, 0o600)
		if err != nil && place.optional {
			j.Detach(place.name)
			j.lost = append(j.lost, place.name)
			continue
		}
		if err != nil {
			return fmt.Errorf("write the journal: %w", err)
		}
	}
	return j.take(entry)
}
