package answers

import (
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
)

// ruling is one look at all answers together.
type ruling struct {
	steps.Answers
	single Faults // what is wrong with single values
	faults Faults // what is wrong between them
}

// rules says what is wrong between several answers. single is what is known
// to be wrong with single values: nothing is concluded from those.
func rules(answers steps.Answers, single Faults) Faults {
	r := ruling{Answers: answers, single: single}
	r.users()
	r.features()
	if r.fine("host.type") {
		r.disk()
		r.modules()
	}
	r.others()
	return r.faults
}

// add tells a fault, unless one of that key is known already.
func (r *ruling) add(key, format string, args ...any) {
	if r.fine(key) {
		r.faults.add(0, key, format, args...)
	}
}

// fine says that nothing is wrong with the values of those keys.
func (r *ruling) fine(keys ...string) bool {
	return !slices.ContainsFunc(keys, r.single.cover)
}

func (r *ruling) users() {
	var operators []string
	seen := map[string]bool{}
	for i, user := range r.Users {
		if !r.fine(fmt.Sprintf("users.%d.operator", i)) {
			return
		}
		if user.Operator {
			operators = append(operators, user.Name)
		}
		if seen[user.Name] {
			r.add(fmt.Sprintf("users.%d.name", i), "%q is the name of another user already", user.Name)
		}
		seen[user.Name] = true
	}
	switch {
	case len(r.Users) > 0 && len(operators) == 0:
		r.add("users", "exactly one user must have operator: true, and none has")
	case len(operators) > 1:
		r.add("users", "exactly one user must have operator: true, and %s have", strings.Join(operators, ", "))
	}
}

// features checks what the catalog says features, desktops and kinds of hosts
// need.
func (r *ruling) features() {
	if !r.fine("host.type", "host.system") {
		return
	}
	catalog := assets.Load()
	for i, name := range r.Features {
		if entry, known := assets.Find(catalog.Features, name); known {
			if reason := Refused(entry, r.Answers, r.Features[:i]); reason != "" {
				r.add(fmt.Sprintf("features.%d", i), "%s %s", name, reason)
			}
		}
	}
	if entry, known := assets.Find(catalog.Desktops, r.Desktop); known {
		if reason := Refused(entry, r.Answers, r.Features); reason != "" {
			r.add("desktop", "%s %s", entry.Name, reason)
		}
	}
	if entry, known := assets.Find(catalog.HostTypes, r.Host.Type); known {
		if reason := Refused(entry, r.Answers, nil); reason != "" {
			r.add("host.type", "%s %s", entry.Name, reason)
		}
	}
}

// Refused says why an entry of the catalog cannot be chosen with the other
// answers: a sentence without its subject, or nothing. What the hardware
// lacks is no reason here: answers are checked without facts.
func Refused(entry assets.Entry, answers steps.Answers, beside []string) string {
	needs := entry.Needs
	if len(needs.HostTypes) > 0 && !slices.Contains(needs.HostTypes, answers.Host.Type) {
		return fmt.Sprintf("is not for a host of the type %s, only for %s", answers.Host.Type, strings.Join(needs.HostTypes, ", "))
	}
	if len(needs.Systems) > 0 && !slices.Contains(needs.Systems, answers.Host.System) {
		return fmt.Sprintf("needs the system %s", strings.Join(needs.Systems, " or "))
	}
	for _, feature := range needs.Features {
		if !answers.HasFeature(feature) {
			return fmt.Sprintf("needs the feature %s", feature)
		}
	}
	for _, other := range beside {
		if slices.Contains(entry.Conflicts, other) {
			return fmt.Sprintf("and %s exclude each other", other)
		}
	}
	return ""
}

