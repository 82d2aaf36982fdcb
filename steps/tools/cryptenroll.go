package tools

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// tpmBinding binds a seal to the state of Secure Boot (PCR 7) and to a PCR 15
// that nothing has measured into yet: once the encrypted root was opened, the
// TPM no longer gives the key out, so that a planted root cannot ask for it.
// Source: systemd-cryptenroll(1), --tpm2-pcrs.
var tpmBinding = "7+15:sha256=" + strings.Repeat("0", 64)

// CryptenrollTPM lets the TPM open a LUKS device. The file holds a passphrase
// that opens it now and lies in tmpfs. It belongs into the first boot in
// which Secure Boot is enforced, not into an installation.
// Source: systemd-cryptenroll(1) of systemd 258.
func CryptenrollTPM(device, keyFile string, pin bool) steps.Command {
	argv := []string{
		"systemd-cryptenroll", "--unlock-key-file=" + keyFile, "--tpm2-device=auto", "--tpm2-pcrs=" + tpmBinding,
	}
	if pin {
		argv = append(argv, "--tpm2-with-pin=yes")
	}
	return steps.Command{Argv: append(argv, device)}
}

// CryptenrollWipeTPM takes the TPM's slots away again.
func CryptenrollWipeTPM(device string) steps.Command {
	return steps.Command{Argv: []string{"systemd-cryptenroll", "--wipe-slot=tpm2", device}}
}

// CryptenrollList lists the slots of a device; ParseCryptenroll reads it.
func CryptenrollList(device string) steps.Command {
	return steps.Command{Argv: []string{"systemd-cryptenroll", device}}
}

// ParseCryptenroll returns the types of the slots, in the order of the slots:
// password, recovery, tpm2, ...
func ParseCryptenroll(output []byte) []string {
	var types []string
	for line := range strings.Lines(string(output)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.Trim(fields[0], "0123456789") == "" {
			types = append(types, fields[1])
		}
	}
	return types
}
