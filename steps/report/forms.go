package report

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/record"
)

// Forms by which something private is known wherever it stands, in the order
// in which they are looked for: what is longer comes first.
var (
	mailForm    = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	sshForm     = regexp.MustCompile(`(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp\d+|sk-[a-z0-9-]+@openssh\.com) (AAAA[A-Za-z0-9+/]{20,}={0,2})`)
	blobForm    = regexp.MustCompile(`AAAA[A-Za-z0-9+/]{40,}={0,2}`)
	ageForm     = regexp.MustCompile(`age1[a-z0-9]{20,}`)
	printForm   = regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`)
	scpForm     = regexp.MustCompile(`\b[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[A-Za-z0-9_.~/-]+`)
	urlForm     = regexp.MustCompile(`(?:git\+)?(?:ssh|git)://[^\s"'\\<>]+|https?://[^\s"'\\<>/@]+@[^\s"'\\<>]+|https?://[^\s"'\\<>]+\.git\b`)
	lsForm      = regexp.MustCompile(`git (?:[^\n]* )?(?:ls-remote|clone|push|fetch|remote add origin|bundle verify)(?: --?[a-z=-]+)* '?([^\s'-][^\s']*)`)
	homeForm    = regexp.MustCompile(`/(?:home|run/media|media|run/user/home)/([A-Za-z_][A-Za-z0-9_.-]*)`)
	usersForm   = regexp.MustCompile(`\b(?:users\.users|home-manager\.users|homeConfigurations)\.\\?"?([A-Za-z_][A-Za-z0-9_-]*)`)
	accountForm = regexp.MustCompile(`\b(?:USER|LOGNAME|SUDO_USER|user)=([A-Za-z_][A-Za-z0-9_-]*)`)
	hostForm    = regexp.MustCompile(`nixosConfigurations\.\\?"?([A-Za-z0-9][A-Za-z0-9-]*)|nixos-system-([A-Za-z0-9][A-Za-z0-9-]*?)-\d\d\.|\bhosts/([a-z0-9][a-z0-9-]*)/|\b(?:keys|secrets)/([a-z0-9][a-z0-9-]*)\.(?:json|yaml)`)
	fullForm    = regexp.MustCompile(`user\.name=(?:'([^'\n]+)'|([^\s']+))|user\.name (?:'([^'\n]+)'|([^\s']+))`)
	wifiForm    = regexp.MustCompile(`(?i)(?:\bssid *[=:] *|wifi connect )(?:'([^'\n]+)'|"([^"\n]+)"|([^\s'"]+))`)
	byIDForm    = regexp.MustCompile(`/dev/disk/by-id/([A-Za-z0-9#+.:=@_-]+)`)
	barMAC      = regexp.MustCompile(`(?i)\b(?:enx|wlx|MAC[:= ]+)([0-9a-f]{12})\b`)
	dashMAC     = regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:-[0-9a-f]{2}){5}\b`)
	shortUUID   = regexp.MustCompile(`(?i)\b(?:UUID[=/" ]+|by-uuid/)"?([0-9a-f]{4}-[0-9a-f]{4}|[0-9a-f]{16})\b`)
	ipForm      = regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b|(?i)\b[0-9a-f]{1,4}(?::{1,2}[0-9a-f]{1,4}){2,7}\b`)
)

// forms learns what has the form of something private.
func (p *private) forms(text string) {
	each := func(form *regexp.Regexp, use func(string)) {
		for _, match := range form.FindAllStringSubmatch(text, -1) {
			for _, group := range slices.Backward(match) {
				if group != "" {
					use(group)
					break
				}
			}
		}
	}
	as := func(what kind) func(string) { return func(text string) { p.add(what, text) } }
	for _, match := range sshForm.FindAllStringSubmatch(text, -1) {
		p.add(sshKey, match[0], match[1])
	}
	each(blobForm, as(sshKey))
	each(ageForm, as(publicKey))
	each(printForm, as(publicKey))
	each(urlForm, p.remote)
	each(scpForm, func(text string) {
		if !strings.HasPrefix(text, "git@github.com:NixOS/") {
			p.remote(text)
		}
	})
	each(lsForm, func(text string) {
		if strings.ContainsAny(text, ":") {
			p.remote(text)
		}
	})
	each(mailForm, func(text string) {
		if !strings.HasSuffix(text, ".service") && !strings.HasSuffix(text, "@openssh.com") { // getty@tty1.service
			p.mail(text)
		}
	})
	each(homeForm, as(userName))
	each(usersForm, as(userName))
	each(accountForm, as(userName))
	each(hostForm, func(text string) {
		if text != "common" {
			p.add(hostName, text)
		}
	})
	each(fullForm, func(text string) { p.person("", text) })
	each(wifiForm, as(network))
	for _, one := range record.Identities(text) {
		p.identities(one)
	}
	each(shortUUID, func(text string) { p.identities(text) })
	each(barMAC, as(identity))
	each(dashMAC, as(identity))
	each(byIDForm, p.byID)
	each(ipForm, p.ip)
}

// ip learns an address, unless it is nobody's. What only looks like one, such
// as the version of a firmware, is no address of a network that is in use:
// that cannot be told, and it is replaced.
func (p *private) ip(text string) {
	found, err := netip.ParseAddr(text)
	if err != nil || found.IsLoopback() || found.IsUnspecified() || found.Is4() && found.As4()[0] < 10 {
		return
	}
	p.add(ipAddress, text)
}

// public says whether a machine is everybody's, so that its name says nothing.
func public(machine string) bool {
	return slices.ContainsFunc([]string{
		"github.com", "githubusercontent.com", "gitlab.com", "codeberg.org", "sr.ht", "nixos.org", "bitbucket.org", "cachix.org",
	}, func(known string) bool { return machine == known || strings.HasSuffix(machine, "."+known) })
}

// machineOf is the machine of a web address.
func machineOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	rest, _, _ = strings.Cut(rest, "/")
	rest, _, _ = strings.Cut(rest, ":")
	return rest
}
