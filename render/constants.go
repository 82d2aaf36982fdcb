package render

import (
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

const constantsComment = `Every host of this flake, as data: mnemonix writes it from hosts/NAME/answers.yaml.

lib/hosts.nix fills in what an entry leaves out, so that a host added by hand needs only its system
and its features.`

// constants prints lib/constants.nix from the answers of every host.
func constants(hosts []steps.Answers) (string, error) {
	sorted := slices.Clone(hosts)
	slices.SortFunc(sorted, func(a, b steps.Answers) int { return strings.Compare(a.Host.Name, b.Host.Name) })
	entries := Set()
	for i, host := range sorted {
		if i > 0 && sorted[i-1].Host.Name == host.Host.Name {
			return "", fmt.Errorf("render the flake: two hosts have the name %s", host.Host.Name)
		}
		entry, err := entry(host)
		if err != nil {
			return "", fmt.Errorf("render the host %s: %w", host.Host.Name, err)
		}
		entries.attrs = append(entries.attrs, A(host.Host.Name, entry))
	}
	return Expression(constantsComment, Set(
		A("defaults", Set(
			A("hostType", String("desktop")),
			A("desktop", String("none")),
			A("stateVersion", String(answers.Release)),
		)),
		A("hosts", entries),
	))
}

// entry is one host. What the answers leave open is decided here, so that the
// Nix side has no defaults of its own to keep in step.
func entry(host steps.Answers) (Value, error) {
	set := Set(
		A("system", String(host.Host.System)),
		A("hostType", String(host.Host.Type)),
		A("hostFeatures", Strings(host.Features...)),
		A("desktop", String(host.Desktop)),
		A("stateVersion", String(host.Host.StateVersion)),
		A("keyName", String(host.Host.Key())),
		A("locale", Set(
			A("timezone", String(host.Locale.Timezone)),
			A("language", String(host.Locale.Language)),
			A("keymap", String(host.Locale.Keymap)),
			A("xkbLayout", String(host.Locale.XkbLayout)),
		)),
		A("users", users(host.Users)),
	)
	add := func(name string, value Value) { set.attrs = append(set.attrs, A(name, value)) }
	if host.Host.NixOS() {
		disk, err := diskEntry(host)
		if err != nil {
			return set, err
		}
		add("disk", disk)
		add("boot", Set(A("loader", String(host.Boot.Loader)), A("unlock", String(host.Boot.Unlock))))
	}
	add("tpm", Set(
		A("keys", Bool(host.TPM.Keys)),
		A("operatorKeys", Bool(host.HoldsOperatorKeys())),
		A("pin", Bool(host.WantsPIN())),
	))
	if len(host.Network.Wifi) > 0 {
		add("network", Set(A("wifi", Strings(host.Network.Wifi...))))
	}
	branch := host.Repository.Branch
	if branch == "" {
		branch = "main"
	}
	add("repository", Set(A("remote", String(host.Repository.Remote)), A("branch", String(branch))))
	if len(host.Builders) > 0 {
		builders := List()
		for _, builder := range host.Builders {
			builders.items = append(builders.items, Set(
				A("host", String(builder.Host)),
				A("system", String(builder.System)),
				A("maxJobs", Int(int64(builder.MaxJobs))),
			))
		}
		add("builders", builders)
	}
	if host.CI != "" {
		add("ci", String(host.CI))
	}
	return set, nil
}

func users(list []steps.User) Value {
	set := Set()
	for _, user := range list {
		set.attrs = append(set.attrs, A(user.Name, Set(
			A("operator", Bool(user.Operator)),
			A("fullName", String(user.FullName)),
			A("email", String(user.Email)),
			A("sshKeys", Strings(user.SSHKeys...)),
		)))
	}
	return set
}

// diskEntry is what the flake wants to know of the disks beside disko.nix.
func diskEntry(host steps.Answers) (Value, error) {
	disk := host.Disk
	layout, known := assets.Load().Layout(disk.Layout)
	if !known {
		return Null(), fmt.Errorf("there is no disk layout %q", disk.Layout)
	}
	swap := Set(A("kind", String(disk.Swap.Kind)))
	size, err := swapSize(disk.Swap)
	if err != nil {
		return Null(), err
	}
	if size != "" {
		swap.attrs = append(swap.attrs, A("size", String(size)))
	}
	// A disk that is only documented is encrypted when something unlocks it.
	encrypted := layout.Encryption == "always" || layout.Encryption == "either" && host.Boot.Unlock != "none"
	return Set(
		A("layout", String(disk.Layout)),
		A("encrypted", Bool(encrypted)),
		A("impermanence", Bool(disk.Impermanence)),
		A("swap", swap),
	), nil
}

// swapSize is the size as lib/sizes.nix reads it: whole mebibytes or more.
// "auto" that nobody resolved yet is left to the flake.
func swapSize(swap steps.Swap) (string, error) {
	text := swap.Size
	if swap.Resolved != "" {
		text = swap.Resolved
	}
	if text == "" || text == "auto" {
		return "", nil
	}
	size, err := answers.ParseSize(text)
	if err != nil {
		return "", err
	}
	const mebibyte = 1 << 20
	mebibytes := (size + mebibyte - 1) / mebibyte
	if mebibytes%1024 == 0 {
		return fmt.Sprintf("%dGiB", mebibytes/1024), nil
	}
	return fmt.Sprintf("%dMiB", mebibytes), nil
}
