package assets_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The two shell scripts of the flake run on machines where a mistake locks somebody out or deletes files, so
// they run here too, against programs that only write down how they were called.

const efiGlobal = "8be4df61-93ca-11d2-aa0d-00e098032b8c"

// fakeTools writes shell scripts that stand in for programs and returns the folder they are in. Each appends
// its name and arguments to the file "calls" in dir.
func fakeTools(t *testing.T, dir string, tools map[string]string) string {
	t.Helper()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, body := range tools {
		script := "#!/bin/bash\nprintf '%s\\n' \"" + name + " $*\" >>" + filepath.Join(dir, "calls") + "\n" + body + "\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLuksTpmEnrolEnrolsOnlyWhatProtects(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatalf("bash is needed to run the flake's scripts: %v", err)
	}
	script, err := filepath.Abs("flake/hosts/common/luks-tpm-enrol.sh")
	if err != nil {
		t.Fatal(err)
	}
	// Read, so that a cached result is not taken for that of a changed script.
	if _, err := os.ReadFile(script); err != nil {
		t.Fatal(err)
	}

	const (
		zero     = "0000000000000000000000000000000000000000000000000000000000000000"
		measured = "d3ab1e0000000000000000000000000000000000000000000000000000000000"
	)
	tests := []struct {
		name       string
		unlock     string
		loader     string
		byHand     bool
		secureBoot byte
		setupMode  byte
		pcr15      string // "" for a machine without a TPM
		root       string
		oneShot    bool
		typed      string
		wantStatus string
		wantCode   int
		wantEnrol  string // the arguments of systemd-cryptenroll after the key, "" when it must not run
		wantSlot   bool   // whether the key made for one use is taken off the disk
	}{
		{
			name: "all three protections", unlock: "tpm", loader: "lanzaboote",
			secureBoot: 1, pcr15: measured, typed: "right",
			wantStatus: "enrolled: ",
			wantEnrol:  "--wipe-slot=tpm2 --tpm2-device=auto --tpm2-pcrs=7+15:sha256=" + zero,
		},
		{
			name: "unattended installation", unlock: "tpm", loader: "lanzaboote",
			secureBoot: 1, pcr15: measured, oneShot: true,
			wantStatus: "enrolled: ", wantSlot: true,
			wantEnrol: "--wipe-slot=tpm2 --tpm2-device=auto --tpm2-pcrs=7+15:sha256=" + zero,
		},
		{
			name: "a PIN does without Secure Boot", unlock: "tpm-pin", loader: "systemd-boot",
			pcr15: zero, typed: "right",
			wantStatus: "enrolled: ",
			wantEnrol:  "--wipe-slot=tpm2 --tpm2-device=auto --tpm2-pcrs=7+15:sha256=" + zero + " --tpm2-with-pin=yes",
		},
		{
			name: "less was accepted", unlock: "tpm-without-secure-boot", loader: "systemd-boot", pcr15: zero, typed: "right",
			wantStatus: "enrolled: from the next boot on the TPM unlocks cryptroot; without Secure Boot, as was accepted",
			wantEnrol:  "--wipe-slot=tpm2 --tpm2-device=auto --tpm2-pcrs=7+15:sha256=" + zero,
		},
		{
			name: "less was accepted, and the root is found by its name", unlock: "tpm-without-secure-boot", loader: "systemd-boot",
			pcr15: zero, root: "/dev/mapper/system-root", typed: "right",
			wantStatus: "not enrolled: the root file system is /dev/mapper/system-root",
		},
		{
			name: "Secure Boot off", unlock: "tpm", loader: "lanzaboote", pcr15: measured, typed: "right",
			wantStatus: "not enrolled: Secure Boot is not enforced",
		},
		{
			name: "Secure Boot off, by hand", unlock: "tpm", loader: "lanzaboote", pcr15: measured, typed: "right",
			byHand: true, wantCode: 1,
			wantStatus: "not enrolled: Secure Boot is not enforced",
		},
		{
			name: "setup mode", unlock: "tpm-pin", loader: "lanzaboote", secureBoot: 1, setupMode: 1,
			pcr15: measured, typed: "right",
			wantStatus: "not enrolled: Secure Boot is in setup mode",
		},
		{
			name: "nothing measured the root", unlock: "tpm", loader: "lanzaboote", secureBoot: 1,
			pcr15: zero, typed: "right",
			wantStatus: "not enrolled: the boot did not measure",
		},
		{
			name: "a root that is found by its name", unlock: "tpm", loader: "lanzaboote", secureBoot: 1,
			pcr15: measured, root: "/dev/mapper/system-root", typed: "right",
			wantStatus: "not enrolled: the root file system is /dev/mapper/system-root",
		},
		{
			name: "no TPM", unlock: "tpm", loader: "lanzaboote", secureBoot: 1, typed: "right",
			wantStatus: "not enrolled: there is no TPM 2.0",
		},
		{
			name: "wrong passphrase", unlock: "tpm", loader: "lanzaboote", secureBoot: 1,
			pcr15: measured, typed: "wrong",
			wantStatus: "not enrolled: the passphrase does not open",
		},
		{
			name: "nobody answers", unlock: "tpm", loader: "lanzaboote", secureBoot: 1, pcr15: measured,
			wantStatus: "not enrolled: no passphrase was given",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			root := test.root
			if root == "" {
				root = "/dev/mapper/cryptroot[/@root]"
			}
			ask := "exit 1"
			if test.typed != "" {
				ask = "printf %s " + test.typed
			}
			bin := fakeTools(t, dir, map[string]string{
				"findmnt":              "echo '" + root + "'",
				"systemd-ask-password": ask,
				"systemd-cryptenroll":  "exit 0",
				// The disk has two keys; the file is given by --key-file.
				"cryptsetup": `if [[ $1 == open ]]; then case "$(cat "$5")" in right | once) exit 0 ;; *) exit 2 ;; esac; fi`,
			})
			state := filepath.Join(dir, "state")
			writeFile(t, filepath.Join(dir, "disk"), []byte("LUKS"))
			writeFile(t, filepath.Join(dir, "efivars", "SecureBoot-"+efiGlobal), []byte{6, 0, 0, 0, test.secureBoot})
			writeFile(t, filepath.Join(dir, "efivars", "SetupMode-"+efiGlobal), []byte{6, 0, 0, 0, test.setupMode})
			if test.pcr15 != "" {
				writeFile(t, filepath.Join(dir, "pcrs", "15"), []byte(strings.ToUpper(test.pcr15)+"\n"))
			}
			oneShot := filepath.Join(state, "luks-first-boot.key")
			if test.oneShot {
				writeFile(t, oneShot, []byte("once"))
			}

			args := []string{"-euo", "pipefail", script}
			if !test.byHand {
				args = append(args, "--boot")
			}
			command := exec.Command(bash, args...)
			command.Env = []string{
				"PATH=" + bin + ":" + os.Getenv("PATH"),
				"LUKS_DEVICE=" + filepath.Join(dir, "disk"), "LUKS_NAME=cryptroot",
				"UNLOCK=" + test.unlock, "LOADER=" + test.loader, "STATE=" + state,
				"EFIVARS=" + filepath.Join(dir, "efivars"), "PCRS=" + filepath.Join(dir, "pcrs"),
				"RUN=" + filepath.Join(dir, "run"),
			}
			var stderr bytes.Buffer
			command.Stderr = &stderr
			err := command.Run()
			if got := command.ProcessState.ExitCode(); got != test.wantCode {
				t.Fatalf("exit code %d, want %d (%v)\n%s", got, test.wantCode, err, stderr.String())
			}

			status, err := os.ReadFile(filepath.Join(dir, "run", "luks-tpm-enrol", "status"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(status), test.wantStatus) {
				t.Errorf("status is %q, want it to begin with %q", status, test.wantStatus)
			}

			calls, _ := os.ReadFile(filepath.Join(dir, "calls"))
			var enrol string
			var removed bool
			for _, call := range strings.Split(string(calls), "\n") {
				if rest, ok := strings.CutPrefix(call, "systemd-cryptenroll "); ok {
					_, rest, _ = strings.Cut(rest, " ")
					enrol = strings.TrimSuffix(rest, " "+filepath.Join(dir, "disk"))
				}
				removed = removed || strings.HasPrefix(call, "cryptsetup luksRemoveKey")
			}
			if diff := cmp.Diff(test.wantEnrol, enrol); diff != "" {
				t.Errorf("systemd-cryptenroll (-want +got):\n%s", diff)
			}
			if removed != test.wantSlot {
				t.Errorf("one-shot slot removed: %v, want %v", removed, test.wantSlot)
			}
			if _, err := os.Stat(filepath.Join(state, "luks-tpm-enrolled")); (err == nil) != (test.wantEnrol != "") {
				t.Errorf("the mark of an enrolled disk is there: %v, want %v", err == nil, test.wantEnrol != "")
			}

			// Nothing that opens the disk is left behind.
			for _, path := range []string{oneShot, filepath.Join(dir, "run", "luks-tpm-enrol", "key")} {
				if _, err := os.Stat(path); err == nil {
					t.Errorf("%s was left behind", path)
				}
			}
			if bytes.Contains(calls, []byte("right")) || strings.Contains(stderr.String(), "right") {
				t.Errorf("the passphrase stands in arguments or output")
			}
		})
	}
}
