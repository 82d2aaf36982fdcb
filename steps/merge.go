package steps

// Merge is what a new rendering comes to beside what the operator did by hand,
// as data: git has computed it, and nothing of it is written yet.
type Merge struct {
	Folder   string // of the repository
	Owner    string // whom it belongs to; empty: whoever runs mnemonix
	Branch   string // the operator's branch: main
	Head     string // the commit that it is at
	Rendered string // the commit that mnemonix/rendered is at
	Stages   []MergeStage
	Tree     string // of the branch afterwards
	Files    []File // those that differ from the branch as it is
	Before   map[string]string
	// Conflicts are hand edits on the same lines as the change.
	Conflicts []Conflict
	// InTheWay are files that would be written to and are not committed, or
	// not tracked: nothing is overwritten.
	InTheWay []string
	// Uncommitted are the others that are not committed.
	Uncommitted []string
	// Needed says that the branch has to move at all.
	Needed bool
	// Unsealed are the services that the host is to have and whose keys are not
	// among its secrets yet, and Secrets is the file that gets them.
	Unsealed []string
	Secrets  string
}

// MergeStage is one rendering on its way: of the answers as they are, where
// they were edited by hand, and of the answers as they were chosen.
type MergeStage struct {
	Tree    string // as rendered
	Message string
}

// Conflict is a file in which an edit by hand and the change meet.
type Conflict struct {
	Path string
	Text string // as git says it
}
