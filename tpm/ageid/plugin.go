package ageid

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"filippo.io/age"
	"filippo.io/age/plugin"
	"filippo.io/age/tag"
	"github.com/google/go-tpm/tpm2/transport"
)

// programPrefix begins the names under which age and sops look for plugins.
const programPrefix = "age-plugin-"

// PluginName says whether a program was called by the name of a plugin that
// this package is, and which: "tpm" for age-plugin-tpm, "mnemonix" for
// age-plugin-mnemonix.
func PluginName(program string) (name string, ok bool) {
	name, ok = strings.CutPrefix(filepath.Base(program), programPrefix)
	if !ok || name != format.PluginTPM && name != format.PluginSoftware {
		return "", false
	}
	return name, true
}

// Plugin says how a plugin reaches its client and the TPM.
type Plugin struct {
	Name           string // as PluginName gives it
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Open           func() (transport.TPMCloser, error)
}

// exitUsage is the status for arguments that the plugin protocol does not have.
const exitUsage = 2

// Run answers one client by the age plugin protocol and gives the exit status.
// arguments are those after the program's name: --age-plugin=STATE-MACHINE.
// A PIN is asked for through the client, never read from the environment.
func (p *Plugin) Run(arguments []string) int {
	served, err := plugin.New(p.Name)
	if err != nil {
		_, _ = fmt.Fprintf(p.Stderr, "%s%s: %v\n", programPrefix, p.Name, err)
		return exitUsage
	}
	flags := flag.NewFlagSet(programPrefix+p.Name, flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	served.RegisterFlags(flags)
	if err := flags.Parse(arguments); err != nil {
		return exitUsage
	}
	served.SetIO(p.Stdin, p.Stdout, p.Stderr)
	served.HandleRecipient(func(data []byte) (age.Recipient, error) {
		if p.Name != format.PluginTPM {
			return nil, errors.New("its recipients begin with age1tag1")
		}
		recipient, err := tag.NewClassicRecipient(data)
		if err != nil {
			return nil, err
		}
		return recipient, nil
	})
	served.HandleIdentityAsRecipient(func(data []byte) (age.Recipient, error) {
		identity, err := p.identity(served, data)
		if err != nil {
			return nil, err
		}
		return identity.Recipient(), nil
	})
	served.HandleIdentity(func(data []byte) (age.Identity, error) {
		identity, err := p.identity(served, data)
		if err != nil {
			return nil, err
		}
		return identity, nil
	})
	return served.Main()
}

func (p *Plugin) identity(served *plugin.Plugin, data []byte) (*Identity, error) {
	if p.Name == format.PluginSoftware {
		scalar, err := format.ParseAgeSoftwareData(data)
		if err != nil {
			return nil, err
		}
		defer scalar.Wipe()
		return FromScalar(scalar)
	}
	parsed, err := format.ParseAgeTPMIdentityData(data)
	if err != nil {
		return nil, err
	}
	return FromTPM(parsed, key.Source{
		Open: p.Open,
		PIN: func(name string) (*secret.Secret, error) {
			pin, err := served.RequestValue("PIN of "+name, true)
			if err != nil {
				return nil, err
			}
			return secret.FromString(pin), nil
		},
	})
}
