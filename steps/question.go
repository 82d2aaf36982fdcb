package steps

// Kind is the way a question is answered.
type Kind string

// The kinds of questions. Every skin (wizard, plain lines, answers file)
// knows all of them.
const (
	KindText    Kind = "text"    // one line
	KindChoice  Kind = "choice"  // one of the options
	KindChoices Kind = "choices" // any number of the options
	KindConfirm Kind = "confirm" // yes or no; the value is "true" or "false"
	KindList    Kind = "list"    // any number of lines, one value each
	KindSecret  Kind = "secret"  // typed twice, never shown; goes to Secrets
	KindWords   Kind = "words"   // the 24 words: made and shown, or typed; goes to Secrets
	KindReport  Kind = "report"  // nothing to answer: lines to read
)

// Question is pure data: what is asked, what may be answered, and what is
// answered now. Key is the path of the answer in the answers file
// ("host.name", "users.0.email", "disk.disks.system") or, for the kinds that
// yield a secret, the name of the secret in the object of --secrets-fd
// ("diskPassphrase"). The package steps/answers checks a value and puts it
// in its place, so a rule is written once, whichever skin asks.
type Question struct {
	Key      string   `json:"key"`
	Kind     Kind     `json:"kind"`
	Title    string   `json:"title"`
	Help     string   `json:"help,omitempty"`
	Options  []Option `json:"options,omitempty"`
	Value    []string `json:"value,omitempty"` // the present answer, or the proposal
	Optional bool     `json:"optional,omitempty"`
	Lines    []string `json:"lines,omitempty"` // of a report
}

// Option is one thing that can be chosen.
type Option struct {
	Value       string `json:"value"`
	Title       string `json:"title"`
	Help        string `json:"help,omitempty"`
	Unavailable string `json:"unavailable,omitempty"` // why it cannot be chosen here
}
