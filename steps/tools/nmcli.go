package tools

import (
	"crypto/sha256"
	"fmt"
	"strconv"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// LoadKeys sets the keymap of the console.
// Source: loadkeys(1) of kbd.
func LoadKeys(keymap string) []string { return []string{"loadkeys", "--quiet", keymap} }

// WifiProfile is a profile of NetworkManager for a network, and the file in
// memory that it is read from. Without a key the network is an open one.
// Source: nm-settings-keyfile(5); every byte of a name or a key that could
// end or begin something there is written as its number.
func WifiProfile(name string, key *secret.Secret) (profile []byte, file string) {
	profile = make([]byte, 0, 1024+8*key.Len()) // never grows, so that no copy stays behind
	profile = fmt.Appendf(profile, "[connection]\nid=%s\ntype=wifi\n\n[wifi]\nmode=infrastructure\nssid=", wifiID(name))
	for _, char := range []byte(name) { // an SSID is up to 32 bytes of anything
		profile = append(strconv.AppendInt(profile, int64(char), 10), ';')
	}
	profile = append(profile, '\n')
	if key.Len() > 0 {
		profile = append(profile, "\n[wifi-security]\nkey-mgmt=wpa-psk\npsk="...)
		key.Use(func(view []byte) {
			for i, char := range view {
				switch {
				case char == '\\':
					profile = append(profile, `\\`...)
				case char == ' ' && (i == 0 || i == len(view)-1):
					profile = append(profile, `\s`...)
				default:
					profile = append(profile, char)
				}
			}
		})
		profile = append(profile, '\n')
	}
	profile = append(profile, "\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n"...)
	return profile, "/run/NetworkManager/system-connections/" + wifiID(name) + ".nmconnection"
}

// wifiID is the name of our profile for a network: a network may be called
// anything, a file may not.
func wifiID(name string) string {
	return fmt.Sprintf("mnemonix-%x", sha256.Sum256([]byte(name)))[:len("mnemonix-")+16]
}

// NetworkReload makes NetworkManager read its profiles again.
// Source: nmcli(1).
func NetworkReload() []string { return []string{"nmcli", "connection", "reload"} }

// NetworkUp joins the network of our profile.
// Source: nmcli(1).
func NetworkUp(name string) []string {
	return []string{"nmcli", "--wait", "40", "connection", "up", "id", wifiID(name)}
}
