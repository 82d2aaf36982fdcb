package tools

import "codeberg.org/mnemonix/mnemonix/steps"

// Mkpasswd reads a password from standard input and prints its yescrypt hash,
// which is what NixOS uses.
// Source: mkpasswd(1) of whois 5.5.
func Mkpasswd() steps.Command {
	return steps.Command{Argv: []string{"mkpasswd", "--method=yescrypt", "--stdin"}}
}

// WhoisHint says how to get mkpasswd where it is missing.
const WhoisHint = "NixOS has it; elsewhere it is in the package whois, or in nixpkgs#mkpasswd"
