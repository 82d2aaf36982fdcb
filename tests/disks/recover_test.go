package disks_test

import (
	"regexp"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// recovered opens the containers of a layout as somebody does whose machine
// does not start: what it keeps is mounted where it belongs, and no byte of its
// disks changes. A mirror is opened by both halves, and read from one.
func (b *bench) recovered(one layout, made steps.Layout) {
	b.t.Helper()
	var containers []string
	for _, disk := range made.Disks {
		for _, partition := range disk.Partitions {
			if partition.Content.Type == steps.NodeLUKS {
				containers = append(containers, "/dev/disk/by-partuuid/"+partition.UUID)
			}
		}
	}
	if len(containers) == 0 {
		return
	}
	// Where the root is kept nowhere, btrfs has an empty one, and a file system
	// alone is the root.
	rootless := strings.HasSuffix(one.name, "-forgets") && len(made.Pools)+len(made.Groups) > 0
	want := []string{"/mnt"}
	if one.name != "luks-ext4-forgets" {
		want = slices.DeleteFunc(places(made), func(place string) bool {
			return slices.Contains([]string{"/mnt/boot", "/mnt/boot-mirror", "/mnt/swap"}, place) || rootless && place == "/mnt"
		})
	}
	before := b.digests(one.disks...)
	b.opened(one.name, want, containers...)
	if len(containers) > 1 {
		b.opened("half of "+one.name, want, containers[1])
	}
	b.same("recovered "+one.name, before, b.digests(one.disks...))
}

// opened opens containers, and compares what was mounted.
func (b *bench) opened(name string, want []string, containers ...string) {
	b.t.Helper()
	said := b.must("carry recover " + strings.Join(containers, " "))
	var mounted []string
	for _, match := range regexp.MustCompile(`(?m) at (/mnt\S*)$`).FindAllStringSubmatch(said, -1) {
		mounted = append(mounted, match[1])
	}
	slices.Sort(mounted)
	if !slices.Equal(mounted, want) {
		b.t.Errorf("%s: recovered are %v and should be %v:\n%s", name, mounted, want, said)
	}
}
