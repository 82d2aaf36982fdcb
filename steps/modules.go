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
	APInterface string `yaml:"apInterface"`
	SSID        string `yaml:"ssid"`
	VPN         string `yaml:"vpn,omitempty"`
	WebUI       bool   `yaml:"webUI,omitempty"`
}

// ArrStack is the media automation; a service that is not named is off.
type ArrStack struct {
	MediaDir    string `yaml:"mediaDir"`
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
	GPUPassthrough []string `yaml:"gpuPassthrough,omitempty"` // PCI ids: 10de:2684
}

// WinTV is a Windows media machine, configured by generated files.
type WinTV struct {
	Domain   string `yaml:"domain,omitempty"`
	MediaDir string `yaml:"mediaDir,omitempty"` // as Windows spells it: D:\Media
	Kiosk    string `yaml:"kiosk,omitempty"`
}
