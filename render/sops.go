package render

import (
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

const sopsHead = `# Who can read which secrets: sops encrypts secrets/NAME.yaml to the operator's key and to the key of the machine
# whose key name is NAME, and to nobody else. All of these are public keys.
#
# The recipients are in the spelling of age-plugin-tpm, which sops needs to encrypt:
#   sops edit secrets/NAME.yaml
creation_rules:
`

// sopsRules prints .sops.yaml: one rule for each host whose keys are known.
// Nothing, when none are.
func sopsRules(hosts []steps.Answers, keys map[string]*format.PublicKeys) string {
	var names []string
	for _, host := range hosts {
		if name := host.Host.Key(); keys[name] != nil && host.Host.NixOS() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return ""
	}
	var text strings.Builder
	text.WriteString(sopsHead)
	for _, name := range names {
		// A key name is letters, digits and hyphens: nothing to escape but the dot.
		text.WriteString("  - path_regex: ^secrets/" + name + `\.yaml$` + "\n    key_groups:\n      - age:\n")
		text.WriteString("          - " + keys[name].User.Age.RecipientTPM + " # the operator\n")
		text.WriteString("          - " + keys[name].Host.Age.RecipientTPM + " # " + name + "\n")
	}
	return text.String()
}