// disk checks the layout, its disks, the swap and the boot with each other.
func (r *ruling) disk() {
	if !r.Host.NixOS() {
		if r.Disk.Layout != "" {
			r.add("disk", "must be left out on a host of the type %s: its disks are not touched", r.Host.Type)
		}
		if r.Boot != (steps.Boot{}) {
			r.add("boot", "must be left out on a host of the type %s: its boot loader is not touched", r.Host.Type)
		}
		return
	}
	if r.Disk.Layout == "" && r.fine("disk.layout") {
		r.add("disk", "is missing; a host of the type %s has disk.layout, disk.disks, disk.esp and disk.swap", r.Host.Type)
	}
	if r.Boot == (steps.Boot{}) && r.fine("boot.loader", "boot.unlock") {
		r.add("boot", "is missing; a host of the type %s has boot.loader and boot.unlock", r.Host.Type)
	}
	layout, known := assets.Load().Layout(r.Disk.Layout)
	if !known {
		return
	}
	r.roles(layout)
	if r.Disk.Impermanence && !layout.Impermanence {
		r.add("disk.impermanence", "needs a layout whose root can be new at every boot (%s), and %s is not one",
			strings.Join(layoutsWhere(func(l assets.Layout) bool { return l.Impermanence }), ", "), layout.Name)
	}
	// 64 MiB is the least that holds a boot loader and one kernel with its initrd.
	if esp, err := ParseSize(r.Disk.ESP); err == nil && esp < 64<<20 {
		r.add("disk.esp", "must be at least 64MiB to hold a boot loader and a kernel (it is %s)", r.Disk.ESP)
	}
	if r.fine("disk.swap.kind") && r.Disk.Swap.Kind != "" {
		r.swap(layout)
	}
	if r.fine("boot.unlock", "boot.loader", "tpm.keys") && r.Boot.Unlock != "" {
		r.unlock(layout)
	}
}

// roles: the layout says which disks there are.
func (r *ruling) roles(layout assets.Layout) {
	var given []string
	wrong := false
	for i, choice := range r.Disk.Disks {
		key := fmt.Sprintf("disk.disks.%d", i)
		if !r.fine(key + ".role") {
			return
		}
		switch {
		case slices.Contains(given, choice.Role):
			wrong = true
			r.add(key+".role", "the role %s is given to another disk already", choice.Role)
		case !slices.Contains(layout.Roles, choice.Role):
			wrong = true
			r.add(key+".role", "the layout %s has no disk of the role %s, only %s", layout.Name, choice.Role, strings.Join(layout.Roles, " and "))
		}
		given = append(given, choice.Role)
		r.match(choice.Match, key+".match")
	}
	for _, role := range layout.Roles {
		if !wrong && !slices.Contains(given, role) {
			r.add("disk.disks", "the layout %s needs a disk of the role %s", layout.Name, role)
		}
	}
}

// layoutsWhere names the layouts of which that is true.
func layoutsWhere(is func(assets.Layout) bool) []string {
	var names []string
	for _, layout := range assets.Load().Layouts {
		if is(layout) {
			names = append(names, layout.Name)
		}
	}
	return names
}

// match: one identity alone, or properties with pick.
func (r *ruling) match(match steps.Match, key string) {
	var identities []string
	for _, identity := range []struct{ name, value string }{{"id", match.ID}, {"serial", match.Serial}, {"wwn", match.WWN}, {"path", match.Path}} {
		if identity.value != "" {
			identities = append(identities, identity.name)
		}
	}
	properties := match.Transport != "" || match.SSD != nil || match.Model != "" || match.MinSize != "" || match.MaxSize != ""
	switch {
	case len(identities) > 1:
		r.add(key, "%s say the same thing in several ways; leave one of them", strings.Join(identities, ", "))
	case len(identities) == 1 && (properties || match.Pick != ""):
		r.add(key, "%s alone names the disk; leave the other keys out", identities[0])
	case len(identities) == 0 && match.Pick == "":
		r.add(key, "must have id, serial, wwn or path, or pick (largest, smallest or only) with properties")
	}
	least, errLeast := ParseSize(match.MinSize)
	most, errMost := ParseSize(match.MaxSize)
	if errLeast == nil && errMost == nil && least > most {
		r.add(key+".maxSize", "is smaller than minSize")
	}
}

func (r *ruling) swap(layout assets.Layout) {
	swap := r.Disk.Swap
	if !slices.Contains(layout.Swap, swap.Kind) {
		r.add("disk.swap.kind", "the layout %s cannot have swap of the kind %s, only %s", layout.Name, swap.Kind, strings.Join(layout.Swap, ", "))
	}
	sized := swap.Kind == "partition" || swap.Kind == "file"
	switch {
	case sized && swap.Size == "":
		r.add("disk.swap.size", "is missing; a %s needs a size, or auto, which follows the memory", swap.Kind)
	case !sized && swap.Size != "":
		r.add("disk.swap.size", "must be left out for swap of the kind %s", swap.Kind)
	case swap.Hibernate && swap.Kind != "partition":
		r.add("disk.swap.hibernate", "needs swap of the kind partition (it is %s)", swap.Kind)
	case swap.Resolved != "" && swap.Size != "auto":
		r.add("disk.swap.resolved", "stands only beside the size auto")
	}
}

