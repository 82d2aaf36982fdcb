package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// The activities and results of Nix's log that tell how far a build is.
// Source: ActivityType and ResultType in nix/src/libutil/logging.hh, Nix 2.31.
const (
	activityCopyPath   = 100
	activityTransfer   = 101
	activityCopyPaths  = 103
	activityBuilds     = 104
	activityBuild      = 105
	activityFetchTree  = 112
	resultBuildLine    = 101
	resultProgress     = 105
	resultSetExpected  = 106
	levelError         = 0
	levelWarning       = 1  // messages up to this level are for people
	longestName        = 60 // of a path in a line of progress
	longestNixLogEntry = 1 << 20
)

// NixLog follows the log of one Nix command (--log-format internal-json) and
// knows how far it is. What it does not understand it passes over: the log is
// told for people and decides nothing.
type NixLog struct {
	activities map[uint64]*nixActivity
	finished   map[uint64]nixCount // by type of activity: what has ended
	expected   map[uint64]uint64   // by type: what was announced, over all activities
	failure    string              // what it said last as an error
	running    []uint64            // that have a text, the latest last
}

type nixActivity struct {
	kind      uint64
	text      string
	count     nixCount
	announced map[uint64]uint64
}

type nixCount struct{ done, expected uint64 }

// escapeSequence is a colour of a terminal: Nix colours its messages whoever
// reads them. Source: ECMA-48, 5.4.
var escapeSequence = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// NewNixLog returns one that knows nothing yet.
func NewNixLog() *NixLog {
	return &NixLog{activities: map[uint64]*nixActivity{}, finished: map[uint64]nixCount{}, expected: map[uint64]uint64{}}
}

// nixEntry is one line. Fields are numbers or texts.
type nixEntry struct {
	Action string            `json:"action"`
	ID     uint64            `json:"id"`
	Kind   uint64            `json:"type"`
	Level  int               `json:"level"`
	Text   string            `json:"text"`
	Msg    string            `json:"msg"`
	Fields []json.RawMessage `json:"fields"`
}

func (e nixEntry) number(at int) uint64 {
	var number uint64
	if at < len(e.Fields) && json.Unmarshal(e.Fields[at], &number) != nil {
		return 0
	}
	return number
}

// name is the first field, where that is a text: what it is about.
func (e nixEntry) name() string {
	var name string
	if len(e.Fields) > 0 && json.Unmarshal(e.Fields[0], &name) != nil {
		return ""
	}
	return name
}

// Take reads one line. text is what a person should see of it, and is empty
// for what only counts.
func (l *NixLog) Take(line []byte) (text string) {
	rest, ok := bytes.CutPrefix(line, []byte("@nix "))
	if !ok {
		return string(line)
	}
	var entry nixEntry
	if len(rest) > longestNixLogEntry || json.Unmarshal(rest, &entry) != nil {
		return ""
	}
	switch entry.Action {
	case "msg":
		msg := escapeSequence.ReplaceAllString(entry.Msg, "")
		if entry.Level == levelError {
			l.failure = msg
		}
		if entry.Level <= levelWarning {
			return msg
		}
	case "start":
		l.start(entry)
	case "stop":
		l.stop(entry.ID)
	case "result":
		if entry.Kind == resultBuildLine {
			return entry.name()
		}
		l.result(entry)
	}
	return ""
}

// Error is what Nix said last was wrong, on one line: its last sentence is
// what it is about.
func (l *NixLog) Error() string {
	var last string
	for line := range strings.Lines(l.failure) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "error:") || last == "" {
			last = line
		}
	}
	return last
}

func (l *NixLog) start(entry nixEntry) {
	activity := &nixActivity{kind: entry.Kind, announced: map[uint64]uint64{}}
	switch entry.Kind {
	case activityBuild:
		activity.text = "building " + storeName(entry.name())
	case activityCopyPath:
		activity.text = "copying " + storeName(entry.name())
	case activityTransfer:
		activity.text = "downloading " + path.Base(entry.name())
	case activityFetchTree:
		activity.text = entry.Text
	}
	l.activities[entry.ID] = activity
	if activity.text != "" {
		l.running = append(l.running, entry.ID)
	}
}

func (l *NixLog) stop(id uint64) {
	activity, ok := l.activities[id]
	if !ok {
		return
	}
	delete(l.activities, id)
	sum := l.finished[activity.kind]
	l.finished[activity.kind] = nixCount{sum.done + activity.count.done, sum.expected + activity.count.done}
	for kind, number := range activity.announced {
		l.expected[kind] -= number
	}
	for i, one := range l.running {
		if one == id {
			l.running = append(l.running[:i], l.running[i+1:]...)
			break
		}
	}
}

func (l *NixLog) result(entry nixEntry) {
	activity, ok := l.activities[entry.ID]
	if !ok {
		return
	}
	switch entry.Kind {
	case resultProgress:
		activity.count = nixCount{entry.number(0), entry.number(1)}
	case resultSetExpected:
		kind, number := entry.number(0), entry.number(1)
		l.expected[kind] += number - activity.announced[kind]
		activity.announced[kind] = number
	}
}

// count sums up one type of activity, as Nix's own progress bar does.
func (l *NixLog) count(kind uint64) nixCount {
	sum := l.finished[kind]
	for _, activity := range l.activities {
		if activity.kind == kind {
			sum.done += activity.count.done
			sum.expected += activity.count.expected
		}
	}
	sum.expected = max(sum.expected, l.expected[kind], sum.done)
	return sum
}

// NixState is how far a build is: paths of the store that were built or
// copied, and bytes of those that are copied.
type NixState struct {
	Paths, PathsTotal uint64
	Bytes, BytesTotal uint64
	Now               string // what is being done: "building linux-6.12.5"
}

// State says how far it is.
func (l *NixLog) State() NixState {
	builds, copies, sizes := l.count(activityBuilds), l.count(activityCopyPaths), l.count(activityCopyPath)
	state := NixState{
		Paths: builds.done + copies.done, PathsTotal: builds.expected + copies.expected,
		Bytes: sizes.done, BytesTotal: sizes.expected,
	}
	if len(l.running) > 0 {
		state.Now = l.activities[l.running[len(l.running)-1]].text
		if more := len(l.running) - 1; more > 0 {
			state.Now += fmt.Sprintf(" and %d more", more)
		}
	}
	return state
}

// storeName is what a person calls a path of the store: its name without the
// folder, the hash and ".drv".
func storeName(place string) string {
	name := path.Base(place)
	if _, after, ok := strings.Cut(name, "-"); ok && len(name)-len(after) == 33 {
		name = after
	}
	name = strings.TrimSuffix(name, ".drv")
	if len(name) > longestName {
		name = name[:longestName] + "..."
	}
	return name
}
