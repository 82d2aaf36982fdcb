package features

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

var (
	gpu    = steps.Device{Bus: "pci", Slot: "0000:01:00.0", Class: "gpu", VendorID: "10de", DeviceID: "2684", Vendor: "NVIDIA", Name: "AD102"}
	sound  = steps.Device{Bus: "pci", Slot: "0000:01:00.1", Class: "audio", VendorID: "10de", DeviceID: "22ba"}
	nic    = steps.Device{Bus: "pci", Class: "ethernet", VendorID: "8086", DeviceID: "15f3"}
	laptop = steps.Facts{
		System: "x86_64-linux", CPU: steps.CPU{Vendor: "amd", Threads: 8, Virtualization: "svm"}, Devices: []steps.Device{gpu, sound, nic},
		Network: steps.Network{Links: []steps.Link{{Name: "eno1", Kind: "ethernet"}, {Name: "wlp3s0", Kind: "wifi", Driver: "iwlwifi", AccessPoint: true}}},
	}
	bare = steps.Facts{System: "x86_64-linux", CPU: steps.CPU{Vendor: "intel", Threads: 4}, Devices: []steps.Device{nic}}
)

// with are sound answers with some of them set.
func with(t testing.TB, pairs ...string) steps.Answers {
	t.Helper()
	chosen := answers.Defaults(laptop)
	if err := answers.Set(&chosen, "features", nil); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		var values []string
		if pairs[i+1] != "" {
			values = strings.Split(pairs[i+1], "|")
		}
		if err := answers.Set(&chosen, pairs[i], values); err != nil {
			t.Fatal(err)
		}
	}
	return chosen
}

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvFpPGYW6nF2kRlR1D9vC2pYv0kq9iN2b0m8lWv3n5d a"

func TestWarnings(t *testing.T) {
	for _, test := range []struct {
		name  string
		facts steps.Facts
		set   []string
		key   string
		text  string // empty: no warning of that key
	}{
		{"gaming on a server", laptop, []string{"host.type", "server", "features", "gaming"}, "features", "gaming on a server"},
		{"gaming on a desktop", laptop, []string{"features", "gaming"}, "features", ""},
		{"gaming without a card", bare, []string{"features", "gaming"}, "features", "no graphics card"},
		{"gaming where nothing is known", steps.Facts{}, []string{"features", "gaming"}, "features", ""},
		{"gaming with sshd open", laptop, []string{"features", "gaming", "users.0.sshKeys", key}, "features", "over the network"},
		{"gaming on arm", laptop, []string{"host.system", "aarch64-linux", "features", "gaming"}, "features", "aarch64"},
		{"multimedia without a screen", laptop, []string{"features", "headless|multimedia", "users.0.sshKeys", key}, "features", "multimedia on a machine without a screen"},
		{"multimedia on a server", laptop, []string{"host.type", "server", "desktop", "none", "features", "multimedia"}, "features", "without a screen"},
		{"multimedia on a player", laptop, []string{"host.type", "appliance", "desktop", "none", "features", "multimedia"}, "features", ""},
		{"development without keys", laptop, []string{"features", "development"}, "features", "without signing keys"},
		{"development with keys", laptop, []string{"tpm.keys", "true", "features", "development"}, "features", ""},
		{"security without encryption", laptop, []string{"disk.layout", "ext4", "features", "security"}, "features", "not encrypted"},
		{"security with encryption", laptop, []string{"features", "security"}, "features", ""},
		{"virtualization without kvm", bare, []string{"features", "virtualization"}, "features", "virtualization extension"},
		{"headless without ssh", laptop, []string{"features", "headless"}, "features", "nobody can sign in"},
		{"server without ssh", laptop, []string{"host.type", "server"}, "host.type", "only from its console"},
		{"server with ssh", laptop, []string{"host.type", "server", "users.0.sshKeys", key}, "host.type", ""},
		{"four features", laptop, []string{"features", "backup|multimedia|security|infrastructure"}, "features", ""},
		{"five features", laptop, []string{"features", "backup|multimedia|security|infrastructure|virtualization"}, "features", "more than four"},
		{"router without a radio", bare, []string{"modules.travelRouter", "true"}, "modules.travelRouter", "access point"},
		{"router on a cable", laptop, []string{"modules.travelRouter.apInterface", "eno1"}, "modules.travelRouter.apInterface", "no Wi-Fi"},
		{"router on nothing", laptop, []string{"modules.travelRouter.apInterface", "wlan7"}, "modules.travelRouter.apInterface", "no interface wlan7"},
		{"router", laptop, []string{"modules.travelRouter.apInterface", "wlp3s0"}, "modules.travelRouter.apInterface", ""},
		{"card of another machine", laptop, []string{
			"features", "virtualization", "modules.virtualization", "true", "modules.virtualization.gpuPassthrough", "1002:744c",
		}, "modules.virtualization.gpuPassthrough", "no device 1002:744c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			problems := Warnings(test.facts, with(t, test.set...))
			problems = slices.DeleteFunc(problems, func(p steps.Problem) bool { return p.Key != test.key })
			found := slices.ContainsFunc(problems, func(p steps.Problem) bool { return strings.Contains(p.Text, test.text) && p.Hint != "" })
			if test.text == "" && len(problems) > 0 || test.text != "" && !found {
				t.Errorf("the warnings are %v", problems)
			}
		})
	}
}

