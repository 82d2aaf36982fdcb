package tools

import (
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// SopsTimeout is for a program that asks a TPM through a plugin.
const SopsTimeout = time.Minute

// SopsEncrypt reads YAML from standard input and prints it encrypted to the
// recipients that .sops.yaml in the folder names for the file. It finds
// age-plugin-tpm in PATH.
// Source: https://getsops.io/docs/ (encrypt, --filename-override), sops 3.10.
func SopsEncrypt(folder, file string) steps.Command {
	return steps.Command{Dir: folder, Argv: []string{
		"sops", "--config", ".sops.yaml", "encrypt",
		"--filename-override", file, "--input-type", "yaml", "--output-type", "yaml", "/dev/stdin",
	}}
}

// SopsUpdateKeys encrypts a file to the recipients that .sops.yaml names now;
// a file that is right already it leaves alone.
// Source: https://getsops.io/docs/ (updatekeys), sops 3.10.
func SopsUpdateKeys(folder, file string) steps.Command {
	return steps.Command{Dir: folder, Argv: []string{"sops", "--config", ".sops.yaml", "updatekeys", "--yes", file}}
}

// SopsOpens succeeds when the file can be decrypted whole; what is in it goes
// nowhere.
// Source: https://getsops.io/docs/ (decrypt, --output), sops 3.10.
func SopsOpens(file string) steps.Command {
	return steps.Command{Argv: []string{"sops", "decrypt", "--input-type", "yaml", "--output-type", "yaml", "--output", "/dev/null", file}}
}

// SopsSet sets one value of a file, which is the JSON in another file; what
// else is in it, and to whom it is encrypted, stays.
// Source: https://getsops.io/docs/ (set, --value-file), sops 3.10.
func SopsSet(file, index, value string) steps.Command {
	return steps.Command{Argv: []string{"sops", "set", "--input-type", "yaml", "--output-type", "yaml", "--value-file", file, index, value}}
}

// SopsRotate gives a file a new data key, and encrypts it with that: whoever
// could open an earlier state of the file has the data key of that, which
// updatekeys keeps.
// Source: https://getsops.io/docs/ (rotate), sops 3.10.
func SopsRotate(folder, file string) steps.Command {
	return steps.Command{Dir: folder, Argv: []string{"sops", "--config", ".sops.yaml", "rotate", "--in-place", file}}
}

// SopsHint says how to get sops where it is missing.
const SopsHint = "install sops 3.10 or newer: nix shell nixpkgs#sops, or go install github.com/getsops/sops/v3/cmd/sops@latest"
