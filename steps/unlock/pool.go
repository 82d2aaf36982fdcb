package unlock

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// pool opens a pool of ZFS and returns its file systems. What keeps it from that
// is told among what is left.
func (o Opening) pool(ctx context.Context, name string, opened *Opened) []fileSystem {
	var devices []string
	for i := range o.Containers {
		devices = append(devices, mapped(i))
	}
	failed := func(err error) []fileSystem {
		opened.Left = append(opened.Left, "the ZFS pool "+name+": "+err.Error())
		return nil
	}
	if _, err := o.Runner.LookPath("zpool"); err != nil {
		return failed(err)
	}
	if _, err := command(ctx, o.Runner, tools.ImportPool(name, devices, !o.Write)); err != nil {
		return failed(err)
	}
	opened.closedBy(tools.ExportPool(name))
	result, err := command(ctx, o.Runner, tools.Datasets(name))
	if err != nil {
		return failed(err)
	}
	var found []fileSystem
	for _, dataset := range tools.ParseDatasets(result.Stdout) {
		one := fileSystem{name: dataset.Name, source: dataset.Name, kind: "zfs"}
		if dataset.Place != "legacy" { // mount.zfs(8) refuses what ZFS would mount itself
			one.options = []string{"zfsutil"}
		}
		found = append(found, one)
	}
	return found
}
