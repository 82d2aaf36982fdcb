package answers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with answers.
type Fault struct {
	Line int    // in the file, from 1; 0 where there is no file
	Key  string // path of the key: "users.0.email"; empty for the file as a whole
	Text string // what is wrong, and what is allowed
}

func (f Fault) Error() string {
	var text strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&text, "line %d: ", f.Line)
	}
	if f.Key != "" {
		text.WriteString(f.Key + ": ")
	}
	text.WriteString(f.Text)
	return text.String()
}

// Faults is everything that is wrong with answers: in the order of the lines,
// never empty when it is returned as an error.
type Faults []Fault

// maxFaults is how many faults are told; a file with more of them is not an
// answers file at all.
const maxFaults = 50

// Error is one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a single Fault.
func (f Faults) Unwrap() []error {
	errs := make([]error, len(f))
	for i, fault := range f {
		errs[i] = fault
	}
	return errs
}

// add appends a fault.
func (f *Faults) add(line int, key, format string, args ...any) {
	*f = append(*f, Fault{Line: line, Key: key, Text: fmt.Sprintf(format, args...)})
}

// cover says whether there is a fault of that key or of one above it.
func (f Faults) cover(key string) bool {
	return slices.ContainsFunc(f, func(fault Fault) bool { return below(key, fault.Key) })
}

// below says whether key is root or a key inside of it.
func below(key, root string) bool {
	return key == root || root == "" || strings.HasPrefix(key, root+".")
}

// err sorts the faults, shortens them and returns them, or nil when there is
// none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	sorted := slices.Clone(f)
	slices.SortStableFunc(sorted, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Key, b.Key))
	})
	sorted = slices.Compact(sorted)
	if len(sorted) > maxFaults {
		more := len(sorted) - maxFaults
		sorted = append(sorted[:maxFaults:maxFaults], Fault{Text: fmt.Sprintf("and %d further faults", more)})
	}
	return sorted
}
