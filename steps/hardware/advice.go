package hardware

import (
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// What little is: with less than small memory a system can run and not build,
// with less than modest it builds slowly and needs swap for it.
const (
	small  = 2 << 30
	modest = 4 << 30
)

// wornOut is the percentage of a disk's rated life from which it is time to
// say so.
const wornOut = 80

// pressed is the share of a minute, in percent, that programs may wait for
// memory before it is said.
const pressed = 10

// nearlyCritical is how many degrees below what a part bears it is time to
// say so.
const nearlyCritical = 5

// Advice says in sentences what follows from the hardware for the
// configuration. It is pure: the same facts give the same sentences.
func Advice(facts steps.Facts) []string {
	var list []string
	add := func(format string, values ...any) { list = append(list, fmt.Sprintf(format, values...)) }

	if profile := Profile(facts); profile != "" {
		add("nixos-hardware has a profile for this machine: %s", profile)
	} else if general := generalProfiles(facts); len(general) > 0 {
		add("nixos-hardware's general profiles fit: %s", strings.Join(general, ", "))
	}
	if vendor := facts.CPU.Vendor; facts.Machine.Hypervisor == "" && (vendor == "amd" || vendor == "intel") {
		sentence := fmt.Sprintf("microcode is updated at boot: hardware.cpu.%s.updateMicrocode", vendor)
		if facts.CPU.Microcode != "" {
			sentence += " (now " + facts.CPU.Microcode + ")"
		}
		add("%s", sentence)
	}
	for _, device := range facts.Devices {
		if sentence := deviceAdvice(device); sentence != "" && !slices.Contains(list, sentence) {
			add("%s", sentence)
		}
	}
	if initrd := InitrdModules(facts); len(initrd) > 0 {
		add("kernel modules to start from the disk: %s", strings.Join(initrd, ", "))
	}
	if guest, known := guests[facts.Machine.Hypervisor]; known {
		add("guest tools of the hypervisor: %s", guest)
	}
	for _, disk := range facts.Disks {
		if !disk.Rotational && !disk.LiveMedium {
			add("solid state disks are trimmed weekly: services.fstrim.enable")
			break
		}
	}
	if slices.ContainsFunc(facts.Disks, holdsWindows) {
		add("Windows keeps the clock in local time, and NixOS in UTC: time.hardwareClockInLocalTime lets them agree")
	}
	return append(list, featureAdvice(facts)...)
}

func holdsWindows(disk steps.Disk) bool {
	return slices.ContainsFunc(systems(disk), func(name string) bool { return strings.Contains(name, "Windows") })
}

// guests are what NixOS has for those hypervisors.
var guests = map[string]string{
	"kvm":       "services.qemuGuest.enable",
	"microsoft": "virtualisation.hypervGuest.enable",
	"oracle":    "virtualisation.virtualbox.guest.enable",
	"vmware":    "virtualisation.vmware.guest.enable",
}

// featureAdvice names the features that this hardware is good for.
func featureAdvice(facts steps.Facts) []string {
	var list []string
	screen, discrete := false, false
	for _, device := range facts.Devices {
		if device.Class == "gpu" {
			screen = true
			// What an AMD processor has besides an AMD card cannot be told
			// apart here, and what needs an old driver is too slow.
			discrete = discrete || device.VendorID == makerNVIDIA && slices.Contains([]string{"nvidia", "nvidia-open"}, device.VideoDriver) ||
				device.VendorID == makerAMD && facts.CPU.Vendor != "amd" && device.VideoDriver == "amdgpu"
		}
	}
	if facts.CPU.Virtualization != "" && facts.Memory.Total >= 2*modest {
		list = append(list, fmt.Sprintf("the feature virtualization fits: %s and %s of memory", facts.CPU.Virtualization, sizeText(facts.Memory.Total)))
	}
	if discrete && facts.Machine.Hypervisor == "" {
		list = append(list, "the feature gaming fits: there is a graphics card")
	}
	if !screen && len(facts.Devices) > 0 {
		list = append(list, "the feature headless fits: there are no graphics")
	}
	return list
}

// Warnings says what a person should know before installing here.
func Warnings(facts steps.Facts) []steps.Problem {
	list := machineWarnings(facts)
	for _, disk := range facts.Disks {
		list = append(list, diskWarnings(disk)...)
	}
	return list
}

// machineWarnings are those that hold whichever disk is chosen.
func machineWarnings(facts steps.Facts) []steps.Problem {
	var list []steps.Problem
	switch total := facts.Memory.Total; {
	case total == 0: // nobody could look
	case total < small:
		list = append(list, steps.Problem{
			Text: "this machine has only " + sizeText(total) + " of memory: a build of its own system will run out of it",
			Hint: "build on another machine (builders) and give this one zram",
		})
	case total < modest:
		list = append(list, steps.Problem{
			Text: "this machine has " + sizeText(total) + " of memory: large builds will need swap",
			Hint: "choose swap on disk, or build on another machine (builders)",
		})
	}
	if refusal := facts.Firmware.Refusal(); facts.Firmware.Kind == "uefi" && refusal.Text != "" {
		list = append(list, refusal) // a BIOS is said in the report itself
	}
	if facts.Power.Battery && !facts.Power.Mains && facts.Power.Percent < 50 {
		list = append(list, steps.Problem{
			Text: fmt.Sprintf("this machine runs on its battery, which is at %d %%", facts.Power.Percent),
			Hint: "plug it in: an installation takes a while",
		})
	}
	if health := facts.Power.Health; facts.Power.Battery && health > 0 && health < 50 {
		list = append(list, steps.Problem{
			Text: fmt.Sprintf("the battery holds %d %% of what it held when it was new", health),
			Hint: "leave the machine plugged in while it installs",
		})
	}
	if facts.Memory.Pressure >= pressed {
		list = append(list, steps.Problem{
			Text: fmt.Sprintf("memory is short now: programs waited for it %.0f %% of the last minute", facts.Memory.Pressure),
			Hint: "end what is not needed, or add zram: mnemonix install needs room to build",
		})
	}
	for _, sensor := range facts.Sensors {
		if sensor.Critical > 0 && sensor.Celsius+nearlyCritical >= sensor.Critical {
			list = append(list, steps.Problem{
				Text: fmt.Sprintf("%s is at %d degrees, and %d are the most that it bears", sensor.Name, sensor.Celsius, sensor.Critical),
				Hint: "look after its fans before it builds for an hour",
			})
		}
	}
	for _, device := range facts.Devices {
		if problem, found := deviceWarning(device); found {
			list = append(list, problem)
		}
	}
	return list
}

func diskWarnings(disk steps.Disk) []steps.Problem {
	var list []steps.Problem
	name := diskName(disk)
	if disk.Health != "" {
		list = append(list, steps.Problem{Text: "the disk " + name + " reports trouble: " + disk.Health, Hint: "save what is on it, and do not install on it"})
	}
	if disk.Wear >= wornOut {
		list = append(list, steps.Problem{
			Text: fmt.Sprintf("the disk %s has %d %% of its life left", name, max(0, 100-disk.Wear)),
			Hint: "replace it soon, and keep backups until then",
		})
	}
	if disk.Unread != "" && disk.Unread != steps.OnlyRoot {
		list = append(list, steps.Problem{
			Text: "the first or the last MiB of " + name + " could not be read: " + disk.Unread,
			Hint: "look for a loose cable or a failing disk: it is tried once more before anything is planned on it",
		})
	}
	for _, partition := range disk.Partitions {
		if partition.Content.Kind == "BitLocker" {
			list = append(list, steps.Problem{
				Text: "BitLocker protects a partition of " + name + ": Windows will ask for its recovery key after a change of Secure Boot or of the boot order",
				Hint: "have the recovery key at hand (account.microsoft.com/devices/recoverykey), or suspend BitLocker in Windows first",
			})
			break
		}
	}
	for _, content := range append(contents(disk), disk.Content) {
		if content.Hibernated {
			list = append(list, steps.Problem{
				Text: "a system sleeps on " + name + ", and goes on with what it remembers of its disks: what is written to them meanwhile ruins it",
				Hint: "start it and shut it down; Windows with fast start sleeps after every shutdown: shutdown /s /t 0",
			})
			break
		}
	}
	return list
}

// diskName is what a person knows the disk by.
func diskName(disk steps.Disk) string {
	name := strings.TrimSpace(disk.Model)
	if name == "" {
		name = disk.Name
	}
	return name + " (" + sizeText(disk.Size) + ")"
}

// sizeText is a size for people: three digits, in powers of 1024.
func sizeText(size uint64) string {
	value, units := float64(size), []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	for value >= 1000 && len(units) > 1 {
		value, units = value/1024, units[1:]
	}
	switch {
	case value >= 100 || units[0] == "B":
		return fmt.Sprintf("%.0f %s", value, units[0])
	case value >= 10:
		return fmt.Sprintf("%.3g %s", value, units[0])
	}
	return fmt.Sprintf("%.2g %s", value, units[0])
}
