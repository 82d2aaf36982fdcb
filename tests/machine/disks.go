package machine

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Disk is one whole disk.
type Disk struct {
	Name       string // nvme0n1, sda, vda, mmcblk0
	At         string // its place below /sys/devices, with the slots of PCI, without the disk's own folders
	Model      string // with the vendor before it on USB, where the two are told apart
	Serial     string
	WWN        string // as lsblk says it
	Size       uint64
	Logical    uint64 // 0: 512
	Physical   uint64 // 0: as Logical
	Rotational bool
	Removable  bool
	ReadOnly   bool
	Table      string // gpt, dos
	TableUUID  string
	Lies       Lies // on the bare disk
	Parts      []Part
	Links      []string          // further names in /dev/disk/by-id
	Extra      map[string]string // further files in the folder device
	Ends       string            // what stands in its first and last MiB beside the tables
	Unread     string            // why these could not be read when the machine was recorded
}

// Lies is what lies on a disk, a partition or something made of them.
type Lies struct {
	Kind, Version, Label, UUID string
	Used                       uint64
	Mounts                     []string // "[SWAP]" for swap that is on
	Made                       []Made
}

// Part is a partition.
type Part struct {
	Number            int
	Start, Size       uint64
	Type, UUID, Label string
	Lies              Lies
}

// Made is a device that is made of others.
type Made struct {
	Name   string // cryptroot, vg0-root, md127
	Kernel string // dm-0, md127
	Type   string // crypt, lvm, raid1
	UUID   string // of the mapping: CRYPT-LUKS2-..., LVM-...
	Size   uint64
	Lies   Lies
}

// Disk adds a disk: its folder in /sys, what udev wrote, lsblk's row.
func (m *Machine) Disk(disk Disk) {
	if disk.Logical == 0 {
		disk.Logical = 512
	}
	if disk.Physical == 0 {
		disk.Physical = disk.Logical
	}
	bus := busOf(disk)
	folder := "/sys/devices/" + path.Join(disk.At, bus.below)
	number := m.number(bus.major)
	m.block(folder, disk.Name, number, disk.Size)
	m.Link("/sys/block/"+disk.Name, folder)
	m.Files(folder, map[string]string{
		"ro": flag(disk.ReadOnly), "removable": flag(disk.Removable), "hidden": "0",
		"queue/logical_block_size":  strconv.FormatUint(disk.Logical, 10),
		"queue/physical_block_size": strconv.FormatUint(disk.Physical, 10),
		"queue/rotational":          flag(disk.Rotational),
		"queue/zoned":               "none",
	})
	m.Files(folder, bus.files)
	// The link device leads to the folder above the kind's own.
	m.Link(folder+"/device", "/sys/devices/"+path.Join(disk.At, bus.device))
	m.Files("/sys/devices/"+path.Join(disk.At, bus.device), bus.deviceFiles)
	m.Files("/sys/devices/"+path.Join(disk.At, bus.device), disk.Extra)

	model := disk.Model
	if bus.transport == "usb" || bus.transport == "sas" {
		_, model, _ = strings.Cut(model, " ")
	}
	line := row{
		Name: disk.Name, Path: "/dev/" + disk.Name, Number: number, Type: "disk", Size: disk.Size,
		Logical: disk.Logical, Physical: disk.Physical, Rotational: disk.Rotational, Removable: disk.Removable, ReadOnly: disk.ReadOnly,
		Transport: text(bus.transport), Model: text(model), Serial: text(disk.Serial), WWN: text(disk.WWN),
		Table: text(disk.Table), TableUUID: text(disk.TableUUID),
	}
	m.lies(&line, disk.Lies, "/dev/"+disk.Name, folder)
	m.udev(number, append(bus.links, disk.Links...), map[string]string{
		"DEVNAME": "/dev/" + disk.Name, "DEVTYPE": "disk", "ID_MODEL": strings.ReplaceAll(model, " ", "_"),
		"ID_MODEL_ENC": strings.ReplaceAll(model, " ", `\x20`), "ID_SERIAL_SHORT": disk.Serial, "ID_WWN": disk.WWN,
		"ID_PART_TABLE_TYPE": disk.Table, "ID_PART_TABLE_UUID": disk.TableUUID,
	}, disk.Lies)
	for _, part := range disk.Parts {
		line.Children = append(line.Children, m.part(disk, folder, line, part))
	}
	switch {
	case disk.Unread != "":
		m.File("/tools/ends-"+disk.Name+".json.unanswered", strconv.Quote(disk.Unread)+"\n")
	case !disk.used() && !disk.ReadOnly:
		m.File("/tools/ends-"+disk.Name+".json", strconv.Quote(disk.ends())+"\n")
	}
	m.lsblk = append(m.lsblk, line)
}

