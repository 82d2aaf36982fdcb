package steps

// Modules are the parts of the flake that a host switches on beside its
// features, each with the few settings that a person decides.
type Modules struct {
	TravelRouter   *TravelRouter   `yaml:"travelRouter,omitempty"`
	ArrStack       *ArrStack       `yaml:"arrStack,omitempty"`
	Virtualization *Virtualization `yaml:"virtualization,omitempty"`
	WinTV          *WinTV          `yaml:"wintv,omitempty"`
}

// TravelRouter makes the machine an access point with a tunnel behind it.
type TravelRouter struct {
	APInterface string `yaml:"apInterface" jsonschema:"format=interface" jsonschema_description:"The Wi-Fi interface that becomes the access point."`
	SSID        string `yaml:"ssid" jsonschema:"format=ssid" jsonschema_description:"The name of the network that it opens."`
	VPN         string `yaml:"vpn,omitempty" jsonschema:"enum=wireguard,enum=none"`
	WebUI       bool   `yaml:"webUI,omitempty" jsonschema_description:"A page on the access point that shows and switches it."`
}

// ArrStack is the media automation; a service that is not named is off.
type ArrStack struct {
	MediaDir    string `yaml:"mediaDir" jsonschema:"format=folder"`
	Prowlarr    bool   `yaml:"prowlarr,omitempty"`
	Sonarr      bool   `yaml:"sonarr,omitempty"`
	Radarr      bool   `yaml:"radarr,omitempty"`
	Lidarr      bool   `yaml:"lidarr,omitempty"`
	Readarr     bool   `yaml:"readarr,omitempty"`
	Bazarr      bool   `yaml:"bazarr,omitempty"`
	Qbittorrent bool   `yaml:"qbittorrent,omitempty"`
	Jellyfin    bool   `yaml:"jellyfin,omitempty"`
}

// Virtualization is the kinds of guests that the machine can run.
type Virtualization struct {
	Libvirt        bool     `yaml:"libvirt,omitempty"`
	Podman         bool     `yaml:"podman,omitempty"`
	Waydroid       bool     `yaml:"waydroid,omitempty"`
	MicroVM        bool     `yaml:"microvm,omitempty"`
	GPUPassthrough []string `yaml:"gpuPassthrough,omitempty" jsonschema:"uniqueItems=true,format=pci-id" jsonschema_description:"PCI ids of the devices that a guest gets: 10de:2684."`
}

// WinTV is a Windows media machine, configured by generated files.
type WinTV struct {
	Domain   string `yaml:"domain,omitempty" jsonschema:"format=network-name"`
	MediaDir string `yaml:"mediaDir,omitempty" jsonschema:"format=windows-folder" jsonschema_description:"As Windows spells it: D:\\Media."`
	Kiosk    string `yaml:"kiosk,omitempty" jsonschema:"format=web-address" jsonschema_description:"The page that the television shows."`
}
