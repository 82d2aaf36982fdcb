package hardware

import (
	"bytes"
	"cmp"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// idFolders are where distributions keep the lists of hwdata.
var idFolders = []string{"/usr/share/hwdata/", "/run/current-system/sw/share/hwdata/", "/run/current-system/sw/share/", "/usr/share/misc/"}

// nameDevices fills in the names that neither udev nor the devices told, from
// hwdata's list on this machine. A machine without the list has devices with
// numbers only.
func nameDevices(reader run.Reader, bus string, devices []steps.Device) {
	wanted := map[string]bool{}
	for _, device := range devices {
		if device.Vendor == "" || device.Name == "" {
			wanted[device.VendorID] = true
			wanted[device.VendorID+":"+device.DeviceID] = true
		}
	}
	if len(wanted) == 0 {
		return
	}
	for _, folder := range idFolders {
		list, err := reader.ReadFile(folder + bus + ".ids")
		if err != nil {
			continue
		}
		names := parseIDs(list, wanted)
		for i := range devices {
			device := &devices[i]
			device.Vendor = cmp.Or(device.Vendor, names[device.VendorID])
			device.Name = cmp.Or(device.Name, names[device.VendorID+":"+device.DeviceID])
		}
		return
	}
}

// parseIDs reads pci.ids or usb.ids and returns the names of those that are
// wanted, by "8086" for a vendor and by "8086:7d55" for a device. A vendor
// stands at the beginning of a line, its devices behind one tabulator; the
// lists of classes that follow begin with a letter and a blank.
func parseIDs(list []byte, wanted map[string]bool) map[string]string {
	names := map[string]string{}
	vendor := ""
	for len(list) > 0 {
		var line []byte
		line, list, _ = bytes.Cut(list, []byte("\n"))
		switch {
		case len(line) == 0 || line[0] == '#':
		case line[0] != '\t':
			vendor = ""
			if id, name, ok := idLine(line); ok && wanted[id] {
				vendor, names[id] = id, name
			}
		case vendor != "" && len(line) > 1 && line[1] != '\t':
			if id, name, ok := idLine(line[1:]); ok && wanted[vendor+":"+id] {
				names[vendor+":"+id] = name
			}
		}
	}
	return names
}

// idLine is four hexadecimal digits, two blanks and a name.
func idLine(line []byte) (id, name string, ok bool) {
	if len(line) < 7 || line[4] != ' ' || line[5] != ' ' {
		return "", "", false
	}
	for _, digit := range line[:4] {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(digit)) {
			return "", "", false
		}
	}
	return strings.ToLower(string(line[:4])), probe.Shown(string(line[6:])), true
}
