package derive

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Purpose says what a key is for. A key serves one purpose only.
type Purpose string

// The purposes of version 1. A new purpose gets a new name; a name never
// changes its meaning.
const (
	SSH       Purpose = "ssh"       // ecdsa-sha2-nistp256 key, user or host
	Age       Purpose = "age"       // P-256 key of an age recipient, user or host
	Sign      Purpose = "sign"      // ecdsa-sha2-nistp256 key for signatures, user
	LUKS      Purpose = "luks"      // recovery passphrase of a host's disks
	WireGuard Purpose = "wireguard" // X25519 key, host
)

const (
	prefix  = "mnemonix/v1/"
	idLabel = prefix + "id"
)

// MaxGeneration bounds the generations of a key. A recovery that does not know
// the generation tries 0 to TriedGenerations-1.
const (
	MaxGeneration    = 9999
	TriedGenerations = 16
)

// ErrLabel says that a name, purpose or generation makes no label.
var ErrLabel = errors.New("not a key label")

// Label names one key for ever: the same words and the same label give the same
// key. The zero Label is none.
type Label struct{ text string }

// String is the label as the specification writes it.
func (l Label) String() string { return l.text }

// User is the label of one of the operator's keys: SSH, Age or Sign.
func User(purpose Purpose, generation int) (Label, error) {
	switch purpose {
	case SSH, Age, Sign:
		return label("user/"+string(purpose), generation)
	}
	return Label{}, fmt.Errorf("label user key for %q: %w", purpose, ErrLabel)
}

// Host is the label of one of a machine's keys: SSH, Age, LUKS or WireGuard.
// name is the machine's key name, see CheckName.
func Host(name string, purpose Purpose, generation int) (Label, error) {
	if err := CheckName(name); err != nil {
		return Label{}, err
	}
	switch purpose {
	case SSH, Age, LUKS, WireGuard:
		return label("host/"+name+"/"+string(purpose), generation)
	}
	return Label{}, fmt.Errorf("label host key for %q: %w", purpose, ErrLabel)
}

// Service is the label of a service's API key on a machine.
func Service(name, service string, generation int) (Label, error) {
	if err := CheckName(name); err != nil {
		return Label{}, err
	}
	if !serviceName.MatchString(service) {
		return Label{}, fmt.Errorf("service name %q has other characters than a-z, 0-9 and -: %w", service, ErrLabel)
	}
	return label("host/"+name+"/service/"+service, generation)
}

func label(path string, generation int) (Label, error) {
	if generation < 0 || generation > MaxGeneration {
		return Label{}, fmt.Errorf("generation %d is not between 0 and %d: %w", generation, MaxGeneration, ErrLabel)
	}
	if generation > 0 {
		path += "@" + strconv.Itoa(generation)
	}
	return Label{prefix + path}, nil
}

var (
	hostName    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	serviceName = regexp.MustCompile(`^[a-z0-9-]+$`)
)

// CheckName checks a machine's key name: an RFC 1123 label in lower case, 1 to
// 63 letters, digits and hyphens, neither first nor last a hyphen.
func CheckName(name string) error {
	if !hostName.MatchString(name) {
		return fmt.Errorf("key name %q is no host name of at most 63 letters a-z, digits and inner hyphens: %w", name, ErrLabel)
	}
	return nil
}

// Parts of a label, as ParseLabel finds them.
type Parts struct {
	Host       string  // key name, empty for the operator's keys
	Purpose    Purpose // empty for a service
	Service    string  // empty for everything else
	Generation int
}

// ParseLabel reads a label that was stored in a LUKS token or in keys/NAME.json.
// Only the one spelling that this package prints is accepted.
func ParseLabel(text string) (Label, Parts, error) {
	var parts Parts
	path, found := strings.CutPrefix(text, prefix)
	if !found {
		return Label{}, parts, fmt.Errorf("label %q does not begin with %s: %w", text, prefix, ErrLabel)
	}
	path, generation, later := strings.Cut(path, "@")
	if later {
		n, err := strconv.Atoi(generation)
		if err != nil || n < 1 {
			return Label{}, parts, fmt.Errorf("label %q has no generation after the @: %w", text, ErrLabel)
		}
		parts.Generation = n
	}
	var made Label
	var err error
	switch fields := strings.Split(path, "/"); {
	case len(fields) == 2 && fields[0] == "user":
		parts.Purpose = Purpose(fields[1])
		made, err = User(parts.Purpose, parts.Generation)
	case len(fields) == 3 && fields[0] == "host":
		parts.Host, parts.Purpose = fields[1], Purpose(fields[2])
		made, err = Host(parts.Host, parts.Purpose, parts.Generation)
	case len(fields) == 4 && fields[0] == "host" && fields[2] == "service":
		parts.Host, parts.Service = fields[1], fields[3]
		made, err = Service(parts.Host, parts.Service, parts.Generation)
	default:
		err = fmt.Errorf("label %q: %w", text, ErrLabel)
	}
	if err == nil && made.text != text {
		err = fmt.Errorf("label %q is another spelling of %q: %w", text, made.text, ErrLabel)
	}
	if err != nil {
		return Label{}, Parts{}, err
	}
	return made, parts, nil
}
