package preflight

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

// recorded is the healthy machine with the facts of a real one: a laptop on
// mains, joined to a network by radio.
func recorded(t *testing.T, name string) *machine {
	t.Helper()
	text, err := os.ReadFile("../../../tests/machines/" + name + ".facts.json.golden")
	if err != nil {
		t.Fatal(err)
	}
	m := healthy()
	var facts steps.Facts
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	facts.Network.Online = true
	m.in.Facts = facts
	return m
}

// said is what a check says: its state, the sentence, and the hint.
type said struct {
	status     Status
	text, hint string
}

// Each check once as it passes and once as it does not, to the letter: what
// was found, and what can be done about it.
func TestSentences(t *testing.T) {
	sentences := map[string]struct {
		good said
		make func(*machine) // what makes it say the other
		bad  said
	}{
		"root": {
			said{OK, "running as root", ""},
			func(m *machine) { m.in.Root = false },
			said{Failed, "mnemonix does not run as root, and nobody else may write to disks", "sudo mnemonix install"},
		},
		"firmware": {
			said{OK, "started by UEFI", ""},
			func(m *machine) { m.in.Facts.Firmware = steps.Firmware{Kind: "bios"} },
			said{
				Failed, "this machine was not started by UEFI, and both boot loaders need it",
				"switch off legacy or CSM boot in the firmware and start the medium again",
			},
		},
		"memory": {
			said{OK, "30.5 GiB of memory", ""},
			func(m *machine) { m.in.Facts.Memory = steps.Memory{Total: 600 << 20, Swap: 200 << 20} },
			said{
				Failed, "600 MiB of memory and 200 MiB of swap: too little to evaluate a system in",
				"add swap in memory before the start: modprobe zram, zramctl --find --size 4G --algorithm zstd, mkswap and swapon on it",
			},
		},
		"clock": {
			said{OK, "2026-04-02 03:04 UTC", ""},
			func(m *machine) { m.in.Now = time.Unix(0, 0) },
			said{
				Failed, "the clock says 1970-01-01 00:00 UTC, before this mnemonix was built (2026-01-02): no certificate would be valid",
				"set it: date --utc --set '2026-01-31 12:00', or timedatectl set-ntp true when the network is up",
			},
		},
		"power": {
			said{OK, "on mains, battery at 87 %", ""},
			func(m *machine) { m.in.Facts.Power = steps.Power{Battery: true, Percent: 12} },
			said{Failed, "on battery, at 12 %: an installation needs more than 30 %, or mains", "plug it in"},
		},
		"space": {
			said{OK, "1 GiB in /run, 8 GiB in /nix/store", ""},
			func(m *machine) {
				m.script["run"] = run.Expected{Argv: tools.FreeSpace("/run"), Any: true, Stdout: "Avail\n1048576\n"}
			},
			said{Failed, "the memory below /run has 1 MiB left; 32 MiB are needed", "mount -o remount,size=50% /run"},
		},
		"esp": {
			said{OK, "1 GiB, new", ""},
			func(m *machine) { m.in.Plan.Layout.Disks[0].Partitions[0].Size = 100 << 20 },
			said{Failed, "the EFI system partition would have 100 MiB, a kernel with its initrd alone needs 128 MiB", "answer disk.esp: 1GiB"},
		},
		"tpm": {
			said{OK, "not used: the keys are files", ""},
			func(m *machine) { m.in.Answers.TPM.Keys = true },
			said{Failed, "no TPM can be opened", device.NoTPM.Hint()},
		},
		"programs": {
			said{OK, "disko 1.12.0, lsblk 2.41.2, git 2.51.2, nix 2.31.2, sops 3.11.0", ""},
			func(m *machine) { m.lacks = []string{"disko"} },
			said{Failed, "missing: disko", "nix shell nixpkgs#disko --command mnemonix install"},
		},
		"network": {
			said{OK, "https://cache.nixos.org answers", ""},
			func(m *machine) { m.in.Facts.Network.Online = false },
			said{
				Failed, "there is no network, and not all of the system is on this medium",
				"plug in a cable, or join a Wi-Fi network: nmtui, or iwctl",
			},
		},
		"remote": {
			said{OK, remoteURL + " answers", ""},
			func(m *machine) {
				m.script["remote"] = run.Expected{Argv: tools.GitReach(remoteURL).Argv, Any: true, Status: 128, Stderr: "fatal: no such repository\n"}
			},
			said{
				Warning, remoteURL + " does not answer: fatal: no such repository",
				"does it exist, and may this machine read it? The flake is on the new disk all the same: push it from there",
			},
		},
		"flake": {
			said{OK, "with the facts of this machine", ""},
			func(m *machine) {
				m.script["eval"] = run.Expected{Argv: m.script["eval"].Argv, Any: true, Status: 1, Stderr: "error: attribute 'x' missing\n"}
			},
			said{
				Failed, "the flake does not evaluate: attribute 'x' missing",
				"--log FILE keeps all of what Nix said; change the answers, or report it: mnemonix report",
			},
		},
		"closure": {
			said{OK, "1.3 GiB to download, 5.8 GiB on the disk, of 100 GiB", ""},
			func(m *machine) { m.in.Plan.Layout.Disks[0].Partitions[1].Size = 4 * gib },
			said{Failed, "the system does not fit: 1.3 GiB to download, 5.8 GiB on the disk, of 4 GiB", "choose fewer features, or a larger disk"},
		},
	}
	for _, check := range List() {
		sentence, there := sentences[check.ID]
		if !there {
			t.Errorf("the check %s has no sentences here", check.ID)
			continue
		}
		for _, one := range []struct {
			change func(*machine)
			want   said
		}{{func(*machine) {}, sentence.good}, {sentence.make, sentence.bad}} {
			m := recorded(t, "laptop-nvme-tpm")
			one.change(m)
			found := m.look(t)[check.ID]
			if got := (said{found.Status, found.Text, found.Hint}); got != one.want {
				t.Errorf("%s says\n%+v\nwant\n%+v", check.ID, got, one.want)
			}
			if found.Title != check.Title || found.Title == "" {
				t.Errorf("%s is called %q", check.ID, found.Title)
			}
		}
	}
}
