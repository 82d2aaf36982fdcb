package steps

// Joined is the flake that a machine joins, or is rebuilt from: a clone in
// memory, whose tip was verified.
type Joined struct {
	Origin Origin
	// Rebuilt says that the host is in that flake: its name is no clash.
	Rebuilt bool
	// KeepSecrets says that the host's file of secrets is there, and that the
	// words open it: it stays as it is.
	KeepSecrets bool
	// Present are the files as mnemonix rendered them for all hosts.
	Present []File
	// Merged are the files of the operator's branch with this host in them, as
	// git merged them. Nil: they are not merged yet, and the plan's files are
	// what mnemonix renders.
	Merged []File
	// Conflicts are the paths that the operator and mnemonix both changed.
	Conflicts []string
}

// Origin is where a flake came from, and the commits that a plan goes on from.
type Origin struct {
	Source   string `json:"source"`   // a URL, or the absolute path of a repository or a bundle
	Branch   string `json:"branch"`   // the operator's
	Tip      string `json:"tip"`      // its commit, which was verified
	Rendered string `json:"rendered"` // the last commit of what mnemonix rendered
	Clone    string `json:"clone"`    // the folder in memory that it was cloned to
	// Differs are the files that mnemonix renders otherwise than they are in
	// the plan: somebody edited them. Missing are those that it does not render.
	Differs []File   `json:"differs,omitempty"`
	Missing []string `json:"missing,omitempty"`
}
