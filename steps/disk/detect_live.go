package disk

import (
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// markMedium marks the disk that the running system was started from, where
// that is a live medium, and returns the disk's name in /dev/disk/by-id. A
// medium that was copied to memory is known by the label that the kernel was
// told to start from.
func markMedium(reader run.Reader, disks []steps.Disk) string {
	label := bootLabel(probe.Line(reader, "/proc/cmdline"))
	medium := ""
	for i := range disks {
		disk := &disks[i]
		disk.LiveMedium = slices.ContainsFunc(disk.Holders, isLiveMount) || label.names(disk.Content)
		for _, partition := range disk.Partitions {
			disk.LiveMedium = disk.LiveMedium || label.names(partition.Content)
		}
		if disk.LiveMedium && medium == "" {
			medium = disk.ID
		}
	}
	return medium
}

func isLiveMount(holder string) bool {
	place, found := strings.CutPrefix(holder, "mounted at ")
	place, _, _ = strings.Cut(place, " through ")
	return found && slices.Contains(probe.LiveMounts, place)
}

// mediumName is what the kernel's command line says of the medium.
type mediumName struct{ label, uuid string }

func bootLabel(commandLine string) mediumName {
	var name mediumName
	for word := range strings.FieldsSeq(commandLine) {
		value, found := strings.CutPrefix(word, "root=")
		if !found {
			continue
		}
		value = strings.TrimPrefix(value, "live:") // dracut
		if label, found := cutAny(value, "LABEL=", "CDLABEL=", "/dev/disk/by-label/"); found {
			name.label = probe.Unescape(label)
		}
		if uuid, found := cutAny(value, "UUID=", "/dev/disk/by-uuid/"); found {
			name.uuid = uuid
		}
	}
	return name
}

// names says whether this is the image that was started from: an installed
// system starts from a root with a label too, but never from an ISO.
func (m mediumName) names(content steps.Content) bool {
	return content.Kind == "iso9660" &&
		(m.label != "" && content.Label == m.label || m.uuid != "" && content.UUID == m.uuid)
}

func cutAny(text string, prefixes ...string) (string, bool) {
	for _, prefix := range prefixes {
		if rest, found := strings.CutPrefix(text, prefix); found {
			return rest, true
		}
	}
	return "", false
}
