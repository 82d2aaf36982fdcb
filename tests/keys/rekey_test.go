package keys

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// fleet is a flake with the secrets of one machine, and the programs that open
// them.
type fleet struct {
	t                                  *testing.T
	flake, target, swtpm, program, out string
	runner                             run.Runner
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	sops, mkpasswd := need.Program(t, "sops"), need.Program(t, "mkpasswd")
	f := &fleet{
		t: t, flake: t.TempDir(), target: t.TempDir(), swtpm: "swtpm:" + startTPM(t), program: need.Built(t, "."),
		out: filepath.Join(t.TempDir(), "plugins"), runner: run.NewReal("", nil),
	}
	t.Setenv("PATH", filepath.Dir(sops)+":"+filepath.Dir(mkpasswd)+":"+os.Getenv("PATH"))
	t.Setenv("MNEMONIX_TPM", f.swtpm)
	return f
}

func (f *fleet) rekeying() enroll.Rekeying {
	return enroll.Rekeying{Program: f.program, Plugins: f.out, Path: os.Getenv("PATH"), TPM: f.swtpm}
}

func machineNamed(name string) steps.Answers {
	return steps.Answers{
		Host: steps.Host{Name: name, Type: "server"}, TPM: steps.TPMChoices{Keys: true},
		Users: []steps.User{{Name: "alice", Operator: true}},
	}
}

func (f *fleet) enrolment(name string, root *derive.Root) enroll.Enrolment {
	return enroll.Enrolment{
		Runner: f.runner, Answers: machineNamed(name), Root: root, Target: f.target, Flake: f.flake,
		Open: func() (transport.TPMCloser, error) { return device.Open(f.swtpm) },
	}
}

