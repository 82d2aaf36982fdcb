// Package keys tests that other programs use the keys: sops here.
package keys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2/transport"
	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// The secrets that an installation encrypts with sops are decrypted by sops
// with the machine's key in its TPM, and by the words alone.
func TestSops(t *testing.T) {
	sops, mkpasswd := need.Program(t, "sops"), need.Program(t, "mkpasswd")
	swtpm := "swtpm:" + startTPM(t)
	program := need.Built(t, ".")
	t.Setenv("PATH", filepath.Dir(sops)+":"+filepath.Dir(mkpasswd)+":"+os.Getenv("PATH"))
	flake, target := t.TempDir(), t.TempDir()
	answers := steps.Answers{
		Host: steps.Host{Name: "snix", Type: "server"}, TPM: steps.TPMChoices{Keys: true},
		Users: []steps.User{{Name: "alice", Operator: true}},
	}
	answers.Network.Wifi = []string{"home: net"}
	answers.Modules.ArrStack = &steps.ArrStack{Sonarr: true}
	root := theRoot(t)
	runner := run.NewReal("", nil)
	result, err := enroll.Enrolment{
		Runner: runner, Answers: answers, Root: root, Target: target, Flake: flake,
		Open: func() (transport.TPMCloser, error) { return device.Open(swtpm) },
	}.Carry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rules := "creation_rules:\n  - path_regex: ^secrets/snix\\.yaml$\n    key_groups:\n      - age:\n          - " +
		result.Keys.User.Age.RecipientTPM + "\n          - " + result.Keys.Host.Age.RecipientTPM + "\n"
	write(t, filepath.Join(flake, ".sops.yaml"), rules)
	plugins := filepath.Join(t.TempDir(), "plugins")
	err = enroll.Sealing{
		Runner: runner, Answers: answers, Root: root, Flake: flake, Path: os.Getenv("PATH"), Program: program, Plugins: plugins,
		Secrets: &steps.Secrets{
			UserPassword: secret.FromString("hunter22"),
			Wifi:         map[string]*secret.Secret{"home: net": secret.FromString(`"it's" \ secret`)},
		},
	}.Carry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(flake, "secrets/snix.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range []string{"hunter22", "$y$", "it's"} {
		if strings.Contains(string(text), plain) {
			t.Errorf("%q is in the encrypted file", plain)
		}
	}

	// With the machine's key in its TPM, and with the operator's key that was
	// made from the words and was never on this machine.
	pair := derived(t, root)
	software := format.AgeSoftwareFile(pair.ECDH(), pair.Private())
	words := filepath.Join(t.TempDir(), "words.txt")
	software.Use(func(view []byte) { write(t, words, string(view)) })
	links := t.TempDir()
	for _, name := range []string{format.PluginTPM, format.PluginSoftware} {
		if err := os.Symlink(program, filepath.Join(links, "age-plugin-"+name)); err != nil {
			t.Fatal(err)
		}
	}
	decrypt := func(identity, tpm string) (string, error) {
		command := exec.Command(sops, "decrypt", file)
		command.Env = append(os.Environ(), "PATH="+links+":"+os.Getenv("PATH"), "SOPS_AGE_KEY_FILE="+identity,
			"MNEMONIX_TPM="+tpm, "HOME="+t.TempDir())
		output, err := command.Output()
		return string(output), err
	}
	machineKey := enroll.Places(answers, target)["host/age"].Private
	byTPM, err := decrypt(machineKey, swtpm)
	if err != nil {
		t.Fatalf("with the key in the TPM: %v", err)
	}
	byWords, err := decrypt(words, device.None)
	if err != nil {
		t.Fatalf("with the words alone: %v", err)
	}
	if byTPM != byWords {
		t.Error("the two decrypt to different files")
	}
	if _, err := decrypt(machineKey, "swtpm:"+startTPM(t)); err == nil {
		t.Error("another TPM decrypted it with the machine's identity file")
	}
	compare(t, byTPM, root)
}

func compare(t *testing.T, text string, root *derive.Root) {
	t.Helper()
	var got struct {
		User struct {
			HashedPassword string `yaml:"hashedPassword"`
		}
		Wifi      map[string]string
		WireGuard struct {
			PrivateKey string `yaml:"privateKey"`
		} `yaml:"wireguard"`
		Services map[string]struct {
			APIKey string `yaml:"apiKey"`
		}
	}
	if err := yaml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Wifi["home: net"] != `"it's" \ secret` || !strings.HasPrefix(got.User.HashedPassword, "$y$") {
		t.Errorf("decrypted to another Wi-Fi key or hash")
	}
	key, err := root.ServiceKey("snix", "sonarr", 0)
	if err != nil || !key.Equal(secret.FromString(got.Services["sonarr"].APIKey)) {
		t.Error("the API key is another than the words give")
	}
	tunnel, err := root.WireGuard("snix", 0)
	if err != nil || !tunnel.Private.Equal(secret.FromString(got.WireGuard.PrivateKey)) {
		t.Error("the WireGuard key is another than the words give")
	}
}

func theRoot(t *testing.T) *derive.Root {
	t.Helper()
	mnemonic, err := words.Parse(secret.FromString(strings.Repeat("abandon ", 23) + "art"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := derive.New(mnemonic, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(root.Wipe)
	return root
}

func derived(t *testing.T, root *derive.Root) *derive.KeyPair {
	t.Helper()
	label, err := derive.User(derive.Age, 0)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := root.P256(label)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
