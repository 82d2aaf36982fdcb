package webui

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

func TestPagesShowTheSystem(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.write("leases", "1767225600 02:00:00:00:00:07 10.42.0.117 phone 01:02\n1767225600 02:00:00:00:00:08 10.42.0.118 * *\n")
	v := r.signedIn()
	cases := map[string][]string{
		"/":        {"internet can be reached", apRadio, clientRadio, "The hotspot is on", "The tunnel is down"},
		"/wifi":    {"Radio " + clientRadio, "Café Zürich", "open:air", "71 %", "WPA2"},
		"/hotspot": {`value="Road"`, "Switch off"},
		"/vpn":     {"No tunnel is loaded yet", "clients reach nothing outside"},
		"/clients": {"phone", "10.42.0.117", "02:00:00:00:00:08", "unknown"},
		"/reboot":  {"Reboot now"},
	}
	for path, wanted := range cases {
		answer := v.get(path)
		if answer.code != http.StatusOK {
			t.Errorf("GET %s: code %d", path, answer.code)
		}
		contains(t, answer.body, wanted...)
	}
	if got := r.calls(); len(got) != 0 {
		t.Errorf("looking at pages changed something: %q", got)
	}
}

func TestJoinGivesThePassphraseOnStandardInput(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	page := v.follow("/wifi/join", url.Values{
		"radio": {clientRadio}, "ssid": {"Café Zürich"}, "passphrase": {` p:a\s"s#w 1`},
	})
	contains(t, page.body, "joined Café Zürich")
	want := []string{
		"nmcli\tconnection\tadd\ttype\twifi\tifname\t" + clientRadio + "\tcon-name\twifi Café Zürich\tssid\tCafé Zürich" +
			"\t802-11-wireless-security.key-mgmt\twpa-psk",
		"nmcli\tconnection\tup\tid\twifi Café Zürich\tpasswd-file\t/dev/stdin",
	}
	if diff := cmp.Diff(want, r.calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	// NetworkManager strips blanks and reads backslashes, so nothing but letters and digits stands there plain.
	if got, want := r.read("stdin"), `802-11-wireless-security.psk:\040p\072a\134s\042s\043w\0401`+"\n"; got != want {
		t.Errorf("passwd-file %q, want %q", got, want)
	}
	if strings.Contains(r.read("environment"), "SECRET_OF_THE_UNIT") {
		t.Error("the environment of the unit reached nmcli")
	}
}

func TestJoinChoosesTheProtection(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		security, passphrase string
		want                 string // in the call that adds the profile; empty: none must be made
		message              string
	}{
		"open":          {"", "", "ssid\tnet", "joined net"},
		"enhanced open": {"OWE", "", "key-mgmt\towe", "joined net"},
		"wpa2":          {"WPA1 WPA2", "12345678", "key-mgmt\twpa-psk", "joined net"},
		"both":          {"WPA2 WPA3", "12345678", "key-mgmt\twpa-psk", "joined net"},
		"wpa3":          {"WPA3", "12345678", "key-mgmt\tsae", "joined net"},
		"wep":           {"WEP", "12345", "", "broken long ago"},
		"company":       {"WPA2 802.1X", "12345678", "", "802.1X"},
		"too short":     {"WPA2", "1234567", "", "8 to 63 characters"},
		"not ascii":     {"WPA2", "pässwörter", "", "8 to 63 characters"},
	}
	r := start(t)
	v := r.signedIn()
	for name, c := range cases {
		r.write("networks", " :net:50:"+c.security+"\n")
		r.write("calls", "")
		page := v.follow("/wifi/join", url.Values{"radio": {clientRadio}, "ssid": {"net"}, "passphrase": {c.passphrase}})
		if !strings.Contains(page.body, c.message) {
			t.Errorf("%s: the page lacks %q", name, c.message)
		}
		got := r.calls()
		if c.want == "" && len(got) != 0 {
			t.Errorf("%s: refused, but called %q", name, got)
		}
		if c.want != "" && (len(got) != 2 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s: calls %q, want one with %q", name, got, c.want)
		}
	}
}

func TestAFailedJoinLeavesNoProfile(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.write("fail", "connection up\nError: Secrets were <b>required</b>, but not provided.\n")
	page := r.signedIn().follow("/wifi/join", url.Values{
		"radio": {clientRadio}, "ssid": {"Café Zürich"}, "passphrase": {"12345678"},
	})
	contains(t, page.body, "Secrets were &lt;b&gt;required&lt;/b&gt;")
	if got := r.calls(); got[len(got)-1] != "nmcli\tconnection\tdelete\tid\twifi Café Zürich" {
		t.Errorf("the last call is %q", got[len(got)-1])
	}
}

