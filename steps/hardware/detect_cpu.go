package hardware

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

func lookCPU(reader run.Reader) (steps.Finding, error) {
	data, err := reader.ReadFile("/proc/cpuinfo")
	if err != nil {
		return nil, fmt.Errorf("read /proc/cpuinfo: %w", err)
	}
	cpu := parseCPU(data).CPU
	if cpu.Threads == 0 {
		return nil, fmt.Errorf("/proc/cpuinfo lists no processor")
	}
	return func(facts *steps.Facts) { facts.CPU = cpu }, nil
}

// cpuinfo is what /proc/cpuinfo says; guest: below it is a hypervisor.
type cpuinfo struct {
	steps.CPU
	guest bool
}

// parseCPU reads /proc/cpuinfo in the forms of x86 and ARM. What differs
// between processors is that of the first.
func parseCPU(data []byte) cpuinfo {
	var info cpuinfo
	for line := range bytes.Lines(data) {
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		text := probe.Shown(string(value))
		switch key := string(bytes.TrimSpace(name)); key {
		case "processor":
			if _, err := strconv.ParseUint(text, 10, 32); err == nil {
				info.Threads++
			}
		case "vendor_id", "CPU implementer":
			if info.Vendor == "" {
				info.Vendor = vendor(text)
			}
		case "model name", "Model":
			if info.Model == "" {
				info.Model = text
			}
		case "microcode":
			if info.Microcode == "" {
				info.Microcode = text
			}
		case "flags":
			if info.Virtualization != "" || info.guest {
				continue
			}
			flags := strings.Fields(text)
			info.guest = slices.Contains(flags, "hypervisor")
			for _, flag := range []string{"vmx", "svm"} {
				if slices.Contains(flags, flag) {
					info.Virtualization = flag
				}
			}
		}
	}
	return info
}

func vendor(text string) string {
	switch text {
	case "GenuineIntel":
		return "intel"
	case "AuthenticAMD", "HygonGenuine":
		return "amd"
	case "0x41":
		return "arm"
	}
	return text
}

func lookMemory(reader run.Reader) (steps.Finding, error) {
	data, err := reader.ReadFile("/proc/meminfo")
	if err != nil {
		return nil, fmt.Errorf("read /proc/meminfo: %w", err)
	}
	memory := parseMemory(data)
	if memory.Total == 0 {
		return nil, fmt.Errorf("/proc/meminfo has no MemTotal")
	}
	memory.Pressure = parsePressure(probe.Text(reader, "/proc/pressure/memory"))
	return func(facts *steps.Facts) { facts.Memory = memory }, nil
}

// parsePressure reads how much of the last minute some program waited for
// memory: "some avg10=0.00 avg60=1.52 avg300=0.35 total=38117".
// Source: kernel, Documentation/accounting/psi.rst.
func parsePressure(text string) float64 {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "some" {
			continue
		}
		value, found := strings.CutPrefix(fields[2], "avg60=")
		if percent, err := strconv.ParseFloat(value, 64); found && err == nil && percent >= 0 && percent <= 100 {
			return percent
		}
	}
	return 0
}

// parseMemory reads /proc/meminfo; what is called kB there are KiB.
func parseMemory(data []byte) steps.Memory {
	var memory steps.Memory
	for line := range bytes.Lines(data) {
		name, value, found := strings.Cut(string(line), ":")
		fields := strings.Fields(value)
		if !found || len(fields) == 0 {
			continue
		}
		amount, err := strconv.ParseUint(fields[0], 10, 54)
		if err != nil {
			continue
		}
		switch name {
		case "MemTotal":
			memory.Total = amount << 10
		case "MemAvailable":
			memory.Available = amount << 10
		case "SwapTotal":
			memory.Swap = amount << 10
		}
	}
	return memory
}