func (m *Machine) part(disk Disk, folder string, whole row, part Part) row {
	name := disk.Name + strconv.Itoa(part.Number)
	if strings.ContainsAny(disk.Name[len(disk.Name)-1:], "0123456789") {
		name = disk.Name + "p" + strconv.Itoa(part.Number)
	}
	number := m.number(busOf(disk).major)
	at := folder + "/" + name
	m.block(at, name, number, part.Size)
	m.Files(at, map[string]string{
		"partition": strconv.Itoa(part.Number), "start": strconv.FormatUint(part.Start/512, 10), "ro": flag(disk.ReadOnly),
	})
	line := row{
		Name: name, Path: "/dev/" + name, Number: number, Type: "part", Size: part.Size, Logical: disk.Logical, Physical: disk.Physical,
		Rotational: disk.Rotational, ReadOnly: disk.ReadOnly, Table: whole.Table, TableUUID: whole.TableUUID,
		PartType: text(part.Type), PartLabel: text(part.Label), PartUUID: text(part.UUID),
	}
	m.lies(&line, part.Lies, "/dev/"+name, at)
	m.udev(number, nil, map[string]string{
		"DEVNAME": "/dev/" + name, "DEVTYPE": "partition", "ID_PART_ENTRY_TYPE": part.Type, "ID_PART_ENTRY_UUID": part.UUID,
		"ID_PART_ENTRY_NAME": strings.ReplaceAll(part.Label, " ", `\x20`), "ID_PART_ENTRY_NUMBER": strconv.Itoa(part.Number),
		"ID_PART_ENTRY_SCHEME": disk.Table,
	}, part.Lies)
	return line
}

// block writes what every block device has in /sys.
func (m *Machine) block(folder, name, number string, size uint64) {
	m.Files(folder, map[string]string{"dev": number, "size": strconv.FormatUint(size/512, 10)})
	m.Link("/sys/class/block/"+name, folder)
	m.Link("/sys/dev/block/"+number, folder)
}

// lies notes what lies on a device, and writes the devices that are made of
// it. A device that is made of several is described with each of them.
func (m *Machine) lies(line *row, lies Lies, device, folder string) {
	line.Kind, line.Version, line.Label, line.UUID = text(lies.Kind), text(lies.Version), text(lies.Label), text(lies.UUID)
	line.Mountpoints = []*string{nil}
	if len(lies.Mounts) > 0 {
		line.Mountpoints = nil
	}
	for _, place := range lies.Mounts {
		line.Mountpoints = append(line.Mountpoints, text(place))
		if place == "[SWAP]" {
			m.swaps = append(m.swaps, fmt.Sprintf("%s                               partition\t%d\t\t0\t\t-2\n", device, line.Size/1024))
			continue
		}
		m.mount(line.Number, place, lies.Kind, device)
	}
	if lies.Used > 0 {
		line.FSSize, line.FSUsed = text(strconv.FormatUint(line.Size, 10)), text(strconv.FormatUint(lies.Used, 10))
	}
	for _, made := range lies.Made {
		above := "/sys/devices/virtual/block/" + made.Kernel
		m.Link(folder+"/holders/"+made.Kernel, above)
		number := strings.TrimSpace(m.files[above+"/dev"])
		known := number != ""
		if !known {
			number = m.number(map[bool]int{true: 9, false: 253}[strings.HasPrefix(made.Kernel, "md")])
			m.block(above, made.Kernel, number, made.Size)
			m.Link("/sys/block/"+made.Kernel, above)
		}
		device := "/dev/mapper/" + made.Name
		if strings.HasPrefix(made.Kernel, "md") {
			device = "/dev/" + made.Kernel
			m.Files(above, map[string]string{"md/level": made.Type})
		} else {
			m.Files(above, map[string]string{"dm/name": made.Name, "dm/uuid": made.UUID})
		}
		child := row{
			Name: made.Name, Path: device, Number: number, Type: made.Type, Size: made.Size,
			Logical: line.Logical, Physical: line.Physical, Rotational: line.Rotational,
		}
		before, swapped := len(m.mounts), len(m.swaps)
		m.lies(&child, made.Lies, device, above)
		if known { // it is mounted once, however many disks it is made of
			m.mounts, m.swaps = m.mounts[:before], m.swaps[:swapped]
		}
		line.Children = append(line.Children, child)
	}
}

