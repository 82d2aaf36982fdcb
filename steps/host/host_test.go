package host

import (
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

func keysOf(questions []steps.Question) []string {
	var keys []string
	for _, question := range questions {
		keys = append(keys, question.Key)
	}
	return keys
}

func TestAsk(t *testing.T) {
	chosen := answers.Defaults(steps.Facts{})
	operator := []string{"host.name", "host.type", "users.0.name", "users.0.fullName", "users.0.email", "users.0.sshKeys", "userPassword"}
	if got := keysOf(Step{}.Ask(steps.Facts{}, chosen)); !slices.Equal(got, append(slices.Clone(operator), "users.1.name")) {
		t.Errorf("one person: %v", got)
	}
	if err := answers.Set(&chosen, "users.1.name", []string{"bob"}); err != nil {
		t.Fatal(err)
	}
	second := append(slices.Clone(operator), "users.1.name", "users.1.fullName", "users.1.email", "users.1.sshKeys", "users.2.name")
	if got := keysOf(Step{}.Ask(steps.Facts{}, chosen)); !slices.Equal(got, second) {
		t.Errorf("two people: %v", got)
	}
	if err := answers.Set(&chosen, "host.type", []string{"home"}); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(keysOf(Step{}.Ask(steps.Facts{}, chosen)), "userPassword") {
		t.Error("a home on another Linux asks for a password")
	}
}

// The operator comes first wherever the file has put them.
func TestOperatorFirst(t *testing.T) {
	chosen := answers.Defaults(steps.Facts{})
	chosen.Users = []steps.User{{Name: "bob"}, {Name: "alice", Operator: true}}
	keys := keysOf(Step{}.Ask(steps.Facts{}, chosen))
	if slices.Index(keys, "users.1.name") > slices.Index(keys, "users.0.name") {
		t.Errorf("%v", keys)
	}
}

// A machine that nobody could sign in to is not offered: without an SSH key
// the password has to be given.
func TestPasswordOrKey(t *testing.T) {
	for _, test := range []struct {
		keys     []string
		optional bool
	}{{nil, false}, {[]string{"ssh-ed25519 AAAA"}, true}} {
		chosen := steps.Answers{Host: steps.Host{Type: "server"}, Users: []steps.User{{Operator: true, SSHKeys: test.keys}}}
		for _, question := range (Step{}).Ask(steps.Facts{}, chosen) {
			if question.Key == password && (question.Optional != test.optional || question.Kind != steps.KindSecret) {
				t.Errorf("with %v: %+v", test.keys, question)
			}
		}
	}
}

// Every key that is asked is one that can be set, but for the secret.
func TestEveryKeyCanBeSet(t *testing.T) {
	chosen := answers.Defaults(steps.Facts{})
	for key, value := range map[string]string{
		"host.name": "box", "host.type": "server", "users.0.name": "alice", "users.0.fullName": "Alice", "users.0.email": "a@example.org",
		"users.1.name": "bob",
	} {
		if err := answers.Set(&chosen, key, []string{value}); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, question := range (Step{}).Ask(steps.Facts{}, chosen) {
		if question.Kind == steps.KindSecret {
			continue
		}
		values := question.Value
		if question.Key == "users.1.fullName" {
			values = []string{"Bob"}
		}
		if err := answers.Set(&chosen, question.Key, values); err != nil {
			t.Errorf("%s=%q: %v", question.Key, values, err)
		}
	}
}

func TestHostTypesThatCannotBe(t *testing.T) {
	chosen := answers.Defaults(steps.Facts{System: "aarch64-linux"})
	for _, option := range hostTypes(chosen) {
		if (option.Value == "windows") != (option.Unavailable != "") {
			t.Errorf("%+v", option)
		}
	}
}

func TestPlan(t *testing.T) {
	host := steps.Host{Name: "snix", Type: "laptop", System: "x86_64-linux"}
	for _, test := range []struct {
		name    string
		facts   steps.Facts
		host    steps.Host
		others  []steps.Answers
		blocker string
		warning string
	}{
		{"alone", steps.Facts{System: "x86_64-linux"}, host, nil, "", ""},
		{"beside another", steps.Facts{}, host, []steps.Answers{{Host: steps.Host{Name: "slax"}}}, "", ""},
		{"one name", steps.Facts{}, host, []steps.Answers{{Host: steps.Host{Name: "snix"}}}, "has a host of the name snix", ""},
		{"one key name", steps.Facts{}, host, []steps.Answers{{Host: steps.Host{Name: "old", KeyName: "snix"}}}, "carry the name snix", ""},
		{"another processor", steps.Facts{System: "aarch64-linux"}, host, nil, "x86_64-linux", ""},
		{
			"a laptop as a server",
			steps.Facts{Machine: steps.Machine{Chassis: "laptop"}},
			steps.Host{Name: "srv", Type: "server", System: "x86_64-linux"},
			nil, "", "lid",
		},
	} {
		plan := steps.Plan{}
		Step{}.Plan(steps.Input{Facts: test.facts, Answers: steps.Answers{Host: test.host}, Hosts: test.others}, &plan)
		for _, check := range []struct {
			got  []steps.Problem
			want string
		}{{plan.Blockers, test.blocker}, {plan.Warnings, test.warning}} {
			if (len(check.got) == 0) != (check.want == "") || len(check.got) > 0 && !strings.Contains(check.got[0].Text, check.want) {
				t.Errorf("%s: %v, want %q", test.name, check.got, check.want)
			}
		}
	}
}
