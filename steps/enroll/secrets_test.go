package enroll_test

import (
	"errors"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

const encryptedFile = `user:
    hashedPassword: ENC[AES256_GCM,data:x,type:str]
sops:
    version: 3.13.3
`

func sealing(t *testing.T, runner run.Runner) enroll.Sealing {
	t.Helper()
	answers := machine(true)
	answers.Users = append(answers.Users, steps.User{Name: "bob"})
	answers.Network.Wifi = []string{"home net"}
	answers.Modules.ArrStack = &steps.ArrStack{Sonarr: true, Jellyfin: true}
	return enroll.Sealing{
		Runner: runner, Answers: answers, Root: root(t, phrase()), Flake: "/flake", Path: "/bin", Program: "/bin/mnemonix", Plugins: "/run/p",
		Secrets: &steps.Secrets{
			UserPassword: secret.FromString("hunter22"),
			Wifi:         map[string]*secret.Secret{"home net": secret.FromString(`a "quoted\ key`)},
		},
	}
}

// What sops is given on its standard input is the whole file, and nothing of
// it is anywhere else.
func TestSealing(t *testing.T) {
	tunnel, err := root(t, phrase()).WireGuard("snix", 0)
	if err != nil {
		t.Fatal(err)
	}
	api, err := root(t, phrase()).ServiceKey("snix", "sonarr", 0)
	if err != nil {
		t.Fatal(err)
	}
	want := `"user":
  "hashedPassword": "$y$j9T$x"
"users":
  "bob":
    "hashedPassword": "!"
"wifi":
  "home net": "a \"quoted\\ key"
"wireguard":
  "privateKey": "` + shown(tunnel.Private) + `"
"services":
  "sonarr":
    "apiKey": "` + shown(api) + `"
`
	fake := run.NewFake(
		run.Expected{Argv: tools.Mkpasswd().Argv, Secret: "hunter22", Stdout: "$y$j9T$x\n"},
		run.Expected{Argv: tools.SopsEncrypt("/flake", "secrets/snix.yaml").Argv, Secret: want, Stdout: encryptedFile},
	)
	if err := sealing(t, fake).Carry(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	if text, err := fake.ReadFile("/flake/secrets/snix.yaml"); err != nil || string(text) != encryptedFile {
		t.Errorf("wrote %q, %v", text, err)
	}
	if _, err := fake.Stat("/run/p/age-plugin-tpm"); err == nil {
		t.Error("the plugin's link was left behind")
	}
}

func shown(value *secret.Secret) (text string) {
	value.Use(func(view []byte) { text = string(view) })
	return text
}

// A program that is missing, refuses or prints anything but a whole encrypted
// file writes nothing.
func TestSealingFails(t *testing.T) {
	hash := run.Expected{Argv: tools.Mkpasswd().Argv, Stdout: "$y$j9T$x\n"}
	sops := func(expected run.Expected) run.Expected {
		expected.Argv = tools.SopsEncrypt("/flake", "secrets/snix.yaml").Argv
		return expected
	}
	for name, test := range map[string]struct {
		fake *run.Fake
		want string
	}{
		"no sops":        {run.NewFake().Without("sops"), "sops is not installed"},
		"no mkpasswd":    {run.NewFake().Without("mkpasswd"), "mkpasswd is not installed"},
		"another hash":   {run.NewFake(run.Expected{Argv: tools.Mkpasswd().Argv, Stdout: "$6$x\n"}), "no yescrypt hash"},
		"sops refuses":   {run.NewFake(hash, sops(run.Expected{Status: 128, Stderr: "no matching creation rules\n"})), "no matching creation rules"},
		"nothing":        {run.NewFake(hash, sops(run.Expected{})), "without its own part"},
		"not encrypted":  {run.NewFake(hash, sops(run.Expected{Stdout: strings.ReplaceAll(encryptedFile, "ENC[", "x[")})), "left user as it was"},
		"no file of its": {run.NewFake(hash, sops(run.Expected{Stdout: "user: ENC[x]\n"})), "without its own part"},
	} {
		t.Run(name, func(t *testing.T) {
			err := sealing(t, test.fake).Carry(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			var missing *enroll.MissingError
			if strings.HasPrefix(name, "no s") || strings.HasPrefix(name, "no m") {
				if !errors.As(err, &missing) || !strings.Contains(missing.Hint(), "nixpkgs#") {
					t.Errorf("no way on in %v", err)
				}
			}
			if _, err := test.fake.Stat("/flake/secrets/snix.yaml"); err == nil {
				t.Error("something was written")
			}
		})
	}
}

func TestSealingNeedsEachWifiKey(t *testing.T) {
	made := sealing(t, run.NewFake(run.Expected{Argv: tools.Mkpasswd().Argv, Stdout: "$y$j9T$x\n"}))
	made.Secrets.Wifi = nil
	if err := made.Carry(t.Context()); err == nil || !strings.Contains(err.Error(), "home net was not given") {
		t.Errorf("%v", err)
	}
}