// Every hardware fact that the catalog names is one that can be looked up,
// and each one is named.
func TestHardwareFactsOfTheCatalog(t *testing.T) {
	named := map[string]bool{}
	for _, group := range assets.Load().Groups() {
		for _, entry := range group.Entries {
			for _, fact := range entry.Needs.Facts {
				named[fact] = true
				if _, known := hardware[fact]; !known {
					t.Errorf("%s needs the fact %s, which nobody looks up", entry.Name, fact)
				}
			}
		}
	}
	for fact := range hardware {
		if !named[fact] {
			t.Errorf("nothing needs the fact %s", fact)
		}
	}
}

func question(questions []steps.Question, key string) (steps.Question, bool) {
	i := slices.IndexFunc(questions, func(q steps.Question) bool { return q.Key == key })
	if i < 0 {
		return steps.Question{}, false
	}
	return questions[i], true
}

func option(t *testing.T, question steps.Question, value string) steps.Option {
	t.Helper()
	for _, option := range question.Options {
		if option.Value == value {
			return option
		}
	}
	t.Fatalf("%s has no %s", question.Key, value)
	return steps.Option{}
}

func TestAskSaysWhatCannotBeChosen(t *testing.T) {
	gaming := Step{}.Ask(laptop, with(t, "features", "gaming"))
	features, _ := question(gaming, "features")
	if reason := option(t, features, "headless").Unavailable; !strings.Contains(reason, "gaming") {
		t.Errorf("headless beside gaming: %q", reason)
	}
	for _, free := range []string{"gaming", "backup"} {
		if reason := option(t, features, free).Unavailable; reason != "" {
			t.Errorf("%s cannot be chosen: %s", free, reason)
		}
	}
	windows, _ := question(Step{}.Ask(laptop, with(t, "host.type", "windows")), "features")
	if reason := option(t, windows, "gaming").Unavailable; !strings.Contains(reason, "windows") {
		t.Errorf("gaming on windows: %q", reason)
	}
	// The desktop that is chosen does not stand in the way of headless: it follows.
	plain, _ := question(Step{}.Ask(laptop, with(t, "desktop", "plasma")), "features")
	if reason := option(t, plain, "headless").Unavailable; reason != "" {
		t.Errorf("headless cannot be chosen: %s", reason)
	}
}

func TestAskFollowsTheAnswers(t *testing.T) {
	for _, test := range []struct {
		name   string
		facts  steps.Facts
		set    []string
		asked  []string
		absent []string
	}{
		{"nothing", laptop, nil, []string{"features", "desktop", "modules.travelRouter", "modules.arrStack"}, []string{
			"modules.virtualization", "modules.wintv", "modules.travelRouter.ssid", "modules.arrStack.mediaDir",
		}},
		{"headless", laptop, []string{"features", "headless"}, []string{"modules.arrStack"}, []string{"desktop"}},
		{"no radio", bare, nil, []string{"modules.arrStack"}, []string{"modules.travelRouter"}},
		{"windows", laptop, []string{"host.type", "windows"}, []string{"modules.wintv"}, []string{"desktop", "modules.travelRouter", "modules.arrStack"}},
		{"router", laptop, []string{"modules.travelRouter", "true"}, []string{
			"modules.travelRouter.apInterface", "modules.travelRouter.ssid", "modules.travelRouter.vpn", "modules.travelRouter.webUI",
		}, nil},
		{"guests", laptop, []string{"features", "virtualization", "modules.virtualization", "true"}, []string{
			"modules.virtualization.libvirt", "modules.virtualization.microvm", "modules.virtualization.gpuPassthrough",
		}, nil},
		{"guests without kvm", bare, []string{"features", "virtualization", "modules.virtualization", "true"}, []string{
			"modules.virtualization.podman",
		}, []string{"modules.virtualization.gpuPassthrough"}},
		{"arr", laptop, []string{"modules.arrStack", "true"}, []string{"modules.arrStack.mediaDir", "modules.arrStack.bazarr"}, nil},
	} {
		questions := Step{}.Ask(test.facts, with(t, test.set...))
		for _, key := range test.asked {
			if _, there := question(questions, key); !there {
				t.Errorf("%s: %s is not asked", test.name, key)
			}
		}
		for _, key := range test.absent {
			if _, there := question(questions, key); there {
				t.Errorf("%s: %s is asked", test.name, key)
			}
		}
	}
}

