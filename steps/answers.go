package steps

// AnswersVersion is the version of the Answers format.
const AnswersVersion = 1

// Answers is what the operator chose. It holds no secret and no fact, is
// kept in the flake at hosts/NAME/answers.yaml, and is what a later run
// starts from. The package steps/answers reads, checks and writes it; the
// allowed values stand in the jsonschema tags here, and nowhere else.
type Answers struct {
	Version    int         `yaml:"version"`
	Host       Host        `yaml:"host"`
	Locale     Locale      `yaml:"locale"`
	Users      []User      `yaml:"users"`
	Features   []string    `yaml:"features"`
	Desktop    string      `yaml:"desktop"`
	Disk       DiskChoices `yaml:"disk"`
	Boot       Boot        `yaml:"boot"`
	TPM        TPMChoices  `yaml:"tpm"`
	Network    WifiNames   `yaml:"network,omitempty"`
	Modules    Modules     `yaml:"modules,omitempty"`
	Repository Repository  `yaml:"repository,omitempty"`
	Builders   []Builder   `yaml:"builders,omitempty"`
	CI         string      `yaml:"ci,omitempty"`
}

// Host names the machine.
type Host struct {
	Name         string `yaml:"name"`
	Type         string `yaml:"type"`
	System       string `yaml:"system"`
	StateVersion string `yaml:"stateVersion"`
	KeyName      string `yaml:"keyName,omitempty"` // NAME in the key labels; empty: the host's name
}

// Key returns NAME in the key labels: it is written once, from the host's
// name, and survives a rename.
func (h Host) Key() string {
	if h.KeyName != "" {
		return h.KeyName
	}
	return h.Name
}

// Locale is time, language and keyboard.
type Locale struct {
	Timezone  string `json:"timezone,omitempty" yaml:"timezone"`
	Language  string `json:"language,omitempty" yaml:"language"`
	Keymap    string `json:"keymap,omitempty" yaml:"keymap"` // of the console and of the LUKS prompt
	XkbLayout string `json:"xkbLayout,omitempty" yaml:"xkbLayout"`
}

// User is one person on the machine; exactly one is the operator.
type User struct {
	Name     string   `yaml:"name"`
	Operator bool     `yaml:"operator,omitempty"`
	FullName string   `yaml:"fullName"`
	Email    string   `yaml:"email"`
	SSHKeys  []string `yaml:"sshKeys"`
}

// Operator returns the one user who administers the machine.
func (a Answers) Operator() (User, bool) {
	for _, user := range a.Users {
		if user.Operator {
			return user, true
		}
	}
	return User{}, false
}

// DiskChoices is the disk layout and the disks that it goes to.
type DiskChoices struct {
	Layout       string       `yaml:"layout"`
	Disks        []DiskChoice `yaml:"disks"`
	ESP          string       `yaml:"esp"` // a size: 1GiB
	Swap         Swap         `yaml:"swap"`
	Keep         []string     `yaml:"keep,omitempty"` // PARTUUIDs that stay untouched
	Impermanence bool         `yaml:"impermanence,omitempty"`
}

// DiskChoice is one disk of a layout. Match is resolved once, at install;
// what it resolved to is stored beside it and never matched again.
type DiskChoice struct {
	Role     string       `yaml:"role"`
	Match    Match        `yaml:"match"`
	Resolved *Fingerprint `yaml:"resolved,omitempty"`
}

// Match finds one disk: by id, serial or wwn alone, or by properties.
type Match struct {
	ID        string `yaml:"id,omitempty"`
	Serial    string `yaml:"serial,omitempty"`
	WWN       string `yaml:"wwn,omitempty"`
	Transport string `yaml:"transport,omitempty"`
	SSD       *bool  `yaml:"ssd,omitempty"`
	Model     string `yaml:"model,omitempty"` // a glob
	MinSize   string `yaml:"minSize,omitempty"`
	MaxSize   string `yaml:"maxSize,omitempty"`
	Pick      string `yaml:"pick,omitempty"`
}

// Swap is where memory goes when it is full.
type Swap struct {
	Kind     string `yaml:"kind"`
	Size     string `yaml:"size,omitempty"`     // a size, or auto: it follows the RAM
	Resolved string `yaml:"resolved,omitempty"` // what auto came to, at install
}

// Boot is the boot loader and what opens the disk.
type Boot struct {
	Loader string `yaml:"loader"`
	Unlock string `yaml:"unlock"`
}

// TPMChoices says which keys go into the TPM.
type TPMChoices struct {
	Keys         bool  `yaml:"keys"`
	OperatorKeys *bool `yaml:"operatorKeys,omitempty"` // default: true on desktops and laptops
	PIN          *bool `yaml:"pin,omitempty"`          // default: true
}

// HoldsOperatorKeys says whether the operator's own keys live on this
// machine too: what was chosen, else true on desktops and laptops only.
func (a Answers) HoldsOperatorKeys() bool {
	if a.TPM.OperatorKeys != nil {
		return *a.TPM.OperatorKeys
	}
	return a.TPM.Keys && (a.Host.Type == "desktop" || a.Host.Type == "laptop")
}

// WantsPIN says whether the operator's keys are used with a PIN.
func (a Answers) WantsPIN() bool {
	return a.TPM.PIN == nil || *a.TPM.PIN
}

// WifiNames are the networks that the machine joins; their keys are secrets.
type WifiNames struct {
	Wifi []string `yaml:"wifi,omitempty"`
}

// Repository is where the flake is kept besides the machine.
type Repository struct {
	Remote string `yaml:"remote"`
	Branch string `yaml:"branch,omitempty"`
}

// Builder is another machine that builds for this one.
type Builder struct {
	Host    string `yaml:"host"`
	System  string `yaml:"system"`
	MaxJobs int    `yaml:"maxJobs"`
}
