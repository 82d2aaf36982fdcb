package render

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// module is a module of the flake as a host uses it.
type module struct {
	file    string // below modules/; empty where something else imports it
	name    string // of its options
	options Value
}

// modules are the modules that the answers switch on, in the order of the
// catalog.
func modules(host steps.Answers) []module {
	var list []module
	if router := host.Modules.TravelRouter; router != nil {
		vpn := router.VPN
		if vpn == "" {
			vpn = "none"
		}
		list = append(list, module{"travel-router.nix", "travelRouter", Set(
			A("enable", Bool(true)),
			A("apInterface", String(router.APInterface)),
			A("ssid", String(router.SSID)),
			A("vpn", String(vpn)),
			A("webUI", Bool(router.WebUI)),
		)})
	}
	if stack := host.Modules.ArrStack; stack != nil {
		list = append(list, module{"arr-stack.nix", "arrStack", Set(
			A("enable", Bool(true)),
			A("mediaDir", String(stack.MediaDir)),
			A("prowlarr", Bool(stack.Prowlarr)),
			A("sonarr", Bool(stack.Sonarr)),
			A("radarr", Bool(stack.Radarr)),
			A("lidarr", Bool(stack.Lidarr)),
			A("readarr", Bool(stack.Readarr)),
			A("bazarr", Bool(stack.Bazarr)),
			A("qbittorrent", Bool(stack.Qbittorrent)),
			A("jellyfin", Bool(stack.Jellyfin)),
		)})
	}
	if guests := host.Modules.Virtualization; guests != nil {
		list = append(list, module{"virtualization.nix", "virtualization", Set(
			A("enable", Bool(true)),
			A("libvirt", Bool(guests.Libvirt)),
			A("podman", Bool(guests.Podman)),
			A("waydroid", Bool(guests.Waydroid)),
			A("microvm", Bool(guests.MicroVM)),
			A("gpuPassthrough", Strings(guests.GPUPassthrough...)),
		)})
	}
	if tv := host.Modules.WinTV; tv != nil || host.Host.Type == "windows" {
		options := Set(A("enable", Bool(true)))
		if tv == nil {
			tv = &steps.WinTV{}
		}
		for _, setting := range []struct{ name, value string }{{"domain", tv.Domain}, {"mediaDir", tv.MediaDir}, {"kiosk", tv.Kiosk}} {
			if setting.value != "" {
				options.attrs = append(options.attrs, A(setting.name, String(setting.value)))
			}
		}
		list = append(list, module{"", "wintv", options}) // lib/wintv-generators.nix brings the options
	}
	return list
}

// configuration prints hosts/NAME/configuration.nix: what this host has
// beyond what follows from its entry in lib/constants.nix.
func configuration(host Host) (string, error) {
	name := host.Answers.Host.Name
	used := modules(host.Answers)
	imports := List()
	if host.Answers.Host.NixOS() {
		imports = List(Path("./hardware-configuration.nix"), Path("./disko.nix"), Path("../common"))
		for _, module := range used {
			if module.file != "" {
				imports.items = append(imports.items, Path("../../modules/"+module.file))
			}
		}
	}
	body := Set()
	if len(imports.items) > 0 {
		body.attrs = append(body.attrs, A("imports", imports))
	}
	for _, module := range used {
		body.attrs = append(body.attrs, A(module.name, module.options))
	}
	body.attrs = append(body.attrs, diskOptions(host)...)
	return Module("What is special about "+name+". The rest follows from its entry in lib/constants.nix.", body)
}

// diskOptions are the options that some layouts need beside disko.nix.
func diskOptions(host Host) []Attr {
	var attrs []Attr
	starts := host.Layout.Starts
	if len(host.Layout.Pools) > 0 || slices.Contains(starts, steps.StartZFS) {
		id := sha256.Sum256([]byte("mnemonix/hostId/" + host.Answers.Host.Key()))
		attr := At(String(hex.EncodeToString(id[:4])), "networking", "hostId")
		attr.Comment = "ZFS imports a pool only on the machine that it was last used on; this is how it knows that one."
		attrs = append(attrs, attr)
	}
	if len(host.Layout.Arrays) > 0 || slices.Contains(starts, steps.StartMD) {
		attr := At(Set(
			A("enable", Bool(true)),
			A("mdadmConf", String("MAILADDR root")),
		), "boot", "swraid")
		attr.Comment = "Arrays of mdadm; a broken disk is reported to root."
		attrs = append(attrs, attr)
	}
	return slices.Clip(attrs)
}
