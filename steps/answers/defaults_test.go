package answers

import (
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
)

var tpm2 = steps.TPM{Present: true, Version: "2.0", Device: "/dev/tpmrm0", Usable: true}

func machines() map[string]steps.Facts {
	return map[string]steps.Facts{
		"nothing known": {},
		"laptop": {
			System: "x86_64-linux", Hostname: "Snix.lan", Machine: steps.Machine{Chassis: "laptop"}, TPM: tpm2,
			Firmware: steps.Firmware{Kind: "uefi", Bits: 64, SetupMode: true}, Memory: steps.Memory{Total: 16 << 30},
			Locale: steps.Locale{Timezone: "Europe/Berlin", Language: "de_DE.UTF-8", Keymap: "de", XkbLayout: "de"},
			Disks:  []steps.Disk{{Name: "nvme0n1", Transport: "nvme", Size: 1e12}},
		},
		"installer": {
			System: "aarch64-linux", Hostname: "nixos", Live: steps.Live{Installer: true}, Machine: steps.Machine{Hypervisor: "kvm"},
			Locale: steps.Locale{Timezone: "n/a", Language: "C", Keymap: "(unset)"},
		},
		"small box": {
			System: "x86_64-linux", Machine: steps.Machine{Chassis: "appliance"},
			Disks: []steps.Disk{{Name: "mmcblk0", Transport: "mmc", Size: 32e9}, {Name: "sda", Transport: "usb", Size: 1e12, LiveMedium: true}},
		},
		"battery": {Power: steps.Power{Battery: true}},
	}
}

// With a name, a user and the disks, the proposals are answers without fault.
func TestDefaultsAreNearlyAnswers(t *testing.T) {
	for name, facts := range machines() {
		t.Run(name, func(t *testing.T) {
			answers := Defaults(facts)
			for _, fault := range faultsOf(answers) {
				if !strings.HasPrefix(fault.Key, "users.0.") && fault.Key != "host.name" && fault.Key != "disk.disks" {
					t.Errorf("%v", fault)
				}
			}
			layout, _ := assets.Load().Layout(answers.Disk.Layout)
			for _, role := range layout.Roles {
				if err := Set(&answers, "disk.disks."+role, []string{"ata-" + role}); err != nil {
					t.Error(err)
				}
			}
			for key, value := range map[string]string{"host.name": "box", "users.0.name": "alice", "users.0.fullName": "Alice"} {
				if err := Set(&answers, key, []string{value}); err != nil {
					t.Error(err)
				}
			}
			if err := Check(answers); err != nil {
				t.Errorf("%v\n%s", err, Write(answers))
			}
		})
	}
}

func TestDefaultsFollowTheFacts(t *testing.T) {
	for _, test := range []struct{ machine, key, want string }{
		{"laptop", "host.name", "snix"},
		{"laptop", "host.type", "laptop"},
		{"laptop", "locale.language", "de_DE.UTF-8"},
		{"laptop", "boot.loader", "lanzaboote"},
		{"laptop", "boot.unlock", "tpm"},
		{"laptop", "tpm.operatorKeys", "true"},
		{"laptop", "desktop", "plasma"},
		{"installer", "host.name", ""},
		{"installer", "host.type", "server"},
		{"installer", "host.system", "aarch64-linux"},
		{"installer", "locale.timezone", "UTC"},
		{"installer", "locale.language", "en_US.UTF-8"},
		{"installer", "locale.keymap", "us"},
		{"installer", "boot.unlock", "passphrase"},
		{"installer", "tpm.keys", "false"},
		{"small box", "disk.swap.kind", "zram"},
		{"battery", "host.type", "laptop"},
		{"nothing known", "host.type", "desktop"},
	} {
		if got := strings.Join(Get(Defaults(machines()[test.machine]), test.key), ","); got != test.want {
			t.Errorf("%s: %s is %q, want %q", test.machine, test.key, got, test.want)
		}
	}
}
