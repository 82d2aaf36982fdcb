package network

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

func detect(t *testing.T, describe func(*machine.Machine)) steps.Facts {
	t.Helper()
	m := machine.New("host", "6.12.60")
	m.Loopback()
	describe(m)
	root := t.TempDir()
	if err := m.Write(root); err != nil {
		t.Fatal(err)
	}
	var facts steps.Facts
	Step{}.Detect(context.Background(), run.NewReal(root, nil))(&facts)
	return facts
}

const slot = "pci0000:00/0000:00:1f.6"

func TestLinks(t *testing.T) {
	got := detect(t, func(m *machine.Machine) {
		m.PCI(slot, "020000", "8086:15bc", "e1000e", "", "")
		m.Net(slot, "eno1", "00:00:5e:00:53:01", true, -1)
		m.PCI("pci0000:00/0000:00:14.3", "028000", "8086:51f0", "iwlwifi", "", "")
		m.Net("pci0000:00/0000:00:14.3", "wlp0s20f3", "00:00:5e:00:53:02", false, 0)
		m.Net("pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.4", "wwp0s20u3i4", "00:00:5e:00:53:03", false, -1)
		m.Files("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.4/net/wwp0s20u3i4", map[string]string{"uevent": "DEVTYPE=wwan\nINTERFACE=wwp0s20u3i4"})
		m.Files("/sys/devices/virtual/net/docker0", map[string]string{"type": "1", "operstate": "up", "carrier": "1"})
		m.Link("/sys/class/net/docker0", "/sys/devices/virtual/net/docker0")
		m.File("/tools/iw.txt", "Wiphy phy0\n\tSupported interface modes:\n\t\t * managed\n\t\t * AP\n")
	})
	want := []steps.Link{
		{Name: "eno1", Kind: "ethernet", Up: true, Driver: "e1000e"},
		{Name: "wlp0s20f3", Kind: "wifi", Driver: "iwlwifi", AccessPoint: true},
		{Name: "wwp0s20u3i4", Kind: "cellular"},
	}
	if diff := cmp.Diff(want, got.Network.Links); diff != "" {
		t.Error(diff)
	}
	if len(got.Absent) > 0 {
		t.Errorf("absent: %v", got.Absent)
	}
}

// TestOnline sends nothing: a route and a carrier are what can be read.
func TestOnline(t *testing.T) {
	const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	for name, test := range map[string]struct {
		v4, v6 string
		want   bool
	}{
		"default route":                 {v4: head + "eno1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", want: true},
		"default route without carrier": {v4: head + "eno2\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"},
		"route that is down":            {v4: head + "eno1\t00000000\t0102A8C0\t0002\t0\t0\t100\t00000000\t0\t0\t0\n"},
		"half of a default route":       {v4: head + "eno1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000080\t0\t0\t0\n"},
		"route to the own network":      {v4: head + "eno1\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"},
		"IPv6":                          {v6: strings.Repeat("0", 32) + " 00 " + strings.Repeat("0", 32) + " 00 fe800000000000000000000000000001 00000064 00000001 00000000 00000003     eno1\n", want: true},
		"IPv6 that rejects":             {v6: strings.Repeat("0", 32) + " 00 " + strings.Repeat("0", 32) + " 00 " + strings.Repeat("0", 32) + " ffffffff 00000001 00000000 00200200       lo\n"},
		"nothing":                       {},
	} {
		got := detect(t, func(m *machine.Machine) {
			m.Net(slot, "eno1", "00:00:5e:00:53:01", true, -1)
			m.Net(slot, "eno2", "00:00:5e:00:53:02", false, -1)
			m.File("/proc/net/route", test.v4)
			m.File("/proc/net/ipv6_route", test.v6)
		})
		if got.Network.Online != test.want {
			t.Errorf("%s: online is %v", name, got.Network.Online)
		}
	}
}

func FuzzRoutes(f *testing.F) {
	f.Add("eno1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n")
	f.Add(strings.Repeat("0", 32) + " 00 x 00 y 00000064 00000001 00000000 00000003 eno1\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, link := range append(defaultRoutes(text), defaultRoutes6(text)...) {
			if link == "" || !strings.Contains(text, link) {
				t.Errorf("a route over a link that is not there: %q", link)
			}
		}
	})
}

func TestAsk(t *testing.T) {
	wifi := steps.Facts{Network: steps.Network{Links: []steps.Link{{Name: "wlp3s0", Kind: "wifi"}}}}
	keys := func(facts steps.Facts, names ...string) []string {
		var list []string
		for _, question := range (Step{}).Ask(facts, steps.Answers{Network: steps.WifiNames{Wifi: names}}) {
			list = append(list, string(question.Kind)+" "+question.Key)
		}
		return list
	}
	for name, test := range map[string]struct{ got, want []string }{
		"no radio":            {keys(steps.Facts{}), []string{"report "}},
		"a radio":             {keys(wifi), []string{"report ", "list network.wifi"}},
		"two networks":        {keys(wifi, "home-net", "café 5"), []string{"report ", "list network.wifi", "secret wifi.home-net", "secret wifi.café 5"}},
		"names, and no radio": {keys(steps.Facts{}, "home-net"), []string{"report ", "list network.wifi", "secret wifi.home-net"}},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestWarnings(t *testing.T) {
	facts := steps.Facts{Network: steps.Network{Links: []steps.Link{{Name: "eno1", Kind: "ethernet"}, {Name: "wlp3s0", Kind: "wifi", AccessPoint: true}}}}
	router := func(link string) steps.Answers {
		return steps.Answers{Modules: steps.Modules{TravelRouter: &steps.TravelRouter{APInterface: link}}}
	}
	for name, test := range map[string]struct {
		facts   steps.Facts
		answers steps.Answers
		want    string
	}{
		"the right radio":     {facts, router("wlp3s0"), ""},
		"no such link":        {facts, router("wlan0"), "this machine has no such link"},
		"a cable":             {facts, router("eno1"), "it is no Wi-Fi device"},
		"nothing is known":    {steps.Facts{}, router("wlan0"), ""},
		"Wi-Fi without radio": {steps.Facts{}, steps.Answers{Network: steps.WifiNames{Wifi: []string{"home-net"}}}, "no Wi-Fi device was found"},
		"Wi-Fi with a radio":  {facts, steps.Answers{Network: steps.WifiNames{Wifi: []string{"home-net"}}}, ""},
	} {
		plan := steps.Plan{}
		Step{}.Plan(steps.Input{Facts: test.facts, Answers: test.answers}, &plan)
		found := slices.ContainsFunc(plan.Warnings, func(problem steps.Problem) bool {
			return strings.Contains(problem.Text, test.want) && problem.Hint != "" && problem.Key != ""
		})
		if (test.want == "") != (len(plan.Warnings) == 0) || test.want != "" && !found {
			t.Errorf("%s: got %v", name, plan.Warnings)
		}
	}
}
