package answers

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"codeberg.org/mnemonix/mnemonix/assets"
)

// format is a rule for one text. The tags of steps.Answers name it; the
// schema that is printed carries its pattern or its list, which any validator
// understands, and the check says what a pattern cannot.
type format struct {
	allowed string             // completes "must be ..."
	pattern string             // RE2 and ECMA 262 alike
	min     int                // characters
	max     int                // characters; 0: no limit of its own
	check   func(string) error // what the pattern cannot say; the error completes "it ..."
	list    []string           // instead of a pattern: the only values
	private bool               // a wrong value may be a secret and is never shown
}

// formats is the table of all rules for one text.
func formats() map[string]format {
	catalog := assets.Load()
	hostName := format{
		allowed: "a host name: lower-case letters, digits and hyphens, at most 63, no hyphen at either end (RFC 1123)",
		pattern: `^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`, min: 1, max: 63, check: checkHostName,
	}
	size := format{allowed: sizeAllowed, pattern: sizePattern, max: 24, check: checkSize}
	return map[string]format{
		"feature":   {allowed: "one of", list: assets.Names(catalog.Features)},
		"desktop":   {allowed: "one of", list: assets.Names(catalog.Desktops)},
		"host-type": {allowed: "one of", list: assets.Names(catalog.HostTypes)},
		"layout":    {allowed: "one of", list: catalog.LayoutNames()},
		"role":      {allowed: "one of", list: catalog.Roles()},

		"host-name": hostName,
		"network-name": {
			allowed: "the name or the IPv4 address of a machine: lower-case labels with dots between them, at most 253 characters",
			pattern: `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`, min: 1, max: 253,
		},
		"release": {
			allowed: `a NixOS release in quotes, such as "25.11"`,
			pattern: `^[0-9]{2}\.(05|11)$`,
		},
		"user-name": {
			allowed: "a user name: lower-case letters, digits, - and _, beginning with a letter or _, at most 31 characters",
			pattern: `^[a-z_][a-z0-9_-]*$`, min: 1, max: 31, check: checkUserName,
		},
		"full-name": {
			allowed: "a name on one line without a colon, at most 128 characters (NixOS refuses line feeds and colons)",
			pattern: `^[^:\n\r]*$`, min: 1, max: 128, check: checkTrimmed,
		},
		"email-or-empty": {
			allowed: "an e-mail address such as alice@example.org, or empty",
			pattern: `^([^@\s<>",;:]+@[^@\s<>",;:]+)?$`, max: 254, check: checkEmail,
		},
		"ssh-key": {
			allowed: "a public SSH key on one line, as it stands in a .pub file",
			pattern: `^[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?$`, max: 8192, check: checkSSHKey, private: true,
		},

		"timezone": {
			allowed: "the name of a time zone such as Europe/Berlin or UTC",
			pattern: `^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9][A-Za-z0-9_+-]*){0,2}$`, max: 64,
		},
		"locale": {
			allowed: "a locale in UTF-8 such as de_DE.UTF-8 or C.UTF-8",
			pattern: `^(C|[a-z]{2,3}_[A-Z]{2})\.UTF-8(@[a-z]+)?$`, max: 32,
		},
		"keymap": {
			allowed: "the name of a console keymap such as us or de-latin1",
			pattern: `^[A-Za-z0-9][A-Za-z0-9_.+-]*$`, max: 64, check: checkNoDots,
		},
		"xkb-layout": {
			allowed: "one or more X keyboard layouts such as de or us,de",
			pattern: `^[a-z][a-z0-9_-]*(,[a-z][a-z0-9_-]*){0,3}$`, max: 64,
		},

		"size":         size,
		"size-or-auto": {allowed: size.allowed + ", or auto", pattern: `^auto$|` + sizePattern, max: 24, check: checkSizeOrAuto},
		"disk-id": {
			allowed: "a name of /dev/disk/by-id without the folder, such as nvme-Samsung_SSD_980_S6Z2NJ0W123456",
			pattern: `^[A-Za-z0-9#+.:=@_\\-]+$`, min: 1, max: 255, check: checkDiskID,
		},
		"disk-path": {
			allowed: "a name of /dev/disk/by-path without the folder, such as pci-0000:02:00.0",
			pattern: `^[A-Za-z0-9#+.:=@_-]+$`, min: 1, max: 255, check: checkDiskID,
		},
		"disk-serial": {allowed: "the serial number of a disk", pattern: `^[!-~]([ -~]*[!-~])?$`, min: 1, max: 128},
		"disk-wwn":    {allowed: "the World Wide Name of a disk, such as eui.0025385b21404a5d", pattern: `^[A-Za-z0-9.]+$`, min: 1, max: 128},
		"glob":        {allowed: "a pattern with * and ?, such as Samsung*", pattern: `^[ -~]+$`, min: 1, max: 128, check: checkGlob},
		"partuuid": {
			allowed: "a PARTUUID: a GUID in lower case, or 12345678-01 on a disk with an MBR",
			pattern: `^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}-[0-9a-f]{2})$`,
		},

		"wifi-name": {
			allowed: "the name of a Wi-Fi network, at most 32 bytes, without a slash",
			pattern: `^[^/]+$`, min: 1, max: 32, check: checkSSID,
		},
		"ssid":      {allowed: "the name of a Wi-Fi network, at most 32 bytes", min: 1, max: 32, check: checkSSID},
		"interface": {allowed: "a network interface such as wlp3s0", pattern: `^[A-Za-z0-9][A-Za-z0-9_.@-]*$`, min: 1, max: 15},
		"remote-or-empty": {
			allowed: "the address of a git repository such as git@example.org:alice/machines.git, or empty",
			pattern: `^([^\s-][^\s]*)?$`, max: 1024, check: checkRemote, private: true,
		},
		"branch": {
			allowed: "the name of a git branch such as main",
			pattern: `^[A-Za-z0-9][A-Za-z0-9._/-]*$`, min: 1, max: 128, check: checkBranch,
		},

		"folder": {
			allowed: "an absolute folder for data such as /media, with letters, digits and . _ - in its names",
			pattern: `^(/[A-Za-z0-9._-]+)+$`, max: 255, check: checkFolder,
		},
		"windows-folder": {
			allowed: `a folder as Windows spells it, such as D:\Media`,
			pattern: `^[A-Za-z]:\\([^\\/:*?"<>|]+(\\[^\\/:*?"<>|]+)*)?$`, max: 240,
		},
		"web-address": {allowed: "an address such as https://tv.example.org", pattern: `^https?://[^\s"'<>]+$`, max: 1024, check: checkWebAddress},
		"pci-id":      {allowed: "a PCI id, vendor:device in lower-case hexadecimal, such as 10de:2684", pattern: `^[0-9a-f]{4}:[0-9a-f]{4}$`},
	}
}

// sizePattern is ParseSize without its limit.
const sizePattern = `^[1-9][0-9]*(B|[KMGTP]iB|[kMGTP]B)$`

// sentence says what is allowed.
func (f format) sentence() string {
	if f.list != nil {
		return "must be " + oneOf(f.list)
	}
	return "must be " + f.allowed
}

// oneOf lists values for a sentence.
func oneOf(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return "one of " + strings.Join(values, ", ")
}

// shorten keeps a value from filling the screen.
func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

// wrong completes a sentence with the value, unless that may be a secret.
func (f format) wrong(value any) string {
	if f.private {
		return ""
	}
	if text, isText := value.(string); isText {
		return fmt.Sprintf(" (it is %q)", shorten(text))
	}
	return fmt.Sprintf(" (it is %v)", value)
}

// accepts says whether the format allows that text.
func (f format) accepts(text string) bool {
	length := utf8.RuneCountInString(text)
	switch {
	case f.list != nil:
		return slices.Contains(f.list, text)
	case length < f.min, f.max > 0 && length > f.max:
		return false
	case f.pattern != "" && !regexp.MustCompile(f.pattern).MatchString(text):
		return false
	}
	return f.check == nil || f.check(text) == nil
}
