package hardware

import (
	"context"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// lookMachine reads DMI, or the device tree of a machine that has none.
func lookMachine(ctx context.Context, reader run.Runner) (steps.Finding, error) {
	const dmi = "/sys/class/dmi/id/"
	machine := steps.Machine{
		Vendor:  named(probe.Line(reader, dmi+"sys_vendor")),
		Product: named(probe.Line(reader, dmi+"product_name")),
		Version: named(probe.Line(reader, dmi+"product_version")),
		Board:   named(probe.Line(reader, dmi+"board_name")),
		Chassis: chassis(probe.Text(reader, dmi+"chassis_type")),
	}
	var err error
	if !probe.Exists(reader, dmi) {
		machine.Product = probe.Line(reader, "/sys/firmware/devicetree/base/model")
		if machine.Product == "" {
			err = &probe.NotHere{Name: "/sys/class/dmi/id"}
		}
	}
	machine.Hypervisor = hypervisor(ctx, reader, machine)
	if machine.Hypervisor != "" {
		machine.Chassis = ""
	}
	return func(facts *steps.Facts) { facts.Machine = machine }, err
}

// notNames are what makers leave in place of a name.
var notNames = []string{
	"to be filled by o.e.m.", "default string", "system product name", "system manufacturer", "system version",
	"not specified", "not applicable", "none", "invalid", "o.e.m.", "oem", "type1productconfigid", "undefined", "n/a", "unknown", "0123456789", "123456789",
}

func named(text string) string {
	for _, placeholder := range notNames {
		if strings.EqualFold(text, placeholder) {
			return ""
		}
	}
	return text
}

// chassis translates the type of the system enclosure.
// Source: SMBIOS 3.7, 7.4.1, table 17.
func chassis(number string) string {
	switch number {
	case "3", "4", "5", "6", "7", "13", "15", "16", "24", "35", "36":
		return "desktop"
	case "8", "9", "10", "11", "12", "14", "30", "31", "32":
		return "laptop"
	case "17", "23", "25", "27", "28", "29":
		return "server"
	case "33", "34":
		return "appliance"
	}
	return "" // other, unknown, or what is no computer
}

// makers are what hypervisors say in DMI. Order matters: the more particular
// comes first. Source: systemd, src/basic/virt.c,
// detect_vm_dmi_vendor; of the houses that rent machines, what these say.
var makers = []struct{ vendor, product, name string }{
	{"qemu", "", "kvm"},
	{"kvm", "", "kvm"},
	{"openstack", "", "kvm"},
	{"kubevirt", "", "kvm"},
	{"", "kvm", "kvm"},
	{"digitalocean", "droplet", "kvm"},
	{"hetzner", "vserver", "kvm"},
	{"alibaba cloud", "alibaba cloud ecs", "kvm"},
	{"red hat", "kvm", "kvm"},
	{"amazon ec2", "", "kvm"},
	{"google", "google compute engine", "kvm"},
	{"vmware", "", "vmware"},
	{"innotek", "", "oracle"},
	{"oracle corporation", "virtualbox", "oracle"},
	{"xen", "", "xen"},
	{"microsoft", "virtual machine", "microsoft"},
	{"parallels", "", "parallels"},
	{"apple", "apple virtualization", "apple"},
	{"bhyve", "", "bhyve"},
	{"bochs", "", "bochs"},
	{"vmw", "", "vmware"},
}

// detectVirt prints what the processor says of the hypervisor below it, which
// no file of the kernel does. Source: systemd-detect-virt(1).
var detectVirt = []string{"systemd-detect-virt", "--vm"}

// virtNames are the words of systemd-detect-virt that are not ours.
var virtNames = map[string]string{"amazon": "kvm", "google": "kvm", "qemu": "kvm", "none": "", "vm-other": "other"}

// hypervisor tells what the machine runs in, or nothing for a real one.
func hypervisor(ctx context.Context, runner run.Runner, machine steps.Machine) string {
	vendor, product := strings.ToLower(machine.Vendor), strings.ToLower(machine.Product)
	for _, maker := range makers {
		if !strings.HasPrefix(vendor, maker.vendor) || !strings.Contains(product, maker.product) {
			continue
		}
		// Only the virtual machines of these have the flag; their bare
		// metal bears the same name.
		if bareMetal := maker.vendor == "amazon ec2" || maker.vendor == "google" || maker.vendor == ""; bareMetal && !guest(runner) {
			continue
		}
		return maker.name
	}
	if kind := probe.Line(runner, "/sys/hypervisor/type"); kind != "" {
		return kind
	}
	if tree := probe.Text(runner, "/proc/device-tree/hypervisor/compatible"); tree != "" { // ARM
		return strings.TrimPrefix(tree, "linux,")
	}
	if !guest(runner) {
		return ""
	}
	if text, err := output(ctx, runner, detectVirt, probe.DefaultLimit/2); err == nil {
		word := probe.Clean(text)
		if name, known := virtNames[word]; known {
			word = name
		}
		if word != "" && !strings.ContainsAny(word, " \n\t") {
			return word
		}
	}
	return "other"
}

// guest says whether the processor tells that a hypervisor is below it.
func guest(reader run.Reader) bool {
	data, err := reader.ReadFile("/proc/cpuinfo")
	return err == nil && parseCPU(data).guest
}
