package enroll_test

import (
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
)

func yes() *bool { v := true; return &v }

func no() *bool { v := false; return &v }

var withTPM = steps.Facts{TPM: steps.TPM{Present: true, Version: "2.0", Usable: true, Device: "/dev/tpmrm0"}}

func TestAsk(t *testing.T) {
	laptop := steps.Host{Name: "snix", Type: "laptop"}
	server := steps.Host{Name: "rack", Type: "server"}
	for name, test := range map[string]struct {
		facts   steps.Facts
		answers steps.Answers
		want    string
	}{
		"a laptop holds its operator's keys, with a PIN": {
			withTPM, steps.Answers{Host: laptop, TPM: steps.TPMChoices{Keys: true}}, "tpm.keys tpm.operatorKeys tpm.pin pin",
		},
		"a PIN that was declined is not asked for": {
			withTPM, steps.Answers{Host: laptop, TPM: steps.TPMChoices{Keys: true, PIN: no()}}, "tpm.keys tpm.operatorKeys tpm.pin",
		},
		"a server does not hold the operator's keys": {
			withTPM, steps.Answers{Host: server, TPM: steps.TPMChoices{Keys: true}}, "tpm.keys tpm.operatorKeys",
		},
		"unless that was chosen": {
			withTPM, steps.Answers{Host: server, TPM: steps.TPMChoices{Keys: true, OperatorKeys: yes()}}, "tpm.keys tpm.operatorKeys tpm.pin pin",
		},
		"keys in files ask nothing more": {
			withTPM, steps.Answers{Host: laptop}, "tpm.keys",
		},
		"the operator's keys in files have a passphrase": {
			withTPM, steps.Answers{Host: laptop, TPM: steps.TPMChoices{OperatorKeys: yes()}}, "tpm.keys pin",
		},
		"without a TPM there is a report in place of the question": {
			steps.Facts{}, steps.Answers{Host: laptop}, "report",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, question := range (enroll.Step{}).Ask(test.facts, test.answers) {
				if question.Kind == steps.KindReport {
					question.Key = "report"
				}
				got = append(got, question.Key)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("asks %q, want %q", got, test.want)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	for name, test := range map[string]struct {
		facts    steps.Facts
		answers  steps.Answers
		secrets  []string
		blockers string
		warnings string
	}{
		"into the TPM with a PIN": {
			facts:   withTPM,
			answers: steps.Answers{Host: steps.Host{Name: "snix", Type: "laptop"}, Boot: steps.Boot{Unlock: "tpm"}, TPM: steps.TPMChoices{Keys: true}},
			secrets: []string{"words", "wordsPassphrase", "pin"},
		},
		"a TPM that is not there blocks": {
			facts:    steps.Facts{TPM: steps.TPM{Problem: "it is switched off"}},
			answers:  steps.Answers{Host: steps.Host{Name: "snix", Type: "server"}, Boot: steps.Boot{Unlock: "passphrase"}, TPM: steps.TPMChoices{Keys: true}},
			secrets:  []string{"words", "wordsPassphrase"},
			blockers: "the keys are to live in the TPM, but it is switched off",
		},
		"files on an open disk are warned of": {
			answers:  steps.Answers{Host: steps.Host{Name: "tv", Type: "appliance"}, Boot: steps.Boot{Unlock: "none"}},
			secrets:  []string{"words", "wordsPassphrase"},
			warnings: "plain files on a disk that is not encrypted",
		},
		"so is a PIN that was declined": {
			facts:    withTPM,
			answers:  steps.Answers{Host: steps.Host{Name: "snix", Type: "laptop"}, Boot: steps.Boot{Unlock: "tpm"}, TPM: steps.TPMChoices{Keys: true, PIN: no()}},
			secrets:  []string{"words", "wordsPassphrase"},
			warnings: "root on this machine can sign in anywhere",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var plan steps.Plan
			enroll.Step{}.Plan(steps.Input{Facts: test.facts, Answers: test.answers, Target: "/mnt"}, &plan)
			if len(plan.Actions) != 1 || !slices.Equal(plan.Actions[0].Secrets, test.secrets) {
				t.Errorf("actions %+v, want one with the secrets %v", plan.Actions, test.secrets)
			}
			expect(t, "blockers", plan.Blockers, test.blockers)
			expect(t, "warnings", plan.Warnings, test.warnings)
		})
	}
}

func expect(t *testing.T, what string, got []steps.Problem, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("%s %v, want none", what, got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0].Text, want)):
		t.Errorf("%s %v, want one that says %q", what, got, want)
	}
}

func TestNothingIsEnrolledWhereNothingOfOursBoots(t *testing.T) {
	for _, kind := range []string{"windows", "home"} {
		var plan steps.Plan
		enroll.Step{}.Plan(steps.Input{Answers: steps.Answers{Host: steps.Host{Name: "x", Type: kind}, TPM: steps.TPMChoices{Keys: true}}}, &plan)
		if len(plan.Actions)+len(plan.Blockers) > 0 {
			t.Errorf("%s: %+v", kind, plan)
		}
	}
}
