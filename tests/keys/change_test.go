package keys

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// A service that is added to a machine gets its key among the secrets: from the
// words, and only from those of the flake. Everything else in the file stays,
// and so does what nobody can open.
func TestAddedService(t *testing.T) {
	if testing.Short() {
		t.Skip("real keys and secrets: not in the inner loop")
	}
	sops, mkpasswd, git := need.Program(t, "sops"), need.Program(t, "mkpasswd"), need.Program(t, "git")
	program := need.Built(t, ".")
	builds := t.TempDir() // what Nix makes of the flake is no matter here
	write(t, filepath.Join(builds, "nix"), "#!/bin/sh\necho /nix/store/"+strings.Repeat("0", 32)+"-system\n")
	if err := os.Chmod(filepath.Join(builds, "nix"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", strings.Join([]string{builds, filepath.Dir(sops), filepath.Dir(mkpasswd), os.Getenv("PATH")}, ":"))
	t.Setenv("HOME", t.TempDir())
	flake := filepath.Join(t.TempDir(), "flake")
	right, wrong := strings.Repeat("abandon ", 23)+"art", strings.Repeat("zoo ", 23)+"vote"
	mnemonix := func(words string, args ...string) (int, string) {
		command := exec.Command(program, args...)
		command.Stdin = strings.NewReader(words)
		text, _ := command.CombinedOutput()
		return command.ProcessState.ExitCode(), string(text)
	}
	must := func(program string, args ...string) string {
		t.Helper()
		text, err := exec.Command(program, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", args, err, text)
		}
		return string(text)
	}
	commit := func(message string) {
		t.Helper()
		must(git, "-C", flake, "add", "--all")
		must(git, "-C", flake, "-c", "user.name=Alice", "-c", "user.email=alice@example.org", "commit", "--quiet", "--message="+message)
	}

	// A machine with one service, as an installation leaves it.
	text, err := os.ReadFile("../answers/nixtv-player.yaml")
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := answers.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	chosen.Modules.ArrStack = &steps.ArrStack{MediaDir: "/media", Sonarr: true}
	given := filepath.Join(t.TempDir(), "answers.yaml")
	write(t, given, string(answers.Write(chosen)))
	if status, said := mnemonix(right, "--sysroot", "../machines/minipc-emmc", "render", "--answers", given, "--out", flake, "--words-fd", "0"); status != 0 {
		t.Fatal(said)
	}
	err = enroll.Sealing{
		Runner: run.NewReal("", nil), Answers: chosen, Root: theRoot(t), Flake: flake, Path: os.Getenv("PATH"), Program: program,
		Plugins: filepath.Join(t.TempDir(), "plugins"), Secrets: &steps.Secrets{UserPassword: secret.FromString("hunter22")},
	}.Carry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	commit("secrets")
	before := opened(t, sops, program, flake)

	// The operator adds two more by hand.
	chosen.Modules.ArrStack.Radarr, chosen.Modules.ArrStack.Prowlarr = true, true
	write(t, filepath.Join(flake, "hosts/nixtv-player/answers.yaml"), string(answers.Write(chosen)))
	commit("more services")
	head := must(git, "-C", flake, "rev-parse", "HEAD")
	change := []string{"--tpm", "none", "change", "--flake", flake, "--host", "nixtv-player", "--no-switch", "--yes"}
	for _, refused := range []struct {
		words  string
		status int
		says   string
		args   []string
	}{
		{"", 3, "the keys of prowlarr, radarr in secrets/nixtv-player.yaml come from the words, which were not given", nil},
		{wrong, 2, "these are not the words of nixtv-player", []string{"--words-fd", "0"}},
	} {
		if status, said := mnemonix(refused.words, append(change, refused.args...)...); status != refused.status || !strings.Contains(said, refused.says) {
			t.Errorf("status %d, want %d and %q:\n%s", status, refused.status, refused.says, said)
		}
	}
	if now := must(git, "-C", flake, "rev-parse", "HEAD"); now != head {
		t.Error("a refused change moved the branch")
	}
	change = append(change, "--words-fd", "0")
	status, said := mnemonix(right, change...)
	if status != 0 || strings.Contains(said, "abandon") || !strings.Contains(said, "The keys of prowlarr, radarr are in secrets/nixtv-player.yaml") {
		t.Fatalf("status %d:\n%s", status, said)
	}
	if left := must(git, "-C", flake, "status", "--porcelain"); left != "" {
		t.Errorf("not committed is %s", left)
	}
	if log := must(git, "-C", flake, "log", "-1", "--format=%s"); log != "nixtv-player: keys of prowlarr, radarr\n" {
		t.Errorf("the last commit is %s", log)
	}

	after := opened(t, sops, program, flake)
	for _, service := range []string{"sonarr", "radarr", "prowlarr"} {
		key, err := theRoot(t).ServiceKey("nixtv-player", service, 0)
		if err != nil || !key.Equal(secret.FromString(after.Services[service]["apiKey"])) {
			t.Errorf("the key of %s is another than the words give (%v)", service, err)
		}
	}
	if after.User["hashedPassword"] != before.User["hashedPassword"] || before.User["hashedPassword"] == "" {
		t.Error("the password is another")
	}

	// Once more there is nothing to do.
	head = must(git, "-C", flake, "rev-parse", "HEAD")
	if status, said := mnemonix(right, change...); status != 0 || must(git, "-C", flake, "rev-parse", "HEAD") != head {
		t.Errorf("a second run made a commit, or failed with %d:\n%s", status, said)
	}
}

// plain is what is in a file of secrets.
type plain struct {
	User     map[string]string
	Services map[string]map[string]string
}

// opened decrypts the secrets of the flake with the words alone.
func opened(t *testing.T, sops, program, flake string) plain {
	t.Helper()
	folder := t.TempDir()
	pair := derived(t, theRoot(t))
	format.AgeSoftwareFile(pair.ECDH(), pair.Private()).Use(func(view []byte) { write(t, filepath.Join(folder, "identity"), string(view)) })
	for _, name := range []string{format.PluginTPM, format.PluginSoftware} {
		if err := os.Symlink(program, filepath.Join(folder, "age-plugin-"+name)); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(sops, "decrypt", filepath.Join(flake, "secrets/nixtv-player.yaml"))
	command.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"), "SOPS_AGE_KEY_FILE="+filepath.Join(folder, "identity"), "MNEMONIX_TPM=none")
	var said bytes.Buffer
	command.Stderr = &said
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	var tree plain
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}
