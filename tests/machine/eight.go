package machine

import "fmt"

// Eight is a server with eight disks of six partitions each, for measuring
// detection: all of them mounted, or none.
func Eight(mounted bool) *Machine {
	m := plain()
	for i := range 8 {
		disk := Disk{
			Name: fmt.Sprintf("nvme%dn1", i), At: fmt.Sprintf("pci0000:00/0000:00:1b.%d/0000:%02x:00.0", i%8, 0x20+i),
			Model: "SAMSUNG MZQL23T8HCLS-00A07", Serial: fmt.Sprintf("S64HNE0R%06d", i), WWN: fmt.Sprintf("eui.3634483052%06d0025384500000001", i),
			Size: 3840755982336, Physical: 4096, Table: "gpt", TableUUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i),
		}
		for j := range 6 {
			var mounts []string
			if mounted {
				mounts = []string{fmt.Sprintf("/srv/%d/%d", i, j)}
			}
			disk.Parts = append(disk.Parts, Part{
				Number: j + 1, Start: uint64(j)*500*gib + mib, Size: 500 * gib, Type: typeLinux, UUID: fmt.Sprintf("00000000-0000-4000-8001-%08d%04d", i, j),
				Lies: Lies{Kind: "ext4", Label: fmt.Sprintf("data%d", j), UUID: fmt.Sprintf("00000000-0000-4000-8002-%08d%04d", i, j), Mounts: mounts},
			})
		}
		m.PCI(disk.At, "010802", "144d:a80a", "nvme", "Samsung Electronics Co Ltd", "NVMe SSD Controller PM9A1/PM9A3/980PRO")
		m.Disk(disk)
	}
	m.Stick("pci0000:00/0000:00:14.0" + stick)
	return m
}
