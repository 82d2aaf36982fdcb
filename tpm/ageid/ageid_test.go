package ageid_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/ageid"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/internal/tpmtest"
	"filippo.io/age"
	"filippo.io/age/plugin"
	"filippo.io/age/tag"
	"github.com/google/go-tpm/tpm2/transport"
)

const (
	chosenTPM = "MNEMONIX_TEST_TPM"
	plaintext = "a file that must survive the loss of a TPM"
)

// Called by the name of a plugin, the test program is that plugin: age and sops
// run it as they would run the product.
func TestMain(m *testing.M) {
	if name, ok := ageid.PluginName(os.Args[0]); ok {
		served := &ageid.Plugin{
			Name: name, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
			Open: func() (transport.TPMCloser, error) { return device.Open(os.Getenv(chosenTPM)) },
		}
		os.Exit(served.Run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func encrypt(t testing.TB, to ...age.Recipient) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, plaintext); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decrypt(file []byte, with ...age.Identity) (string, error) {
	r, err := age.Decrypt(bytes.NewReader(file), with...)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

func recipient(t testing.TB, text string) age.Recipient {
	t.Helper()
	r, err := tag.ParseRecipient(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func inTPM(t testing.TB, machine *tpmtest.Machine, file enroll.File, pin string, asked *int) *ageid.Identity {
	t.Helper()
	parsed, err := format.ParseAgeTPMIdentity(format.IdentityLines(file.Private)[0])
	if err != nil {
		t.Fatal(err)
	}
	identity, err := ageid.FromTPM(parsed, machine.Source(pin, asked))
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func fromWords(t testing.TB, label derive.Label, err error) *ageid.Identity {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tpmtest.Root(t).P256(label)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := ageid.FromWords(pair)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func hostAge(t testing.TB) *ageid.Identity {
	label, err := derive.Host("slax", derive.Age, 0)
	return fromWords(t, label, err)
}

// A file encrypted before the first TPM is cleared is decrypted by a second
// one, by the first after enrolling again, and without any TPM from the words.
func TestFileSurvivesItsTPM(t *testing.T) {
	keys, err := format.NewPublicKeys(tpmtest.Root(t), "slax", nil)
	if err != nil {
		t.Fatal(err)
	}
	file := encrypt(t, recipient(t, keys.Host.Age.Recipient))
	first := tpmtest.Start(t)
	before := first.Enrol(t, "")[enroll.HostAge]
	if got, err := decrypt(file, inTPM(t, first, before, "", nil)); err != nil || got != plaintext {
		t.Fatalf("%q, %v", got, err)
	}
	first.Clear(t)
	if got, err := decrypt(file, inTPM(t, first, before, "", nil)); device.ConditionOf(err) != device.OtherTPM {
		t.Fatalf("after clearing: %q, %v", got, err)
	}
	second := tpmtest.Start(t)
	for _, machine := range []*tpmtest.Machine{second, first} {
		after := machine.Enrol(t, "")[enroll.HostAge]
		if got, err := decrypt(file, inTPM(t, machine, after, "", nil)); err != nil || got != plaintext {
			t.Errorf("%q, %v", got, err)
		}
		machine.NoneLoaded(t)
	}
	if got, err := decrypt(file, hostAge(t)); err != nil || got != plaintext {
		t.Errorf("without a TPM: %q, %v", got, err)
	}
}

// Nobody is asked for a PIN, and no TPM opened, for other people's files.
func TestOthersFilesAreLeftAlone(t *testing.T) {
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "4711")
	asked := 0
	identity := inTPM(t, machine, files[enroll.UserAge], "4711", &asked)
	x25519, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var none *age.NoIdentityMatchError
	for name, file := range map[string][]byte{
		"x25519": encrypt(t, x25519.Recipient()), "the host's": encrypt(t, hostAge(t).Recipient()),
	} {
		if _, err := decrypt(file, identity); !errors.As(err, &none) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked != 0 {
		t.Errorf("asked for a PIN %d times", asked)
	}
	// Among several recipients ours is found.
	file := encrypt(t, x25519.Recipient(), hostAge(t).Recipient(), identity.Recipient())
	if got, err := decrypt(file, identity); err != nil || got != plaintext || asked != 1 {
		t.Errorf("%q, %v, asked %d times", got, err, asked)
	}
	wrong := inTPM(t, machine, files[enroll.UserAge], "0815", nil)
	if _, err := decrypt(file, wrong); device.ConditionOf(err) != device.WrongPIN {
		t.Errorf("a wrong PIN: %v", err)
	}
	machine.NoneLoaded(t)
}

// The secret on which both sides agree opens the file: it must not be readable
// on the bus, and neither must the PIN.
func TestBusHidesTheSharedSecret(t *testing.T) {
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "4711-0815")
	recorder := &tpmtest.Recorder{TPM: machine}
	parsed, err := format.ParseAgeTPMIdentity(format.IdentityLines(files[enroll.UserAge].Private)[0])
	if err != nil {
		t.Fatal(err)
	}
	source := machine.Source("4711-0815", nil)
	source.Open = func() (transport.TPMCloser, error) { return recorder, nil }
	identity, err := ageid.FromTPM(parsed, source)
	if err != nil {
		t.Fatal(err)
	}
	file := encrypt(t, identity.Recipient())
	if got, err := decrypt(file, identity); err != nil || got != plaintext {
		t.Fatalf("%q, %v", got, err)
	}
	shared := sharedSecret(t, file)
	for name, what := range map[string][]byte{"shared secret": shared, "PIN": []byte("4711-0815")} {
		if forms := recorder.Find(what); forms != nil {
			t.Errorf("%s crossed the bus: %v", name, forms)
		}
	}
	if len(recorder.Commands) == 0 {
		t.Error("nothing was recorded")
	}
}

// Files that were bent give errors and no panic.
func TestMalformedStanzas(t *testing.T) {
	identity := hostAge(t)
	good, err := identity.Recipient().Wrap(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	if key, err := identity.Unwrap(good); err != nil || !bytes.Equal(key, make([]byte, 16)) {
		t.Fatalf("%x, %v", key, err)
	}
	for name, change := range map[string]func(*age.Stanza){
		"no arguments":   func(s *age.Stanza) { s.Args = nil },
		"one argument":   func(s *age.Stanza) { s.Args = s.Args[:1] },
		"no body":        func(s *age.Stanza) { s.Body = nil },
		"long body":      func(s *age.Stanza) { s.Body = append(s.Body, 0) },
		"tag":            func(s *age.Stanza) { s.Args[0] = "!!!!" },
		"padded tag":     func(s *age.Stanza) { s.Args[0] += "==" },
		"short point":    func(s *age.Stanza) { s.Args[1] = s.Args[1][:20] },
		"point off":      func(s *age.Stanza) { s.Args[1] = "BA" + strings.Repeat("A", 85) },
		"another's tag":  func(s *age.Stanza) { s.Args[0] = "AAAAAA" },
		"a changed body": func(s *age.Stanza) { s.Body[0] ^= 1 },
		"another kind":   func(s *age.Stanza) { s.Type = "X25519" },
	} {
		stanza := &age.Stanza{Type: good[0].Type, Args: append([]string{}, good[0].Args...), Body: bytes.Clone(good[0].Body)}
		change(stanza)
		if key, err := identity.Unwrap([]*age.Stanza{stanza}); err == nil {
			t.Errorf("%s: opened as %x", name, key)
		}
		// A bad stanza of somebody else does not hide ours.
		if errors.Is(err, age.ErrIncorrectIdentity) {
			if _, err := identity.Unwrap([]*age.Stanza{stanza, good[0]}); err != nil {
				t.Errorf("%s before ours: %v", name, err)
			}
		}
	}
}

func FuzzUnwrap(f *testing.F) {
	identity := hostAge(f)
	good, err := identity.Recipient().Wrap(make([]byte, 16))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good[0].Args[0], good[0].Args[1], good[0].Body)
	f.Fuzz(func(t *testing.T, tag, point string, body []byte) {
		key, err := identity.Unwrap([]*age.Stanza{{Type: "p256tag", Args: []string{tag, point}, Body: body}})
		if err == nil && len(key) != 16 {
			t.Fatalf("a file key of %d bytes", len(key))
		}
	})
}

func TestPluginName(t *testing.T) {
	for program, want := range map[string]string{
		"/run/current-system/sw/bin/age-plugin-tpm": "tpm", "age-plugin-mnemonix": "mnemonix",
		"mnemonix": "", "age-plugin-yubikey": "", "tpm": "", "": "",
	} {
		if name, ok := ageid.PluginName(program); name != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", program, name, ok)
		}
	}
}

// plugins makes a folder in which the test program stands under both names of
// our plugins, and an environment for age and sops that finds them there.
func plugins(t *testing.T, tpm string) []string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, name := range []string{"age-plugin-tpm", "age-plugin-mnemonix"} {
		if err := os.Symlink(program, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"PATH=" + folder + ":/usr/bin:/bin", "HOME=" + t.TempDir(), chosenTPM + "=" + tpm}
}

func run(environment []string, input []byte, program string, arguments ...string) ([]byte, error) {
	command := exec.Command(program, arguments...)
	command.Env, command.Stdin = environment, bytes.NewReader(input)
	var out, faults bytes.Buffer
	command.Stdout, command.Stderr = &out, &faults
	if err := command.Run(); err != nil {
		return nil, errors.Join(err, errors.New(faults.String()))
	}
	return out.Bytes(), nil
}

// The age program: it encrypts to both spellings of our recipients, natively
// and through the plugin, and decrypts through the plugin with the TPM, and in
// software on a machine without one.
func TestAgeProgram(t *testing.T) {
	program := tpmtest.Tool(t, "age")
	if version, err := run(nil, nil, program, "--version"); err != nil || strings.HasPrefix(string(version), "v1.1") || strings.HasPrefix(string(version), "1.") {
		t.Skipf("age %s does not know age1tag1", version)
	}
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "")
	withTPM := plugins(t, device.SocketStart+machine.Socket)
	withoutTPM := plugins(t, device.None)
	keys, err := format.NewPublicKeys(tpmtest.Root(t), "slax", nil)
	if err != nil {
		t.Fatal(err)
	}
	identity := tpmtest.Write(t, "identity", files[enroll.HostAge].Private)
	var encrypted [][]byte
	for _, arguments := range [][]string{
		{"-r", keys.Host.Age.Recipient}, {"-r", keys.Host.Age.RecipientTPM}, {"-e", "-i", identity},
	} {
		// Encrypting needs the public key alone, and no TPM.
		file, err := run(withoutTPM, []byte(plaintext), program, arguments...)
		if err != nil {
			t.Fatalf("%v: %v", arguments, err)
		}
		encrypted = append(encrypted, file)
	}
	label, err := derive.Host("slax", derive.Age, 0)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tpmtest.Root(t).P256(label)
	if err != nil {
		t.Fatal(err)
	}
	var plain []byte
	format.AgeSoftwareFile(pair.ECDH(), pair.Private()).Use(func(view []byte) { plain = bytes.Clone(view) })
	software := tpmtest.Write(t, "software", plain)
	for i, file := range encrypted {
		if got, err := run(withTPM, file, program, "-d", "-i", identity); err != nil || string(got) != plaintext {
			t.Errorf("file %d by the TPM: %q, %v", i, got, err)
		}
		if got, err := run(withoutTPM, file, program, "-d", "-i", software); err != nil || string(got) != plaintext {
			t.Errorf("file %d in software: %q, %v", i, got, err)
		}
		if got, err := run(withoutTPM, file, program, "-d", "-i", identity); err == nil {
			t.Errorf("file %d without the TPM: %q", i, got)
		}
	}
	machine.NoneLoaded(t)
}

// The sops program, as sops-nix uses it on the installed machine: encrypted to
// two machines' keys by plugin, read on one by its TPM, without a TPM by the
// software identity.
func TestSopsProgram(t *testing.T) {
	program := tpmtest.Tool(t, "sops")
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "")
	keys, err := format.NewPublicKeys(tpmtest.Root(t), "slax", nil)
	if err != nil {
		t.Fatal(err)
	}
	environment := plugins(t, device.SocketStart+machine.Socket)
	path := tpmtest.Write(t, "secrets.yaml", []byte("token: "+"in-the-clear"+"\n"))
	to := keys.Host.Age.RecipientTPM + "," + keys.User.Age.RecipientTPM
	encrypted, err := run(environment, nil, program, "encrypt", "--age", to, path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(encrypted, []byte("in-the-clear")) || !bytes.Contains(encrypted, []byte(keys.Host.Age.RecipientTPM)) {
		t.Fatalf("not encrypted as asked:\n%s", encrypted)
	}
	sealed := tpmtest.Write(t, "secrets.yaml", encrypted)
	identity := tpmtest.Write(t, "age-identity.txt", files[enroll.HostAge].Private)
	pair, err := tpmtest.Root(t).P256(mustUserAge(t))
	if err != nil {
		t.Fatal(err)
	}
	var plain []byte
	format.AgeSoftwareFile(pair.ECDH(), pair.Private()).Use(func(view []byte) { plain = bytes.Clone(view) })
	software := tpmtest.Write(t, "software.txt", plain)
	for name, environment := range map[string][]string{
		"by the TPM":  append(environment, "SOPS_AGE_KEY_FILE="+identity),
		"in software": append(plugins(t, device.None), "SOPS_AGE_KEY_FILE="+software),
	} {
		if got, err := run(environment, nil, program, "decrypt", sealed); err != nil || string(got) != "token: in-the-clear\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func mustUserAge(t *testing.T) derive.Label {
	t.Helper()
	label, err := derive.User(derive.Age, 0)
	if err != nil {
		t.Fatal(err)
	}
	return label
}

// age's own client asks for the PIN on behalf of the plugin; it never stands in
// arguments or environment.
func TestPluginAsksForThePIN(t *testing.T) {
	machine := tpmtest.Start(t)
	file := machine.Enrol(t, "4711")[enroll.UserAge]
	for _, variable := range plugins(t, device.SocketStart+machine.Socket) {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	text := format.IdentityLines(file.Private)[0]
	own := inTPM(t, machine, file, "4711", nil)
	encrypted := encrypt(t, own.Recipient())
	for pin, good := range map[string]bool{"4711": true, "0815": false, "": false} {
		asked := ""
		identity, err := plugin.NewIdentity(text, &plugin.ClientUI{
			RequestValue: func(_, prompt string, hidden bool) (string, error) {
				if !hidden {
					t.Error("the PIN would be shown while it is typed")
				}
				asked = prompt
				return pin, nil
			},
			DisplayMessage: func(string, string) error { return nil },
			WaitTimer:      func(string) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := decrypt(encrypted, identity)
		if good != (err == nil && got == plaintext) {
			t.Errorf("PIN %q: %q, %v", pin, got, err)
		}
		if !strings.HasPrefix(asked, "PIN of age1tag1") {
			t.Errorf("asked %q", asked)
		}
	}
	machine.NoneLoaded(t)
}

// The plugin refuses what is not its own, by the protocol and not by crashing.
func TestPluginRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		plugin    string
		arguments []string
		input     string
	}{
		"unknown machine": {"tpm", []string{"--age-plugin=frobnicate-v1"}, ""},
		"unknown flag":    {"tpm", []string{"--frobnicate"}, ""},
		"no input":        {"tpm", []string{"--age-plugin=identity-v1"}, ""},
		"nonsense":        {"tpm", []string{"--age-plugin=identity-v1"}, "-> \x00\n"},
		"bad name":        {"not a name", nil, ""},
	} {
		var out, faults bytes.Buffer
		served := &ageid.Plugin{
			Name: c.plugin, Stdin: strings.NewReader(c.input), Stdout: &out, Stderr: &faults,
			Open: func() (transport.TPMCloser, error) { return nil, errors.New("no TPM in this test") },
		}
		if status := served.Run(c.arguments); status == 0 || faults.Len() == 0 {
			t.Errorf("%s: status %d, %q, %q", name, status, out.String(), faults.String())
		}
	}
}

// sharedSecret computes in software what the TPM agreed on for a file.
func sharedSecret(t *testing.T, file []byte) []byte {
	t.Helper()
	pair, err := tpmtest.Root(t).P256(mustUserAge(t))
	if err != nil {
		t.Fatal(err)
	}
	var shared []byte
	pair.Private().Use(func(view []byte) { shared = agreed(t, view, file) })
	if len(shared) != 32 {
		t.Fatalf("a shared secret of %d bytes", len(shared))
	}
	return shared
}
