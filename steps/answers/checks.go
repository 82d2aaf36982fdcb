package answers

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// The checks of the formats: what a pattern cannot say. An error completes a
// sentence that begins with the name of the key; nil, when the value is fine.

func checkHostName(name string) error {
	if name == "localhost" {
		return errors.New("cannot be localhost, which every machine calls itself")
	}
	return nil
}

// systemUsers are accounts that NixOS, or a service of the flake, makes
// itself (nixos/modules/misc/ids.nix and the service modules).
var systemUsers = []string{
	"root", "nobody", "messagebus", "sshd", "nscd", "polkituser", "rtkit", "avahi", "geoclue", "colord",
	"sddm", "gdm", "gdm-greeter", "gnome-remote-desktop", "gnome-initial-setup", "lightdm", "greeter",
	"nm-openvpn", "nm-iodine", "networkmanager", "wpa_supplicant", "hostapd", "dnsmasq", "dhcpcd", "unbound",
	"tss", "fwupd-refresh", "usbmux", "saned", "lp", "cups", "ntp", "chrony", "nginx", "caddy", "acme", "postgres", "mysql", "redis",
	"prowlarr", "sonarr", "radarr", "lidarr", "readarr", "bazarr", "qbittorrent", "jellyfin",
	"qemu-libvirtd", "libvirt", "microvm", "forgejo", "hydra", "hydra-www", "hydra-queue-runner", "gitea-runner",
	"git", "nix", "wheel", "users", "audio", "video", "disk", "kvm", "input", "render", "tty", "daemon", "bin", "sys", "adm",
	"mnemonix", "builder", "nix-builder",
}

var systemUserShape = regexp.MustCompile(`^(nixbld[0-9]*|systemd-.*)$`)

// checkUserName refuses names that are taken. The length is NixOS's own limit
// (nixos/modules/config/users-groups.nix): one less than the kernel's utmp.
func checkUserName(name string) error {
	if name == "root" {
		return errors.New("cannot be root: a person has an account of their own and becomes root with sudo")
	}
	if slices.Contains(systemUsers, name) || systemUserShape.MatchString(name) {
		return fmt.Errorf("cannot be %s, which is an account or a group of the system", name)
	}
	return nil
}

func checkTrimmed(text string) error {
	if strings.TrimSpace(text) != text {
		return errors.New("must not begin or end with a space")
	}
	return nil
}

func checkEmail(text string) error {
	if text == "" {
		return nil
	}
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text {
		return errors.New("must be an e-mail address such as alice@example.org")
	}
	return nil
}

// checkSSHKey reads the key as sshd would. Nothing of it is repeated: who
// pastes the wrong file pastes a private key.
func checkSSHKey(line string) error {
	if strings.Contains(line, "PRIVATE KEY") {
		return errors.New("is a private key; it belongs nowhere but on its machine: give the .pub file beside it")
	}
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	switch {
	case err != nil:
		return errors.New("is no public SSH key: the part after the type is damaged or of another type")
	case len(options) > 0 || len(rest) > 0:
		return errors.New("must be a single key without options in front of it")
	case key.Type() == ssh.InsecureKeyAlgoDSA: //nolint:staticcheck // named in order to refuse it
		return errors.New("is a DSA key, which OpenSSH has not accepted since 2015; make one of the type ed25519")
	}
	return nil
}

func checkNoDots(name string) error {
	if strings.Contains(name, "..") {
		return errors.New("must not contain two dots in a row")
	}
	return nil
}

func checkSize(text string) error {
	_, err := ParseSize(text)
	return errors.Unwrap(err) // the value is told beside it
}

func checkSizeOrAuto(text string) error {
	if text == "auto" {
		return nil
	}
	return checkSize(text)
}

// partitionSuffix is what udev appends to a disk's name for its partitions.
var partitionSuffix = regexp.MustCompile(`-part[0-9]+$`)

func checkDiskID(name string) error {
	switch {
	case name == "." || name == "..":
		return errors.New("is a folder")
	case partitionSuffix.MatchString(name):
		return errors.New("is the name of a partition; leave its ending -partN out to name the disk")
	}
	return nil
}

func checkGlob(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return errors.New("has a [ without its ], or a \\ at its end")
	}
	return nil
}

// checkSSID: IEEE 802.11 limits an SSID to 32 bytes, not characters.
func checkSSID(name string) error {
	if len(name) > 32 {
		return fmt.Errorf("has %d bytes, and a Wi-Fi network's name at most 32", len(name))
	}
	return nil
}

// checkRemote keeps passwords out of the flake, and arguments out of git.
func checkRemote(remote string) error {
	if strings.Contains(remote, "::") {
		return errors.New("names a transport that runs a program (::), which is refused")
	}
	if !strings.Contains(remote, "://") {
		return nil
	}
	address, err := url.Parse(remote)
	if err != nil {
		return errors.New("is no address that can be read")
	}
	if _, has := address.User.Password(); has {
		return errors.New("holds a password, and the flake is no place for one; leave it out and let git ask")
	}
	if !slices.Contains([]string{"https", "http", "ssh", "git", "file"}, address.Scheme) {
		return errors.New("must begin with https, ssh, git or file, or be of the form git@example.org:alice/machines.git")
	}
	return nil
}

// checkBranch is what git check-ref-format refuses beyond the pattern, and
// the branch that is mnemonix's own.
func checkBranch(name string) error {
	switch {
	case name == "mnemonix/rendered":
		return errors.New("cannot be mnemonix/rendered: that branch holds the flake as it was written, before hand edits")
	case strings.Contains(name, ".."), strings.Contains(name, "//"), strings.Contains(name, "/."),
		strings.HasSuffix(name, "/"), strings.HasSuffix(name, "."), strings.HasSuffix(name, ".lock"), strings.Contains(name, ".lock/"):
		return errors.New("is no name that git allows for a branch")
	}
	return nil
}

// systemFolders are no place for data that services share; homes are closed
// to them.
var systemFolders = []string{"bin", "boot", "dev", "etc", "home", "lib", "lib64", "nix", "proc", "root", "run", "sbin", "sys", "tmp", "usr"}

func checkFolder(name string) error {
	if path.Clean(name) != name {
		return errors.New("must not contain . or .. as a name")
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	if slices.Contains(systemFolders, first) {
		return fmt.Errorf("cannot lie in /%s, which is not for data that services share", first)
	}
	return nil
}

func checkWebAddress(text string) error {
	address, err := url.Parse(text)
	switch {
	case err != nil || address.Host == "":
		return errors.New("is no address of a page")
	case address.User != nil:
		return errors.New("must not hold a name or a password")
	}
	return nil
}
