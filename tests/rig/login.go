package rig

import (
	"regexp"
	"strconv"
	"strings"
)

// What the serial console shows on the way up.
var (
	promptPassphrase = regexp.MustCompile(`(?i)passphrase[^\n]* for disk[^\n]*:`)
	promptAgain      = regexp.MustCompile(`passphrase, once more[^\n]*:`)
	promptShell      = regexp.MustCompile(`root@\S+:[^\n]*# `)
	hasBegun         = regexp.MustCompile(`rig: the system on the disk has begun`)
	firmwareRefuses  = regexp.MustCompile(`(?i)access denied|security violation|no bootable|BdsDxe: failed|UEFI Interactive Shell`)
	commandEnd       = regexp.MustCompile(`rig-end (\d+)`)
)

// Login waits for the shell on the serial console, and answers the prompts for
// a passphrase before it. It returns how many prompts for the disk there were.
// Without a passphrase to give, a prompt is a failure. A system that enrolls
// its TPM at the first start knows the passphrase for two minutes and a half;
// where the start took longer it asks for it once more, which does not count.
func (r *Running) Login(passphrase string) (prompts int) {
	r.t.Helper()
	prompts = r.start(passphrase, promptShell)
	r.Type("stty -echo; PS1=; export PAGER=cat SYSTEMD_PAGER=; echo rig-\"\"end $?\r")
	r.Wait(commandEnd)
	return prompts
}

// Unlock is Login for who only asks what opens the disk: it waits until the
// system on the disk has begun to start, which the stand-in for nixos-install
// lets it say.
func (r *Running) Unlock(passphrase string) (prompts int) {
	r.t.Helper()
	return r.start(passphrase, hasBegun)
}

// start answers the prompts of a start until the console shows that it came to
// that.
func (r *Running) start(passphrase string, to *regexp.Regexp) (prompts int) {
	r.t.Helper()
	for {
		switch which, _ := r.Wait(promptPassphrase, to, firmwareRefuses, promptAgain); which {
		case 3:
			r.Type(passphrase + "\r")
		case 0:
			prompts++
			if passphrase == "" || prompts > 1 {
				r.t.Fatalf("the machine asks for a passphrase (%d); the console:\n%s", prompts, r.Console())
			}
			r.Type(passphrase + "\r")
		case 1:
			return prompts
		default:
			r.t.Fatalf("the firmware refuses; the console:\n%s", r.Console())
		}
	}
}

// Command runs a command in the shell that Login opened.
func (r *Running) Command(command string) (output string, status int) {
	r.t.Helper()
	r.Type(command + "\recho rig-\"\"end $?\r")
	_, text := r.Wait(commandEnd)
	end := commandEnd.FindStringSubmatchIndex(text)
	status, err := strconv.Atoi(text[end[2]:end[3]])
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(text[:end[0]]), status
}