func TestAskForTheRadio(t *testing.T) {
	ask := func(links ...steps.Link) steps.Question {
		facts := laptop
		facts.Network.Links = links
		asked, _ := question(Step{}.Ask(facts, with(t, "modules.travelRouter", "true")), "modules.travelRouter.apInterface")
		return asked
	}
	able, unable := steps.Link{Name: "wlan0", Kind: "wifi", AccessPoint: true}, steps.Link{Name: "wlan1", Kind: "wifi"}
	if got := ask(unable, able); got.Kind != steps.KindChoice || !slices.Equal(got.Value, []string{"wlan0"}) || got.Options[0].Unavailable == "" {
		t.Errorf("%+v", got)
	}
	if got := ask(unable); got.Kind != steps.KindText {
		t.Errorf("no radio that can, and still a choice: %+v", got)
	}
}

// Whatever is chosen, every key that is asked can be set to its value, and
// a value that is offered without a reason against it is accepted.
func TestEveryOfferIsAccepted(t *testing.T) {
	hostTypes := assets.Names(assets.Load().HostTypes)
	features := assets.Names(assets.Load().Features)
	rapid.Check(t, func(t *rapid.T) {
		facts := rapid.SampledFrom([]steps.Facts{{}, laptop, bare}).Draw(t, "facts")
		chosen := answers.Defaults(facts)
		for _, set := range []struct {
			key    string
			values []string
		}{
			{"host.type", []string{rapid.SampledFrom(hostTypes).Draw(t, "type")}},
			{"features", rapid.SliceOfNDistinct(rapid.SampledFrom(features), 0, 4, func(s string) string { return s }).Draw(t, "features")},
			{"modules.travelRouter", []string{"true"}},
			{"modules.virtualization", []string{"true"}},
		} {
			_ = answers.Set(&chosen, set.key, set.values) // refused is fine here
		}
		for _, asked := range (Step{}).Ask(facts, chosen) {
			if asked.Key == "" {
				continue
			}
			if asked.Value != nil && asked.Kind != steps.KindChoices {
				next := chosen
				if err := answers.Set(&next, asked.Key, asked.Value); err != nil && !proposedElsewhere(asked.Key) {
					t.Fatalf("%s proposes %q: %v", asked.Key, asked.Value, err)
				}
			}
			free := slices.DeleteFunc(slices.Clone(asked.Options), func(option steps.Option) bool { return option.Unavailable != "" })
			if len(free) == 0 {
				continue
			}
			next, option := chosen, rapid.SampledFrom(free).Draw(t, asked.Key)
			if err := answers.Set(&next, asked.Key, []string{option.Value}); err != nil {
				t.Fatalf("%s offers %s: %v", asked.Key, option.Value, err)
			}
		}
	})
}

// proposedElsewhere says whether an answer was proposed for another kind of host and
// is asked again for that reason.
func proposedElsewhere(key string) bool { return key == "features" || key == "desktop" }

func TestPlanWarnsLikeTheWizard(t *testing.T) {
	chosen := with(t, "host.type", "server", "features", "gaming")
	plan := steps.Plan{}
	Step{}.Plan(steps.Input{Facts: laptop, Answers: chosen}, &plan)
	if diff := cmp.Diff(Warnings(laptop, chosen), plan.Warnings); diff != "" || len(plan.Warnings) == 0 {
		t.Errorf("(-wizard +plan):\n%s", diff)
	}
}
