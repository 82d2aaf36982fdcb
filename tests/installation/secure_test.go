package installation

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// asksTPM tries to get the disk's key from the TPM once more.
const asksTPM = "cryptsetup open --test-passphrase --token-only --token-type systemd-tpm2 /dev/disk/by-partlabel/disk-main-cryptroot"

// Under Secure Boot with keys of our own the TPM opens the disk of what was
// installed, without a prompt, enrolled by the flake's own script at the first start; and
// two attacks that would get the key otherwise do not: a kernel of somebody
// else's, and a root that was put beside the real one.
func TestSecureBoot(t *testing.T) {
	if !atLength() {
		t.Skip("takes long: ./check full runs it")
	}
	given := folder(t)
	for from, to := range map[string]string{"kernel.efi": "kernel.efi", "systemd-bootx64.efi": "systemd-bootx64.efi"} {
		data, err := os.ReadFile(filepath.Join(image(t), "secure", from))
		if err == nil {
			err = os.WriteFile(filepath.Join(given, "system", to), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(given, "answers.yaml"))
	if err == nil {
		text = bytes.Replace(text, []byte("{loader: systemd-boot, unlock: passphrase}"), []byte("{loader: lanzaboote, unlock: tpm}"), 1)
		err = os.WriteFile(filepath.Join(given, "answers.yaml"), text, 0o600)
	}
	if err != nil || !bytes.Contains(text, []byte("lanzaboote")) {
		t.Fatalf("answers for Secure Boot: %v\n%s", err, text)
	}
	m := rig.New(t, rig.Hardware{Virtio: 2, Size: "9G"})
	result := m.Exec("scripts/install.sh", given, install...)
	if result.Status != 0 {
		t.Fatalf("install ended with %d:\n%s", result.Status, result.Log)
	}

	m.SecureBoot(true)
	first := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := first.Login(diskPassphrase); prompts != 1 {
		t.Errorf("%d prompts at the first start, want 1", prompts)
	}
	if output, _ := first.Command("od -An -t u1 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"); !strings.HasSuffix(output, " 1") {
		t.Fatalf("Secure Boot is not enforced: %q", output)
	}
	first.Command("systemctl --wait is-system-running")
	if output, _ := first.Command("cat /run/luks-tpm-enrol/status"); !strings.HasPrefix(output, "enrolled: ") {
		t.Fatalf("after the first start: %s\n%s", output, first.Console())
	}
	first.PowerOff()

	second := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := second.Login(""); prompts != 0 {
		t.Errorf("%d prompts after enrolling, want none", prompts)
	}
	if output, status := second.Command(asksTPM); status == 0 {
		t.Errorf("the started system got the key once more: %s", output)
	}
	second.PowerOff()

	// Another kernel: with Secure Boot on the firmware does not start it; with
	// Secure Boot off it does, and the TPM does not answer.
	m.SecureBoot(false)
	foreign := m.Boot(rig.Boot{From: rig.Image})
	foreign.Login("")
	if output, status := foreign.Command(asksTPM); status == 0 {
		t.Errorf("a foreign kernel got the key: %s", output)
	}
	// Another root: a plain file system with the labels that root has, while
	// the real container is hidden behind another name.
	plant, status := foreign.Command(strings.Join([]string{
		"sgdisk --change-name=2:hidden /dev/disk/by-id/virtio-virtio0",
		"sgdisk --zap-all --new=1:0:+64M --change-name=1:disk-main-cryptroot --new=2:0:0 --change-name=2:root /dev/disk/by-id/virtio-virtio1",
		"udevadm settle", "mkfs.btrfs --quiet --label root /dev/disk/by-id/virtio-virtio1-part2",
		"mount /dev/disk/by-id/virtio-virtio1-part2 /mnt", "btrfs subvolume create /mnt/@root",
		"cp --archive --one-file-system /bin /sbin /lib /lib64 /usr /etc /root /var /mnt/@root/",
		"mkdir -p /mnt/@root/proc /mnt/@root/sys /mnt/@root/dev /mnt/@root/run /mnt/@root/tmp",
		": >/mnt/@root/etc/fstab", "umount /mnt",
	}, " && "))
	if status != 0 {
		t.Fatalf("plant: %d: %s", status, plant)
	}
	foreign.PowerOff()

	m.SecureBoot(true)
	planted := m.Boot(rig.Boot{From: rig.Disks})
	refused := regexp.MustCompile(`root account is locked|(?i)passphrase[^\n]* for disk[^\n]*:|emergency`)
	shell := regexp.MustCompile(`root@\S+:[^\n]*# `)
	if which, _ := planted.Wait(refused, shell); which != 0 {
		t.Errorf("the planted root was started; the console:\n%s", planted.Console())
	}
	planted.Kill()
}
