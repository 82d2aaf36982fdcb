package tools_test

import (
	"os"
	"path"
	"reflect"
	"slices"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

func TestParseFreeSpace(t *testing.T) {
	if free, err := tools.ParseFreeSpace([]byte("      Avail\n1073741824\n")); err != nil || free != 1<<30 {
		t.Errorf("%d, %v", free, err)
	}
	for _, text := range []string{"", "Avail\n", "Avail\n-1\n", "Avail\nx\n", "Avail\n1\n2\n"} {
		if _, err := tools.ParseFreeSpace([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		"git version 2.51.2\n":              "2.51.2",
		"nix (Nix) 2.31.2":                  "2.31.2",
		"GPT fdisk (sgdisk) version 1.0.10": "1.0.10",
		"sops 3.11.0 (latest)":              "3.11.0",
		"unknown":                           "",
		"version 7":                         "",
	} {
		if got := tools.ParseVersion([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, test := range []struct {
		version, least string
		older          bool
	}{
		{"2.28", "2.28", false},
		{"2.9", "2.28", true},
		{"2.28.1", "2.28", false},
		{"2.27.9", "2.28", true},
		{"3", "2.28", false},
		{"3.10.0", "3.10", false},
	} {
		if got := tools.OlderVersion(test.version, test.least); got != test.older {
			t.Errorf("%s before %s: %v", test.version, test.least, got)
		}
	}
}

// As Nix 2.31 writes it.
func TestParseNixNeed(t *testing.T) {
	got := tools.ParseNixNeed([]byte("warning: x\nthese 3 derivations will be built:\n  /nix/store/a.drv\nthese 812 paths will be fetched (1400.50 MiB download, 5.25 GiB unpacked):\n  /nix/store/b\n"))
	want := tools.NixNeed{Build: 3, Fetch: 812, Download: 1468530688, Unpacked: 5637144576, Derivations: []string{"/nix/store/a.drv"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	got = tools.ParseNixNeed([]byte("this derivation will be built:\nthis path will be fetched (0.10 KiB download, 0.50 KiB unpacked):\n"))
	if want := (tools.NixNeed{Build: 1, Fetch: 1, Download: 102, Unpacked: 512}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	got = tools.ParseNixNeed([]byte("don't know how to build these paths:\n  /nix/store/c\nerror: x\n  /nix/store/d\n"))
	if want := (tools.NixNeed{Unknown: []string{"/nix/store/c"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := tools.ParseNixNeed(nil); !reflect.DeepEqual(got, tools.NixNeed{}) {
		t.Errorf("%+v", got)
	}
}

// What Nix 2.26 said without a network, and the derivations that it named:
// nothing "will be fetched", all of it "will be built".
func TestNixDownloads(t *testing.T) {
	text, err := os.ReadFile("testdata/nix-offline/dry-run")
	if err != nil {
		t.Fatal(err)
	}
	need := tools.ParseNixNeed(text)
	if need.Build != 5 || need.Fetch != 0 || len(need.Derivations) != 5 {
		t.Errorf("%+v", need)
	}
	var downloads []string
	for _, name := range need.Derivations {
		derivation, err := os.ReadFile("testdata/nix-offline/" + path.Base(name))
		if err != nil {
			t.Fatal(err)
		}
		if tools.NixDownloads(derivation) {
			downloads = append(downloads, tools.NixPathName(name))
		}
	}
	if want := []string{"bash", "hello-2.12.2.tar.gz"}; !slices.Equal(downloads, want) {
		t.Errorf("downloads %v, want %v", downloads, want)
	}
	for name, text := range map[string]string{
		"nothing":                       "",
		"content that is not known yet": `Derive([("out","","r:sha256","")],[],[],"x86_64-linux","/bin/sh",[],[])`,
		"an argument that looks so":     `Derive([("out","/nix/store/a","","")],[],[],"x","/bin/sh",["Derive([(\"out\",\"a\",\"sha256\",\"00\")],"],[])`,
	} {
		if tools.NixDownloads([]byte(text)) {
			t.Errorf("%s was taken for a download", name)
		}
	}
}

func FuzzParseLooks(f *testing.F) {
	f.Add([]byte("Avail\n1\n"))
	f.Add([]byte("these 9 paths will be fetched (1.50 TiB download, 9 GiB unpacked):\n"))
	f.Add([]byte("these 99999999999999999999 derivations will be built:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = tools.ParseFreeSpace(text)
		if need := tools.ParseNixNeed(text); need.Build < 0 || need.Fetch < 0 {
			t.Errorf("%+v", need)
		}
		if version := tools.ParseVersion(text); version != "" && tools.OlderVersion(version, version) {
			t.Errorf("%s comes before itself", version)
		}
	})
}

// What is checked before an installation is what its plan runs, also what its
// checks and mnemonix itself run, each once.
func TestProgramsOfAPlan(t *testing.T) {
	plan := steps.Plan{Actions: []steps.Action{
		{Kind: steps.ActionCommand, Commands: []steps.Command{{Argv: []string{"disko"}}}, Erases: []steps.Erasure{{}}},
		{
			Kind: steps.ActionCommand, Commands: []steps.Command{{Argv: []string{"git", "commit"}}, {Argv: []string{"/bin/sh"}}},
			Done: &steps.Check{Commands: []steps.Command{{Argv: []string{"test", "-e"}}}},
		},
		{Kind: steps.ActionBuiltin, Name: "recovery", Commands: []steps.Command{{Argv: []string{"sudo"}}}},
		{Kind: steps.ActionCommand, Commands: []steps.Command{{Argv: []string{"git"}}}, Undo: []steps.Command{{Argv: []string{"sgdisk"}}}},
	}}
	want := []string{"disko", "blockdev", "lsblk", "git", "test", "cryptsetup", "sgdisk"}
	if got := tools.ProgramsOf(plan); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// FuzzParseHardware feeds what programs say of hardware: a wear is a share,
// and a radio has a name.
func FuzzParseHardware(f *testing.F) {
	f.Add([]byte(`{"smart_status":{"passed":false},"nvme_smart_health_information_log":{"critical_warning":1,"percentage_used":97}}`))
	f.Add([]byte(`{"endurance_used":{"current_percent":-41},"ata_smart_attributes":{"table":[{"id":177,"value":-3,"raw":{"value":1}}]}}`))
	f.Add([]byte("Wiphy phy0\n\tSupported interface modes:\n\t\t * AP\n"))
	f.Add([]byte("SLOT TYPE\n   0 password\n   1 tpm2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if health, err := tools.ParseSmartctl(text); err == nil && (health.Wear < 0 || health.Wear > 255) {
			t.Errorf("a wear of %d %%", health.Wear)
		}
		for radio, modes := range tools.ParseIw(string(text)) {
			if slices.Contains(modes, "") && radio == "" {
				t.Errorf("a radio without a name can be %q", modes)
			}
		}
		_, _ = tools.ParseCryptenroll(text), tools.ParseDiskoVersion(text)
	})
}