func TestOnlyTheChosenRadiosAreUsed(t *testing.T) {
	t.Parallel()
	r := start(t, func(settings map[string]any) { settings["uplinkInterface"] = "eno1" })
	v := r.signedIn()
	contains(t, v.get("/wifi").body, "No radio is free")
	for _, radio := range []string{apRadio, clientRadio, "wlan0", "", "--help"} {
		page := v.follow("/wifi/join", url.Values{"radio": {radio}, "ssid": {"net"}})
		contains(t, page.body, "no such radio")
	}
	if got := r.calls(); len(got) != 0 {
		t.Errorf("called %q", got)
	}
}

func TestHotspot(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	v.follow("/hotspot/switch", url.Values{"on": {"no"}})
	v.follow("/hotspot/switch", url.Values{"on": {"yes"}})
	v.follow("/hotspot/change", url.Values{"ssid": {"-Road two"}, "passphrase": {"correct horse battery"}})
	want := []string{
		"nmcli\tconnection\tdown\tid\ttravel-router",
		"nmcli\tconnection\tup\tid\ttravel-router",
		"nmcli\tconnection\tmodify\tid\ttravel-router\t802-11-wireless.ssid\t-Road two",
		"nmcli\tconnection\tup\tid\ttravel-router",
	}
	if diff := cmp.Diff(want, r.calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if got := r.read("passphrase"); got != "correct horse battery" {
		t.Errorf("the passphrase file holds %q", got)
	}
	info, err := os.Stat(r.dir + "/passphrase")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the passphrase file: %v, %v", info.Mode(), err)
	}
}

func TestADeclaredPassphraseIsNotChanged(t *testing.T) {
	t.Parallel()
	r := start(t, func(settings map[string]any) { settings["passphraseFile"] = nil })
	v := r.signedIn()
	if strings.Contains(v.get("/hotspot").body, `name="passphrase"`) {
		t.Error("the page asks for a passphrase that it cannot change")
	}
	page := v.follow("/hotspot/change", url.Values{"ssid": {"Road"}, "passphrase": {"12345678"}})
	contains(t, page.body, "part of the system&#x27;s configuration")
}

const tunnel = `[Interface]
PrivateKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
Address = 10.64.1.2/32 # mine
DNS = 10.64.0.1

[Peer]
PublicKey = BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=
AllowedIPs = 0.0.0.0/0
Endpoint = vpn.example.org:51820
`

func TestTunnelIsLoadedFromAFileThatGoesAway(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.write("connections", "travel-router\nwg-vpn\n")
	v := r.signedIn()
	contains(t, v.follow("/vpn/load", url.Values{"configuration": {tunnel}}).body, "the tunnel is loaded")
	calls := r.calls()
	if len(calls) != 3 || calls[0] != "nmcli\tconnection\tdelete\tid\twg-vpn" ||
		!strings.HasSuffix(calls[1], "/wg-vpn.conf") || !strings.Contains(calls[2], "\tipv4.dns-priority\t-50") {
		t.Errorf("calls %q", calls)
	}
	if r.read("imported") != tunnel || r.read("imported-mode") != "600\n" {
		t.Errorf("imported %q with mode %s", r.read("imported"), r.read("imported-mode"))
	}
	after, _ := os.ReadDir(r.dir)
	for _, entry := range after {
		if entry.IsDir() {
			t.Errorf("the folder %s stayed behind", entry.Name())
		}
	}
	v.follow("/vpn/switch", url.Values{"on": {"yes"}})
	if got := r.calls(); got[len(got)-1] != "nmcli\tconnection\tup\tid\twg-vpn" {
		t.Errorf("the last call is %q", got[len(got)-1])
	}
}

func TestATunnelThatRunsCommandsIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	for name, text := range map[string]string{
		"command":   strings.Replace(tunnel, "DNS", "PostUp = reboot\nDNS", 1),
		"section":   tunnel + "[Service]\nExecStart = reboot\n",
		"no peer":   strings.Split(tunnel, "[Peer]")[0],
		"no key":    strings.Replace(tunnel, "PrivateKey", "#PrivateKey", 1),
		"top level": "PrivateKey = x\n" + tunnel,
		"empty":     " ",
		"binary":    "\x00\x01\x02",
	} {
		page := v.follow("/vpn/load", url.Values{"configuration": {text}})
		if !strings.Contains(page.body, `class="message error"`) {
			t.Errorf("%s: no error on the page", name)
		}
	}
	if got := r.calls(); len(got) != 0 {
		t.Errorf("called %q", got)
	}
}

func TestPortalAndReboot(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	v.follow("/portal", nil)
	v.follow("/reboot", nil)
	want := []string{"systemctl\tstart\ttravel-router-portal.service", "systemctl\treboot"}
	if got := r.calls(); !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

func TestASilentNetworkManagerIsReported(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	r.write("fail", "device status\nError: NetworkManager is not running.\n")
	answer := v.get("/")
	if answer.code != http.StatusBadGateway {
		t.Errorf("code %d", answer.code)
	}
	contains(t, answer.body, "NetworkManager is not running")
}
