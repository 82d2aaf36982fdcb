package hardware

import (
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Profile is the name of nixos-hardware's module for exactly this machine, by
// what DMI says, or empty. Its list is long and grows: here stand the
// families that are common and whose names DMI gives without doubt.
// Source: nixos-hardware, flake.nix, nixosModules.
func Profile(facts steps.Facts) string {
	vendor := strings.ToLower(facts.Machine.Vendor)
	switch {
	case vendor == "framework":
		return frameworkProfile(facts.Machine.Product)
	case vendor == "lenovo":
		return thinkpadProfile(facts.Machine.Version, facts.CPU.Vendor)
	case vendor == "dell inc.":
		return dellProfiles[facts.Machine.Product]
	case strings.HasPrefix(facts.Machine.Product, "Raspberry Pi "):
		var model int
		if _, err := fmt.Sscanf(facts.Machine.Product, "Raspberry Pi %d", &model); err == nil && model >= 2 && model <= 5 {
			return fmt.Sprintf("raspberry-pi-%d", model)
		}
	}
	return ""
}

// frameworkProfile goes by the beginning of the product's name; the rest
// differs between batches of the same machine.
func frameworkProfile(product string) string {
	for _, machine := range []struct{ name, profile string }{
		{"Laptop (11th Gen Intel", "framework-11th-gen-intel"},
		{"Laptop (12th Gen Intel", "framework-12th-gen-intel"},
		{"Laptop (13th Gen Intel", "framework-13th-gen-intel"},
		{"Laptop 12 (13th Gen Intel", "framework-12-13th-gen-intel"},
		{"Laptop 13 (AMD Ryzen 7040", "framework-13-7040-amd"},
		{"Laptop 13 (AMD Ryzen AI 300", "framework-amd-ai-300-series"},
		{"Laptop 13 (Intel Core Ultra Series 1", "framework-intel-core-ultra-series1"},
		{"Laptop 16 (AMD Ryzen 7040", "framework-16-7040-amd"},
		{"Desktop (AMD Ryzen AI Max 300", "framework-desktop-amd-ai-max-300-series"},
	} {
		if strings.HasPrefix(product, machine.name) {
			return machine.profile
		}
	}
	return ""
}

// thinkpads are the models whose module bears the model's name, after
// "ThinkPad " in DMI and after lenovo-thinkpad- there.
var thinkpads = map[string]bool{
	"a475": true, "e470": true, "e495": true, "l480": true, "p43s": true, "p50": true, "p51": true, "p52": true, "p53": true,
	"t410": true, "t420": true, "t430": true, "t440p": true, "t440s": true, "t450s": true, "t460": true, "t460p": true,
	"t460s": true, "t470s": true, "t480": true, "t480s": true, "t490": true, "t490s": true, "t495": true, "t520": true,
	"t550": true, "t590": true, "w520": true, "x140e": true, "x200s": true, "x220": true, "x230": true, "x250": true,
	"x260": true, "x270": true, "x280": true, "x390": true,
}

// thinkpadGenerations are the models that come with both makers' processors,
// and the generations of each that have a module.
var thinkpadGenerations = map[string]map[int]bool{
	"t14 amd":    {1: true, 2: true, 3: true, 4: true, 5: true},
	"t14 intel":  {6: true},
	"t14s amd":   {1: true, 4: true},
	"p14s amd":   {1: true, 2: true, 3: true, 4: true, 5: true},
	"p14s intel": {3: true, 5: true},
	"p16s amd":   {1: true, 2: true, 4: true},
	"p16s intel": {2: true},
}

// thinkpadProfile reads a version such as "ThinkPad T480", "ThinkPad P14s Gen
// 4" or "ThinkPad X1 Carbon Gen 9".
func thinkpadProfile(version, cpu string) string {
	name, found := strings.CutPrefix(strings.ToLower(version), "thinkpad ")
	if !found {
		return ""
	}
	if thinkpads[name] {
		return "lenovo-thinkpad-" + name
	}
	model, generation, found := strings.Cut(name, " gen ")
	if !found {
		return map[string]string{"x1 carbon 6th": "lenovo-thinkpad-x1-6th-gen", "x1 carbon 7th": "lenovo-thinkpad-x1-7th-gen"}[name]
	}
	var number int
	if _, err := fmt.Sscanf(generation, "%d", &number); err != nil {
		return ""
	}
	switch {
	case model == "x1 carbon" && number >= 9 && number <= 13:
		return fmt.Sprintf("lenovo-thinkpad-x1-%dth-gen", number)
	case thinkpadGenerations[model+" "+cpu][number]:
		return fmt.Sprintf("lenovo-thinkpad-%s-%s-gen%d", model, cpu, number)
	}
	return ""
}

// dellProfiles are Dell's machines by DMI's name of the product.
var dellProfiles = map[string]string{
	"XPS 13 7390": "dell-xps-13-7390", "XPS 13 9300": "dell-xps-13-9300", "XPS 13 9310": "dell-xps-13-9310",
	"XPS 13 9315": "dell-xps-13-9315", "XPS 13 9333": "dell-xps-13-9333", "XPS 13 9343": "dell-xps-13-9343",
	"XPS 13 9350": "dell-xps-13-9350", "XPS 13 9360": "dell-xps-13-9360", "XPS 13 9370": "dell-xps-13-9370",
	"XPS 13 9380": "dell-xps-13-9380", "XPS 15 7590": "dell-xps-15-7590", "XPS 15 9500": "dell-xps-15-9500",
	"XPS 15 9510": "dell-xps-15-9510", "XPS 15 9520": "dell-xps-15-9520", "XPS 15 9530": "dell-xps-15-9530",
	"XPS 15 9550": "dell-xps-15-9550", "XPS 15 9560": "dell-xps-15-9560", "XPS 15 9570": "dell-xps-15-9570",
	"Latitude 3340": "dell-latitude-3340", "Latitude 3480": "dell-latitude-3480", "Latitude 5490": "dell-latitude-5490",
	"Latitude 5520": "dell-latitude-5520", "Latitude 7280": "dell-latitude-7280", "Latitude 7390": "dell-latitude-7390",
	"Latitude 7420": "dell-latitude-7420", "Latitude 7430": "dell-latitude-7430", "Latitude 7490": "dell-latitude-7490",
	"Latitude 9430": "dell-latitude-9430", "OptiPlex 3050": "dell-optiplex-3050",
	"Precision 3541": "dell-precision-3541", "Precision 5490": "dell-precision-5490", "Precision 5530": "dell-precision-5530",
	"Precision 5560": "dell-precision-5560", "Precision 7520": "dell-precision-7520",
}

// generalProfiles are the modules for parts that many machines share.
func generalProfiles(facts steps.Facts) []string {
	if facts.Machine.Hypervisor != "" {
		return nil
	}
	var list []string
	switch facts.CPU.Vendor {
	case "amd":
		list = append(list, "common-cpu-amd")
	case "intel":
		list = append(list, "common-cpu-intel")
	}
	for _, device := range facts.Devices {
		if device.Class == "gpu" && device.VendorID == makerNVIDIA && facts.Machine.Chassis == "desktop" {
			list = append(list, "common-gpu-nvidia-nonprime")
			break
		}
	}
	switch facts.Machine.Chassis {
	case "laptop":
		list = append(list, "common-pc-laptop")
	case "desktop":
		list = append(list, "common-pc")
	}
	for _, disk := range facts.Disks {
		if !disk.Rotational && !disk.LiveMedium && disk.Transport != "usb" {
			list = append(list, "common-pc-ssd")
			break
		}
	}
	return list
}
