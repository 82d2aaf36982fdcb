package render

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

func (d *diskoPrinter) arrays(arrays []steps.LayoutArray) []Attr {
	var attrs []Attr
	for _, array := range arrays {
		set := Set(A("type", String("mdadm")), A("level", Int(int64(array.Level))))
		if array.Metadata != "" {
			set.attrs = append(set.attrs, A("metadata", String(array.Metadata)))
		}
		set.attrs = append(set.attrs, A("content", d.node(array.Content)))
		attrs = append(attrs, A(array.Name, set))
	}
	return attrs
}

func (d *diskoPrinter) groups(groups []steps.LayoutGroup) []Attr {
	var attrs []Attr
	for _, group := range groups {
		volumes := Set()
		for _, volume := range group.Volumes {
			size := String("100%")
			if volume.Size > 0 {
				size = d.size(volume.Size)
			}
			volumes.attrs = append(volumes.attrs, A(volume.Name, Set(A("size", size), A("content", d.node(volume.Content)))))
		}
		attrs = append(attrs, A(group.Name, Set(A("type", String("lvm_vg")), A("lvs", volumes))))
	}
	return attrs
}

func (d *diskoPrinter) pools(pools []steps.LayoutPool) []Attr {
	var attrs []Attr
	for _, pool := range pools {
		set := Set(A("type", String("zpool")))
		if pool.Mode != "" {
			set.attrs = append(set.attrs, A("mode", String(pool.Mode)))
		}
		if len(pool.Options) > 0 {
			set.attrs = append(set.attrs, A("options", texts(pool.Options)))
		}
		if len(pool.Root) > 0 {
			set.attrs = append(set.attrs, A("rootFsOptions", texts(pool.Root)))
		}
		datasets := Set()
		for _, dataset := range pool.Datasets {
			one := Set(A("type", String("zfs_fs")))
			if dataset.Mountpoint != "" {
				one.attrs = append(one.attrs, A("mountpoint", String(dataset.Mountpoint)))
			}
			if len(dataset.Options) > 0 {
				one.attrs = append(one.attrs, A("options", texts(dataset.Options)))
			}
			datasets.attrs = append(datasets.attrs, A(dataset.Name, one))
		}
		set.attrs = append(set.attrs, A("datasets", datasets))
		attrs = append(attrs, A(pool.Name, set))
	}
	return attrs
}

// texts is a set of strings in the order of their names.
func texts(values map[string]string) Value {
	attrs := make(map[string]Value, len(values))
	for name, value := range values {
		attrs[name] = String(value)
	}
	return SortedSet(attrs)
}

// mounts writes what is mounted and never formatted. disko's nodev has no
// step that makes a file system, whatever mode it runs in.
func (d *diskoPrinter) mounts(mounts []steps.LayoutMount) []Attr {
	var attrs []Attr
	for _, mount := range mounts {
		set := Set(A("fsType", String(mount.Format)))
		switch {
		case mount.Format == "zfs": // a dataset, which its pool finds
			if mount.Device == "" || strings.HasPrefix(mount.Device, "/") {
				d.fail("what is mounted at %s is no dataset of ZFS: %q", mount.Mountpoint, mount.Device)
			}
			set.attrs = append(set.attrs, A("device", String(mount.Device)))
		case mount.Device != "":
			set.attrs = append(set.attrs, A("device", d.stable(mount.Device)))
		case mount.Format == "tmpfs":
			// disko 1.12 looks for a mount of this device, and without it
			// would mount a second root over the first.
			set.attrs = append(set.attrs, A("device", String("tmpfs")))
		}
		if len(mount.MountOptions) > 0 {
			set.attrs = append(set.attrs, A("mountOptions", Strings(mount.MountOptions...)))
		}
		attrs = append(attrs, A(mount.Mountpoint, set))
	}
	return attrs
}