// seal writes the machine's secrets; rules says who may read which file.
func (f *fleet) seal(name string, root *derive.Root, rules map[string][]string) {
	f.t.Helper()
	text := "creation_rules:\n"
	for file, recipients := range rules {
		text += fmt.Sprintf("  - path_regex: ^secrets/%s\\.yaml$ # by hand\n    age: %q\n", file, strings.Join(recipients, ","))
	}
	write(f.t, filepath.Join(f.flake, ".sops.yaml"), text)
	err := enroll.Sealing{
		Runner: f.runner, Answers: machineNamed(name), Root: root, Flake: f.flake, Path: os.Getenv("PATH"),
		Program: f.program, Plugins: f.out, Secrets: &steps.Secrets{UserPassword: secret.FromString("hunter22")},
	}.Carry(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
}

// opens says whether the identity decrypts a machine's secrets.
func (f *fleet) opens(name string, identity *secret.Secret) error {
	f.t.Helper()
	file := filepath.Join(f.t.TempDir(), "identity")
	identity.Use(func(view []byte) { write(f.t, file, string(view)) })
	links := f.t.TempDir()
	for _, plugin := range []string{format.PluginTPM, format.PluginSoftware} {
		if err := os.Symlink(f.program, filepath.Join(links, "age-plugin-"+plugin)); err != nil {
			f.t.Fatal(err)
		}
	}
	command := exec.Command("sops", "decrypt", filepath.Join(f.flake, "secrets", name+".yaml"))
	command.Env = append(os.Environ(), "PATH="+links+":"+os.Getenv("PATH"), "SOPS_AGE_KEY_FILE="+file, "HOME="+f.t.TempDir())
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

func operator(t *testing.T, root *derive.Root) *secret.Secret {
	t.Helper()
	identity, err := enroll.OperatorIdentity(root)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func otherRoot(t *testing.T) *derive.Root {
	t.Helper()
	mnemonic, err := words.Parse(secret.FromString(strings.Repeat("zoo ", 23) + "vote"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := derive.New(mnemonic, nil)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func publicKeys(t *testing.T, root *derive.Root, name string) *format.PublicKeys {
	t.Helper()
	keys, err := format.NewPublicKeys(root, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// When the keys of a machine are replaced by those of other words, its secrets
// go over to them; what is written by hand into the rules stays.
func TestRekeyToOtherWords(t *testing.T) {
	if testing.Short() {
		t.Skip("real keys and secrets: not in the inner loop")
	}
	f, mine, other := newFleet(t), theRoot(t), otherRoot(t)
	if _, err := f.enrolment("snix", mine).Carry(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys := publicKeys(t, mine, "snix")
	f.seal("snix", mine, map[string][]string{"snix": {keys.User.Age.RecipientTPM, keys.Host.Age.RecipientTPM}})

	same, err := f.enrolment("snix", mine).Rekey(t.Context(), f.rekeying())
	if err != nil || same {
		t.Errorf("with the same words: %v, %v", same, err)
	}
	old, err := os.ReadFile(filepath.Join(f.flake, "secrets/snix.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	changed, err := f.enrolment("snix", other).Rekey(t.Context(), f.rekeying())
	if err != nil || !changed {
		t.Fatalf("with other words: %v, %v", changed, err)
	}
	if err := f.opens("snix", operator(t, other)); err != nil {
		t.Errorf("with the new words: %v", err)
	}
	if f.opens("snix", operator(t, mine)) == nil {
		t.Error("the old words still open it")
	}
	f.notByOldData("snix", old, mine)
	rules, err := os.ReadFile(filepath.Join(f.flake, ".sops.yaml"))
	if err != nil || !strings.Contains(string(rules), "# by hand") || strings.Contains(string(rules), keys.Host.Age.RecipientTPM) {
		t.Errorf("the rules are now %s (%v)", rules, err)
	}
	if _, err := os.Stat(f.out); err == nil {
		t.Error("the folder with the identities is still there")
	}
	// After a power cut between the two, both come again.
	if _, err := f.enrolment("snix", other).Rekey(t.Context(), f.rekeying()); err != nil {
		t.Errorf("again: %v", err)
	}
}

// notByOldData makes sure that who has the old key and the old file cannot read
// the new one with the data key of the old.
func (f *fleet) notByOldData(name string, old []byte, root *derive.Root) {
	f.t.Helper()
	file := filepath.Join(f.flake, "secrets", name+".yaml")
	now, err := os.ReadFile(file)
	if err != nil {
		f.t.Fatal(err)
	}
	values, _, _ := strings.Cut(string(now), "\nsops:\n")
	_, keys, _ := strings.Cut(string(old), "\nsops:\n")
	write(f.t, file, values+"\nsops:\n"+keys)
	if err := f.opens(name, operator(f.t, root)); err == nil || !strings.Contains(err.Error(), "message authentication failed") {
		f.t.Errorf("with the old data key: %v", err)
	}
	write(f.t, file, string(now))
}

// When a key gets its next generation, the secrets go over to that; the words
// alone then open them with the new one.
func TestRekeyToAnotherGeneration(t *testing.T) {
	if testing.Short() {
		t.Skip("real keys and secrets: not in the inner loop")
	}
	f, mine := newFleet(t), theRoot(t)
	if _, err := f.enrolment("snix", mine).Carry(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys := publicKeys(t, mine, "snix")
	f.seal("snix", mine, map[string][]string{"snix": {keys.User.Age.RecipientTPM, keys.Host.Age.RecipientTPM}})
	next := f.enrolment("snix", mine)
	next.Generations = map[tpmenroll.Slot]int{tpmenroll.UserAge: 1, tpmenroll.HostAge: 3}
	next.Replace = true
	if changed, err := next.Rekey(t.Context(), f.rekeying()); err != nil || !changed {
		t.Fatalf("%v, %v", changed, err)
	}
	result, err := next.Carry(t.Context())
	if err != nil || result.Keys.Generations["mnemonix/v1/host/snix/age"] != 3 {
		t.Fatalf("%v, %v", result, err)
	}
	if err := f.opens("snix", operator(t, mine)); err == nil {
		t.Error("the operator's first generation still opens it")
	}
	label, err := derive.User(derive.Age, 1)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mine.P256(label)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.opens("snix", format.AgeSoftwareFile(pair.ECDH(), pair.Private())); err != nil {
		t.Errorf("the operator's new generation: %v", err)
	}
	machineKey, err := os.ReadFile(enroll.Places(machineNamed("snix"), f.target)[tpmenroll.HostAge].Private)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.opens("snix", secret.New(machineKey)); err != nil {
		t.Errorf("the machine's new generation: %v", err)
	}
	// What is enrolled later without a word about generations keeps them.
	again, err := f.enrolment("snix", mine).Carry(t.Context())
	if err != nil || again.Changed() || again.Keys.Generations["mnemonix/v1/host/snix/age"] != 3 {
		t.Errorf("%v, %v", again, err)
	}
	if changed, err := f.enrolment("snix", mine).Rekey(t.Context(), f.rekeying()); err != nil || changed {
		t.Errorf("the same again: %v, %v", changed, err)
	}
}

// Where nobody can open the secrets any more they are left as they are, and so
// are the rules.
func TestRekeyWithoutAKey(t *testing.T) {
	if testing.Short() {
		t.Skip("real keys and secrets: not in the inner loop")
	}
	f, mine, other := newFleet(t), theRoot(t), otherRoot(t)
	if _, err := f.enrolment("snix", mine).Carry(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys := publicKeys(t, mine, "snix")
	f.seal("snix", mine, map[string][]string{"snix": {keys.User.Age.RecipientTPM, keys.Host.Age.RecipientTPM}})
	before, err := os.ReadFile(filepath.Join(f.flake, ".sops.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	f.swtpm = "swtpm:" + startTPM(t) // another machine's
	if _, err := f.enrolment("snix", other).Rekey(t.Context(), f.rekeying()); err == nil {
		t.Error("secrets were encrypted anew that nobody could open")
	}
	after, err := os.ReadFile(filepath.Join(f.flake, ".sops.yaml"))
	if err != nil || !bytes.Equal(after, before) {
		t.Errorf("the rules are now %s (%v)", after, err)
	}
	if err := f.opens("snix", operator(t, mine)); err != nil {
		t.Errorf("the words that it is encrypted to: %v", err)
	}
}

// When a machine joins the flake, the files that the rules now let it read are
// encrypted to it too.
func TestRekeyForAnotherMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("real keys and secrets: not in the inner loop")
	}
	f, mine := newFleet(t), theRoot(t)
	snix, brix := publicKeys(t, mine, "snix"), publicKeys(t, mine, "brix")
	alone := []string{snix.User.Age.RecipientTPM, snix.Host.Age.RecipientTPM}
	f.seal("snix", mine, map[string][]string{"snix": alone})
	f.seal("brix", mine, map[string][]string{
		"snix": append(alone, brix.Host.Age.RecipientTPM), "brix": {brix.User.Age.RecipientTPM, brix.Host.Age.RecipientTPM},
	})
	text, err := os.ReadFile(filepath.Join(f.flake, "secrets/snix.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), brix.Host.Age.RecipientTPM) {
		t.Errorf("brix is no recipient of %s", text)
	}
}

// A machine without a TPM opens its secrets with what lies on it alone: the
// identity, and mnemonix beside it as the plugin that sops-nix calls.
func TestSopsWithoutATPM(t *testing.T) {
	f, mine := newFleet(t), theRoot(t)
	enrolment := f.enrolment("snix", mine)
	enrolment.Answers.TPM.Keys, enrolment.Program = false, f.program
	for range 2 { // the second time finds everything in its place
		if _, err := enrolment.Carry(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	keys := publicKeys(t, mine, "snix")
	f.seal("snix", mine, map[string][]string{"snix": {keys.User.Age.RecipientTPM, keys.Host.Age.RecipientTPM}})

	places := enroll.Places(enrolment.Answers, f.target)
	command := exec.Command(need.Program(t, "sops"), "decrypt", filepath.Join(f.flake, "secrets/snix.yaml"))
	command.Env = []string{
		"PATH=" + filepath.Dir(enroll.PluginFile(places)), "SOPS_AGE_KEY_FILE=" + places["host/age"].Private,
		"MNEMONIX_TPM=none", "HOME=" + t.TempDir(),
	}
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
	state, err := os.Stat(filepath.Dir(places["host/age"].Private))
	if err != nil || state.Mode().Perm() != 0o700 {
		t.Errorf("the machine's state folder: %v, %v", state.Mode(), err)
	}
}