// udev writes what udev keeps of a block device.
func (m *Machine) udev(number string, links []string, properties map[string]string, lies Lies) {
	if !m.Udev {
		return
	}
	if lies.Kind != "" {
		properties["ID_FS_TYPE"], properties["ID_FS_UUID"], properties["ID_FS_VERSION"] = lies.Kind, lies.UUID, lies.Version
		properties["ID_FS_LABEL"] = strings.ReplaceAll(lies.Label, " ", "_")
		properties["ID_FS_LABEL_ENC"] = strings.ReplaceAll(lies.Label, " ", `\x20`)
	}
	var data strings.Builder
	for _, link := range links {
		fmt.Fprintf(&data, "S:disk/%s\n", link)
	}
	data.WriteString("I:2145830\n")
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		if properties[key] != "" {
			fmt.Fprintf(&data, "E:%s=%s\n", key, properties[key])
		}
	}
	data.WriteString("G:systemd\nQ:systemd\nV:1\n")
	m.File("/run/udev/data/b"+number, data.String())
}

// number is the next device number with that major.
func (m *Machine) number(major int) string {
	m.minor++
	return fmt.Sprintf("%d:%d", major, m.minor-1)
}

func flag(value bool) string {
	if value {
		return "1"
	}
	return "0"
}

// row is a device as lsblk prints it; nil is null.
type row struct {
	Name        string    `json:"name"`
	Path        string    `json:"path"`
	Number      string    `json:"maj:min"`
	Type        string    `json:"type"`
	Size        uint64    `json:"size"`
	Logical     uint64    `json:"log-sec"`
	Physical    uint64    `json:"phy-sec"`
	Rotational  bool      `json:"rota"`
	Removable   bool      `json:"rm"`
	ReadOnly    bool      `json:"ro"`
	Transport   *string   `json:"tran"`
	Model       *string   `json:"model"`
	Serial      *string   `json:"serial"`
	WWN         *string   `json:"wwn"`
	Table       *string   `json:"pttype"`
	TableUUID   *string   `json:"ptuuid"`
	PartType    *string   `json:"parttype"`
	PartLabel   *string   `json:"partlabel"`
	PartUUID    *string   `json:"partuuid"`
	Kind        *string   `json:"fstype"`
	Version     *string   `json:"fsver"`
	Label       *string   `json:"label"`
	UUID        *string   `json:"uuid"`
	FSSize      *string   `json:"fssize"`
	FSUsed      *string   `json:"fsused"`
	Mountpoints []*string `json:"mountpoints"`
	Children    []row     `json:"children,omitempty"`
}

func text(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

func encode(rows []row) string {
	if rows == nil {
		rows = []row{}
	}
	data, err := json.MarshalIndent(map[string]any{"blockdevices": rows}, "", "   ")
	if err != nil {
		panic(err)
	}
	return string(data) + "\n"
}
