package installation

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// byTPM is what the first start of an installed machine does when Secure Boot
// is enforced: the TPM opens the disk from then on, while nobody has measured
// anything into PCR 15, which opening root does.
const byTPM = "PASSWORD='" + diskPassphrase + "' systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs='7+15:sha256=" +
	"0000000000000000000000000000000000000000000000000000000000000000' /dev/disk/by-partlabel/disk-main-cryptroot"

const asksTPM = "cryptsetup open --test-passphrase --token-only --token-type systemd-tpm2 /dev/disk/by-partlabel/disk-main-cryptroot"

// Under Secure Boot with keys of our own the TPM opens the disk of what was
// installed, without a prompt, and two attacks that would get the key
// otherwise do not: a kernel of somebody else's, and a root that was put
// beside the real one.
func TestSecureBoot(t *testing.T) {
	given, passphrase := folder(t), recovery(t)
	for from, to := range map[string]string{"kernel.efi": "kernel.efi", "systemd-bootx64.efi": "systemd-bootx64.efi"} {
		data, err := os.ReadFile(filepath.Join(image(t), "secure", from))
		if err == nil {
			err = os.WriteFile(filepath.Join(given, "system", to), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
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
	if output, status := first.Command(byTPM); status != 0 {
		t.Fatalf("enroll: %d: %s", status, output)
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
	refused := regexp.MustCompile(`root account is locked|(?i)passphrase for disk[^\n]*:|emergency`)
	shell := regexp.MustCompile(`root@\S+:[^\n]*# `)
	if which, _ := planted.Wait(refused, shell); which != 0 {
		t.Errorf("the planted root was started; the console:\n%s", planted.Console())
	}
	planted.Kill()

	// The TPM forgets: the operator's passphrase and the words go on opening.
	m.SecureBoot(false)
	back := m.Boot(rig.Boot{From: rig.Image})
	back.Login("")
	if output, status := back.Command("sgdisk --change-name=2:disk-main-cryptroot /dev/disk/by-id/virtio-virtio0 && sgdisk --zap-all /dev/disk/by-id/virtio-virtio1"); status != 0 {
		t.Fatal(output)
	}
	back.PowerOff()
	m.SecureBoot(true)
	m.ForgetTPM()
	for name, typed := range map[string]string{"the passphrase": diskPassphrase, "the recovery passphrase": passphrase} {
		r := m.Boot(rig.Boot{From: rig.Disks})
		if prompts := r.Login(typed); prompts != 1 {
			t.Errorf("%s: %d prompts, want 1", name, prompts)
		}
		r.PowerOff()
	}
}
