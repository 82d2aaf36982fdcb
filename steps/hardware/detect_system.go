package hardware

import (
	"path"
	"runtime"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// lookSystem reads what runs on the machine now.
func lookSystem(reader run.Reader) (steps.Finding, error) {
	kernel := probe.Line(reader, "/proc/sys/kernel/osrelease")
	name := hostname(reader)
	system := nixSystem(reader)
	live := steps.Live{Installer: installer(reader)}
	if !live.Installer {
		live.Managed = managed(reader, name)
	}
	return func(facts *steps.Facts) {
		facts.System, facts.Kernel, facts.Hostname = system, kernel, name
		facts.Live.Installer, facts.Live.Managed = live.Installer, live.Managed
	}, nil
}

func hostname(reader run.Reader) string {
	if name := probe.Line(reader, "/proc/sys/kernel/hostname"); name != "" && name != "(none)" {
		return name
	}
	return probe.Line(reader, "/etc/hostname")
}

// nixSystem is the machine's kind as Nix spells it. The kernel tells its
// architecture since Linux 6.1; before that the processor does.
func nixSystem(reader run.Reader) string {
	architecture := probe.Line(reader, "/proc/sys/kernel/arch")
	if architecture == "" && probe.Recorded(reader) {
		switch cpuinfo := probe.Text(reader, "/proc/cpuinfo"); {
		case strings.Contains(cpuinfo, "CPU implementer"):
			architecture = "aarch64"
		case strings.Contains(cpuinfo, "vendor_id"):
			architecture = "x86_64"
		default:
			return ""
		}
	}
	if architecture == "" {
		architecture = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	}
	if architecture == "" {
		architecture = runtime.GOARCH
	}
	return architecture + "-linux"
}

// installer says whether this is an installer or rescue system, which is
// gone after the next boot. NixOS says so in os-release; all run from a
// medium that they mount.
func installer(reader run.Reader) bool {
	release := probe.Pairs(probe.Text(reader, "/etc/os-release"))
	if release["VARIANT_ID"] == "installer" {
		return true
	}
	return slices.ContainsFunc(probe.Mounts(reader), func(mount probe.Mount) bool {
		return slices.Contains(probe.LiveMounts, mount.Place)
	})
}

// flakeFolders are where the flake of a managed machine may lie.
var flakeFolders = []string{"/etc/nixos", "/persist/etc/nixos"}

// managed is the folder of the flake that this machine was made from: it
// holds the answers of a host with this machine's name.
func managed(reader run.Reader, host string) string {
	if host == "" || host != path.Base(host) {
		return ""
	}
	for _, folder := range flakeFolders {
		if probe.Exists(reader, path.Join(folder, "hosts", host, "answers.yaml")) {
			return folder
		}
	}
	return ""
}

// lookPower tells mains from battery. A machine without a battery that runs
// is on mains.
func lookPower(reader run.Reader) (steps.Finding, error) {
	const folder = "/sys/class/power_supply"
	power := steps.Power{}
	mains := false
	for _, name := range probe.Names(reader, folder) {
		supply := path.Join(folder, name)
		switch probe.Text(reader, supply+"/type") {
		case "Battery":
			if probe.Text(reader, supply+"/scope") == "Device" { // of a mouse or a headset
				continue
			}
			power.Battery = true
			if percent, ok := probe.Number(reader, supply+"/capacity"); ok {
				power.Percent = max(power.Percent, int(min(percent, 100)))
			}
			power.Health = max(power.Health, batteryHealth(reader, supply))
			if status := probe.Text(reader, supply+"/status"); status == "Charging" || status == "Full" || status == "Not charging" {
				mains = true
			}
		case "Mains", "USB", "UPS", "Wireless":
			mains = mains || probe.Flag(reader, supply+"/online")
		}
	}
	power.Mains = mains || !power.Battery
	return func(facts *steps.Facts) { facts.Power = power }, nil
}

// batteryHealth is what a battery holds now of what it held when it was new,
// in percent; 0 where it does not tell. Some count energy, some charge.
// Source: kernel, Documentation/ABI/testing/sysfs-class-power.
func batteryHealth(reader run.Reader, supply string) int {
	for _, kind := range []string{"energy", "charge"} {
		full, told := probe.Number(reader, supply+"/"+kind+"_full")
		design, designed := probe.Number(reader, supply+"/"+kind+"_full_design")
		if told && designed && design > 0 && full < 1<<40 {
			return int(min(full*100/design, 100))
		}
	}
	return 0
}