func (r *ruling) unlock(layout assets.Layout) {
	boot := r.Boot
	byTPM := boot.ByTPM()
	switch {
	case layout.Encryption == "never" && boot.Unlock != "none":
		r.add("boot.unlock", "must be none, because nothing is encrypted in the layout %s (it is %q)", layout.Name, boot.Unlock)
	case layout.Encryption == "always" && boot.Unlock == "none":
		r.add("boot.unlock", "must be tpm, tpm-pin or passphrase, because the layout %s is encrypted", layout.Name)
	case byTPM && !r.TPM.Keys:
		r.add("boot.unlock", "%s needs a TPM, and tpm.keys is false; choose passphrase, or set tpm.keys to true", boot.Unlock)
	case boot.Unlock == "tpm" && boot.Loader != "lanzaboote":
		r.add("boot.unlock", "tpm is safe only with the loader lanzaboote (Secure Boot); with %s choose tpm-pin or passphrase, or accept less with %s", boot.Loader, steps.UnlockWithoutSecureBoot)
	case boot.Unlock == steps.UnlockWithoutSecureBoot && boot.Loader == "lanzaboote":
		r.add("boot.unlock", "%s is for machines without Secure Boot, and lanzaboote is there for it; choose tpm", boot.Unlock)
	}
}

func (r *ruling) modules() {
	for _, entry := range assets.Load().Modules {
		if !HasModule(r.Answers, entry.Name) {
			continue
		}
		if reason := Refused(entry, r.Answers, nil); reason != "" {
			r.add("modules."+entry.Name, "%s", reason)
		}
	}
	r.arrStack()
	r.guests()
}

// arrStack and guests say what the modules of the flake assert, so that it is
// known before anything is built.
func (r *ruling) arrStack() {
	stack := r.Modules.ArrStack
	if stack == nil {
		return
	}
	if *stack == (steps.ArrStack{MediaDir: stack.MediaDir}) {
		r.add("modules.arrStack", "switches no service on; set one of prowlarr, sonarr, radarr, lidarr, readarr, bazarr, qbittorrent, jellyfin to true, or leave it out")
	}
	if stack.Bazarr && !stack.Sonarr && !stack.Radarr {
		r.add("modules.arrStack.bazarr", "finds subtitles for what sonarr and radarr hold; switch one of them on")
	}
}

func (r *ruling) guests() {
	guests := r.Modules.Virtualization
	if guests == nil {
		return
	}
	if guests.Waydroid && r.Desktop == "none" {
		r.add("modules.virtualization.waydroid", "needs a desktop to show Android's windows on")
	}
	if len(guests.GPUPassthrough) > 0 && !guests.Libvirt {
		r.add("modules.virtualization.gpuPassthrough", "needs libvirt: true for a guest that gets the card")
	}
	if len(guests.GPUPassthrough) > 0 && r.Host.System != "x86_64-linux" {
		r.add("modules.virtualization.gpuPassthrough", "is there for the system x86_64-linux only")
	}
}

// HasModule says whether the module of that name is switched on.
func HasModule(answers steps.Answers, name string) bool {
	switch name {
	case "travelRouter":
		return answers.Modules.TravelRouter != nil
	case "arrStack":
		return answers.Modules.ArrStack != nil
	case "virtualization":
		return answers.Modules.Virtualization != nil
	case "wintv":
		return answers.Modules.WinTV != nil
	}
	return false
}

func (r *ruling) others() {
	seen := map[string]bool{}
	for i, builder := range r.Builders {
		key := fmt.Sprintf("builders.%d.host", i)
		switch {
		case builder.Host == r.Host.Name:
			r.add(key, "is this host itself, which builds for itself anyway")
		case seen[builder.Host]:
			r.add(key, "%s is named twice", builder.Host)
		}
		seen[builder.Host] = true
	}
	// NetBIOS leaves 15 characters for a computer's name.
	if r.Host.Type == "windows" && len(r.Host.Name) > 15 {
		r.add("host.name", "must have at most 15 characters on a host of the type windows (it has %d)", len(r.Host.Name))
	}
	if r.CI != "" && r.fine("host.type") && !r.Host.NixOS() {
		r.add("ci", "must be left out on a host of the type %s", r.Host.Type)
	}
}
