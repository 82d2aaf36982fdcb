package features

import (
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// settings are the questions of a module that is switched on.
func settings(module string, facts steps.Facts, chosen steps.Answers) []steps.Question {
	ask := func(setting string, kind steps.Kind, title, help string) steps.Question {
		key := "modules." + module + "." + setting
		return steps.Question{Key: key, Kind: kind, Title: title, Help: help, Value: answers.Get(chosen, key)}
	}
	switch module {
	case "travelRouter":
		return travelRouter(ask, facts)
	case "arrStack":
		questions := []steps.Question{ask("mediaDir", steps.KindText, "Folder of the media", "All services read and write below it: /media.")}
		for _, service := range []struct{ name, title, help string }{
			{"prowlarr", "Prowlarr", "Keeps the indexers of the others."},
			{"sonarr", "Sonarr", "Series."},
			{"radarr", "Radarr", "Films."},
			{"lidarr", "Lidarr", "Music."},
			{"readarr", "Readarr", "Books."},
			{"bazarr", "Bazarr", "Subtitles for Sonarr and Radarr."},
			{"qbittorrent", "qBittorrent", "Loads what the others ask for."},
			{"jellyfin", "Jellyfin", "Plays it all, on televisions, telephones and in browsers."},
		} {
			questions = append(questions, ask(service.name, steps.KindConfirm, service.title+"?", service.help))
		}
		return questions
	case "virtualization":
		return virtualization(ask, facts)
	case "wintv":
		questions := []steps.Question{
			ask("domain", steps.KindText, "Name in the network", "Under which the machine is reached: tv.example.org."),
			ask("mediaDir", steps.KindText, "Folder of the media", `As Windows spells it: D:\Media.`),
			ask("kiosk", steps.KindText, "Page that the television shows", "An address: https://tv.example.org."),
		}
		for i := range questions {
			questions[i].Optional = true
		}
		return questions
	}
	return nil
}

type asker func(setting string, kind steps.Kind, title, help string) steps.Question

func travelRouter(ask asker, facts steps.Facts) []steps.Question {
	radio := ask("apInterface", steps.KindChoice, "Interface of the access point", "This radio does nothing else; the way out is another interface.")
	for _, link := range facts.Network.Links {
		if link.Kind != "wifi" {
			continue
		}
		option := steps.Option{Value: link.Name, Title: link.Name, Help: strings.TrimSpace("Wi-Fi " + link.Driver)}
		if !link.AccessPoint {
			option.Unavailable = "its driver cannot be an access point"
		}
		radio.Options = append(radio.Options, option)
	}
	if radio.Value == nil {
		for _, option := range radio.Options {
			if option.Unavailable == "" {
				radio.Value = []string{option.Value}
				break
			}
		}
	}
	usable := func(option steps.Option) bool { return option.Unavailable == "" }
	named := func(option steps.Option) bool { return slices.Contains(radio.Value, option.Value) }
	if !slices.ContainsFunc(radio.Options, usable) || radio.Value != nil && !slices.ContainsFunc(radio.Options, named) {
		// An adapter that is plugged in later is named by hand.
		radio.Kind, radio.Options = steps.KindText, nil
	}
	vpn := ask("vpn", steps.KindChoice, "Tunnel for what the clients send", "With WireGuard, nothing leaves outside the tunnel.")
	vpn.Options = []steps.Option{
		{Value: "wireguard", Title: "WireGuard", Help: "Everything goes through the tunnel, or nowhere"},
		{Value: "none", Title: "No tunnel", Help: "Clients go out as this machine does"},
	}
	return []steps.Question{
		radio,
		ask("ssid", steps.KindText, "Name of its network", "At most 32 bytes. The passphrase is made at the first start."),
		vpn,
		ask("webUI", steps.KindConfirm, "A page to manage it?", "On the access point only, over HTTPS."),
	}
}

func virtualization(ask asker, facts steps.Facts) []steps.Question {
	cards := ask("gpuPassthrough", steps.KindChoices, "Devices for guests", "What is marked belongs to guests alone; the console needs another card.")
	cards.Optional = true
	for _, device := range facts.Devices {
		if device.Bus != "pci" || device.Class != "gpu" && device.Class != "audio" && device.Class != "npu" {
			continue
		}
		id := device.VendorID + ":" + device.DeviceID
		if slices.ContainsFunc(cards.Options, func(option steps.Option) bool { return option.Value == id }) {
			continue
		}
		name := strings.TrimSpace(device.Vendor + " " + device.Name)
		if name == "" {
			name = device.Class
		}
		cards.Options = append(cards.Options, steps.Option{Value: id, Title: name, Help: id + " at " + device.Slot})
	}
	questions := []steps.Question{
		ask("libvirt", steps.KindConfirm, "Virtual machines with libvirt?", "QEMU and virt-manager."),
		ask("podman", steps.KindConfirm, "Containers with Podman?", "Without a daemon, with the commands of Docker."),
		ask("waydroid", steps.KindConfirm, "Android with Waydroid?", "Android applications in windows; needs a desktop."),
		ask("microvm", steps.KindConfirm, "MicroVMs?", "Small guests, declared in the flake."),
	}
	if len(cards.Options) > 0 && facts.CPU.Virtualization != "" {
		questions = append(questions, cards)
	}
	return questions
}
