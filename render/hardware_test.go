package render

import (
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
)

func TestInitrdModules(t *testing.T) {
	for name, test := range map[string]struct {
		facts steps.Facts
		want  string
	}{
		"nothing known": {steps.Facts{}, ""},
		"laptop": {steps.Facts{
			Devices: []steps.Device{
				{Bus: "pci", Class: "usb", Driver: "xhci_hcd"},
				{Bus: "pci", Class: "storage", Driver: "nvme"},
				{Bus: "pci", Class: "gpu", Driver: "amdgpu"},
				{Bus: "usb", Class: "storage", Driver: "usb-storage"},
			},
			Disks: []steps.Disk{{Transport: "nvme"}},
		}, "nvme xhci_pci"},
		"old desktop": {steps.Facts{
			Devices: []steps.Device{
				{Bus: "pci", Class: "usb", Driver: "ehci-pci"}, {Bus: "pci", Class: "storage", Driver: "ahci"}, {Bus: "pci", Class: "storage"},
			},
			Disks: []steps.Disk{{Transport: "sata"}, {Transport: "usb"}},
		}, "ahci ehci_pci sd_mod usb_storage"},
		"emmc": {steps.Facts{
			Devices: []steps.Device{{Bus: "pci", Class: "storage", Driver: "sdhci-pci"}},
			Disks:   []steps.Disk{{Transport: "mmc"}},
		}, "mmc_block sdhci_pci"},
		"guest": {steps.Facts{
			Machine: steps.Machine{Hypervisor: "kvm"},
			Devices: []steps.Device{{Bus: "pci", Class: "storage", Driver: "virtio-pci"}},
			Disks:   []steps.Disk{{Transport: "virtio"}},
		}, "virtio_blk virtio_pci virtio_scsi"},
	} {
		if got := InitrdModules(test.facts); strings.Join(got, " ") != test.want || !slices.IsSorted(got) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestHardwareConfiguration(t *testing.T) {
	host := steps.Answers{Host: steps.Host{System: "x86_64-linux"}}
	for name, test := range map[string]struct {
		facts   steps.Facts
		present []string
		absent  []string
	}{
		"captured": {
			steps.Facts{HardwareConfiguration: "\n{ ... }:\n{ captured = true; }\n\n"}, []string{"{ captured = true; }\n"}, []string{"\n\n", "mnemonix"},
		},
		"amd":       {steps.Facts{CPU: steps.CPU{Vendor: "amd", Virtualization: "svm"}}, []string{`[ "kvm-amd" ]`, "hardware.cpu.amd.updateMicrocode = true"}, []string{"intel"}},
		"intel":     {steps.Facts{CPU: steps.CPU{Vendor: "intel", Virtualization: "vmx"}}, []string{`[ "kvm-intel" ]`, "hardware.cpu.intel.updateMicrocode"}, []string{"amd."}},
		"arm":       {steps.Facts{CPU: steps.CPU{Vendor: "arm"}}, []string{"hostPlatform"}, []string{"updateMicrocode", "kernelModules = [ \"kvm"}},
		"kvm guest": {steps.Facts{CPU: steps.CPU{Vendor: "amd"}, Machine: steps.Machine{Hypervisor: "kvm"}}, []string{"qemuGuest", "virtio_gpu"}, []string{"updateMicrocode"}},
		"hyper-v":   {steps.Facts{Machine: steps.Machine{Hypervisor: "microsoft"}}, []string{"virtualisation.hypervGuest.enable = true"}, []string{"qemu"}},
		"vmware":    {steps.Facts{Machine: steps.Machine{Hypervisor: "vmware"}}, []string{"virtualisation.vmware.guest.enable = true"}, nil},
		"oracle":    {steps.Facts{Machine: steps.Machine{Hypervisor: "oracle"}}, []string{"virtualisation.virtualbox.guest.enable = true"}, nil},
	} {
		text, err := hardwareConfiguration(test.facts, host)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, part := range test.present {
			if !strings.Contains(text, part) {
				t.Errorf("%s: no %q in\n%s", name, part, text)
			}
		}
		for _, part := range test.absent {
			if strings.Contains(text, part) {
				t.Errorf("%s: %q in\n%s", name, part, text)
			}
		}
	}
}
