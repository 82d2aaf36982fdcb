package tools

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// lsblkColumns are asked for by name, so that the answer does not change with
// the version; all of them exist since util-linux 2.37.
var lsblkColumns = []string{
	"NAME", "PATH", "MAJ:MIN", "TYPE", "SIZE", "LOG-SEC", "PHY-SEC", "ROTA", "RM", "RO", "TRAN",
	"MODEL", "SERIAL", "WWN", "PTTYPE", "PTUUID", "PARTTYPE", "PARTLABEL", "PARTUUID",
	"FSTYPE", "FSVER", "LABEL", "UUID", "FSSIZE", "FSUSED", "FSAVAIL", "MOUNTPOINTS",
}

// Lsblk lists the block devices; with a sysroot other than "" or "/" those of
// a recorded machine. Sizes are bytes.
func Lsblk(sysroot string) []string {
	argv := []string{"lsblk", "--json", "--bytes"}
	if sysroot != "" && sysroot != "/" {
		argv = append(argv, "--sysroot", sysroot)
	}
	return append(argv, "--output", strings.Join(lsblkColumns, ","))
}

// BlockDevice is one row of lsblk, with what lies on it or is made of it as
// its children. A device that is made of several appears under each.
type BlockDevice struct {
	Name         string // the kernel's name, or that of a mapping
	Path         string // /dev/nvme0n1, /dev/mapper/cryptroot
	Number       string // major:minor
	Type         string // disk, part, crypt, lvm, raid1, rom, loop, mpath, ...
	Size         uint64 // bytes
	LogicalSize  uint64 // bytes of a logical sector
	PhysicalSize uint64 // bytes of a physical sector
	Rotational   bool
	Removable    bool
	ReadOnly     bool
	Transport    string // nvme, sata, usb, mmc, virtio, ...
	Model        string
	Serial       string
	WWN          string
	Table        string // gpt, dos
	TableUUID    string
	PartType     string // GUID, or 0x83 in a dos table
	PartLabel    string
	PartUUID     string
	PartNumber   int    // 0 where lsblk did not say
	Start        uint64 // bytes; 0 where lsblk did not say
	FSType       string // as blkid says
	FSVersion    string
	Label        string
	UUID         string
	FSSize       uint64   // bytes, of a file system that is mounted
	FSUsed       uint64   // bytes, likewise
	Mountpoints  []string // "[SWAP]" for swap that is on
	Children     []BlockDevice
}

// sector is the unit of START, whatever the logical sector of the disk is:
// the kernel's file start counts in these.
const sector = 512

// ParseLsblk reads what lsblk --json printed. Versions differ in how they
// write numbers and truth values; all of their ways are understood.
func ParseLsblk(data []byte) ([]BlockDevice, error) {
	var top struct {
		Devices *[]lsblkRow `json:"blockdevices"`
	}
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("read the output of lsblk: %w", err)
	}
	if top.Devices == nil {
		return nil, fmt.Errorf("read the output of lsblk: it has no key blockdevices")
	}
	return devices(*top.Devices), nil
}

type lsblkRow struct {
	Name        scalar     `json:"name"`
	KernelName  scalar     `json:"kname"`
	Path        scalar     `json:"path"`
	Number      scalar     `json:"maj:min"`
	Type        scalar     `json:"type"`
	Size        scalar     `json:"size"`
	Logical     scalar     `json:"log-sec"`
	Physical    scalar     `json:"phy-sec"`
	Rotational  scalar     `json:"rota"`
	Removable   scalar     `json:"rm"`
	ReadOnly    scalar     `json:"ro"`
	Transport   scalar     `json:"tran"`
	Model       scalar     `json:"model"`
	Serial      scalar     `json:"serial"`
	WWN         scalar     `json:"wwn"`
	Table       scalar     `json:"pttype"`
	TableUUID   scalar     `json:"ptuuid"`
	PartType    scalar     `json:"parttype"`
	PartLabel   scalar     `json:"partlabel"`
	PartUUID    scalar     `json:"partuuid"`
	PartNumber  scalar     `json:"partn"`
	Start       scalar     `json:"start"`
	FSType      scalar     `json:"fstype"`
	FSVersion   scalar     `json:"fsver"`
	Label       scalar     `json:"label"`
	UUID        scalar     `json:"uuid"`
	FSSize      scalar     `json:"fssize"`
	FSUsed      scalar     `json:"fsused"`
	Mountpoint  scalar     `json:"mountpoint"` // one, in old versions
	Mountpoints []scalar   `json:"mountpoints"`
	Children    []lsblkRow `json:"children"`
}

func devices(rows []lsblkRow) []BlockDevice {
	list := make([]BlockDevice, 0, len(rows))
	for _, row := range rows {
		if row.Name == "" {
			continue
		}
		list = append(list, row.device())
	}
	return list
}

func (r lsblkRow) device() BlockDevice {
	device := BlockDevice{
		Name: string(r.Name), Path: string(r.Path), Number: strings.TrimSpace(string(r.Number)), Type: string(r.Type),
		Size: r.Size.number(), LogicalSize: r.Logical.number(), PhysicalSize: r.Physical.number(),
		Rotational: r.Rotational.truth(), Removable: r.Removable.truth(), ReadOnly: r.ReadOnly.truth(),
		Transport: string(r.Transport), Model: r.Model.trimmed(), Serial: r.Serial.trimmed(), WWN: r.WWN.trimmed(),
		Table: string(r.Table), TableUUID: string(r.TableUUID),
		PartType: strings.ToLower(string(r.PartType)), PartLabel: string(r.PartLabel), PartUUID: string(r.PartUUID),
		PartNumber: int(min(r.PartNumber.number(), 1<<16)),
		FSType:     string(r.FSType), FSVersion: string(r.FSVersion), Label: string(r.Label), UUID: string(r.UUID),
		FSSize: r.FSSize.number(), FSUsed: r.FSUsed.number(),
		Children: devices(r.Children),
	}
	if start := r.Start.number(); start < 1<<54 {
		device.Start = start * sector
	}
	for _, mountpoint := range append([]scalar{r.Mountpoint}, r.Mountpoints...) {
		if mountpoint != "" {
			device.Mountpoints = append(device.Mountpoints, string(mountpoint))
		}
	}
	return device
}

// scalar takes a JSON string, number, truth value or null as its text.
type scalar string

// UnmarshalJSON takes any single value.
func (s *scalar) UnmarshalJSON(data []byte) error {
	switch {
	case string(data) == "null":
		*s = ""
		return nil
	case data[0] == '"':
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		*s = scalar(printable(text)) // a label goes to a screen, whoever wrote it
		return nil
	case data[0] == '{' || data[0] == '[':
		return fmt.Errorf("a single value was expected, not %.20q", data)
	}
	*s = scalar(data)
	return nil
}

func (s scalar) trimmed() string { return strings.TrimSpace(string(s)) }

// number is 0 for what is no number of bytes.
func (s scalar) number() uint64 {
	value, err := strconv.ParseUint(s.trimmed(), 10, 64)
	if err != nil {
		return 0
	}
	return value
}

func (s scalar) truth() bool { return s == "true" || s == "1" }
