package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"

	"codeberg.org/mnemonix/mnemonix/tests/standin/nixdata"
)

// devices is disko.devices. An attribute that is not here is refused: either
// disko does not have it, or nothing stands in for it.
type devices struct {
	Disk   map[string]disk  `json:"disk"`
	Mdadm  map[string]array `json:"mdadm"`
	Groups map[string]group `json:"lvm_vg"`
	Pools  map[string]pool  `json:"zpool"`
	Nodev  map[string]nodev `json:"nodev"`
}

type disk struct {
	Type    string   `json:"type"`
	Device  string   `json:"device"`
	Destroy *bool    `json:"destroy"` // nil: true
	Content *content `json:"content"`
}

// content is what lies on a device; which members count depends on the type.
type content struct {
	Type             string               `json:"type"`
	Format           string               `json:"format"`
	Name             string               `json:"name"`
	ExtraArgs        []string             `json:"extraArgs"`
	Mountpoint       string               `json:"mountpoint"`
	MountOptions     []string             `json:"mountOptions"`
	Partitions       map[string]partition `json:"partitions"`
	Subvolumes       map[string]subvolume `json:"subvolumes"`
	PasswordFile     string               `json:"passwordFile"`
	Settings         settings             `json:"settings"`
	RandomEncryption bool                 `json:"randomEncryption"`
	ResumeDevice     bool                 `json:"resumeDevice"`
	VG               string               `json:"vg"`
	Pool             string               `json:"pool"`
	Content          *content             `json:"content"`
}

type settings struct {
	AllowDiscards    bool `json:"allowDiscards"`
	BypassWorkqueues bool `json:"bypassWorkqueues"`
}

type partition struct {
	Priority *int     `json:"priority"`
	UUID     string   `json:"uuid"`
	Size     string   `json:"size"`
	Type     string   `json:"type"`
	Label    string   `json:"label"`
	Content  *content `json:"content"`
}

type subvolume struct {
	Mountpoint   string   `json:"mountpoint"`
	MountOptions []string `json:"mountOptions"`
}

type array struct {
	Type     string   `json:"type"`
	Level    *int     `json:"level"`
	Metadata string   `json:"metadata"`
	Content  *content `json:"content"`
}

type group struct {
	Type    string            `json:"type"`
	Volumes map[string]volume `json:"lvs"`
}

type volume struct {
	Size    string   `json:"size"`
	Content *content `json:"content"`
}

type pool struct {
	Type     string             `json:"type"`
	Mode     string             `json:"mode"`
	Options  map[string]string  `json:"options"`
	Root     map[string]string  `json:"rootFsOptions"`
	Datasets map[string]dataset `json:"datasets"`
}

type dataset struct {
	Type       string            `json:"type"`
	Mountpoint string            `json:"mountpoint"`
	Options    map[string]string `json:"options"`
}

type nodev struct {
	FsType       string   `json:"fsType"`
	Device       string   `json:"device"`
	MountOptions []string `json:"mountOptions"`
}

// members are the attributes that each type of content has, besides type.
var members = map[string][]string{
	"gpt":        {"partitions"},
	"filesystem": {"format", "extraArgs", "mountpoint", "mountOptions"},
	"btrfs":      {"extraArgs", "mountpoint", "mountOptions", "subvolumes"},
	"luks":       {"name", "passwordFile", "settings", "content"},
	"swap":       {"extraArgs", "randomEncryption", "resumeDevice"},
	"lvm_pv":     {"vg"},
	"mdraid":     {"name"},
	"zfs":        {"pool"},
}

// UnmarshalJSON refuses what the type does not have.
func (c *content) UnmarshalJSON(text []byte) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	var kind string
	if err := json.Unmarshal(given["type"], &kind); err != nil {
		return fmt.Errorf("a content without a type: %w", err)
	}
	known, ok := members[kind]
	if !ok {
		return fmt.Errorf("no content of the type %q", kind)
	}
	for name := range given {
		if name != "type" && !slices.Contains(known, name) {
			return fmt.Errorf("%s has no attribute %s", kind, name)
		}
	}
	type plain content // without this method
	return strict(text, (*plain)(c))
}

func strict(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// load reads a disko.nix: by Nix where it is there, else as the plain data
// that mnemonix writes.
func load(file string) (devices, error) {
	text, err := evaluate(file)
	if errors.Is(err, exec.ErrNotFound) {
		text, err = readData(file)
	}
	if err != nil {
		return devices{}, err
	}
	return decode(text)
}

func readData(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	value, err := nixdata.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return json.Marshal(value)
}

// decode reads the JSON of a disko.nix, and checks what disko's types check.
func decode(text []byte) (devices, error) {
	var whole struct {
		Disko struct {
			Devices devices `json:"devices"`
		} `json:"disko"`
	}
	if err := strict(text, &whole); err != nil {
		return devices{}, fmt.Errorf("read disko.devices: %w", err)
	}
	d := whole.Disko.Devices
	if len(d.Disk) == 0 {
		return d, errors.New("no disks defined, did you forget to import your disko config?")
	}
	for name, one := range d.Disk {
		if one.Type != "disk" || one.Device == "" || one.Content == nil {
			return d, fmt.Errorf("the disk %s lacks a type, a device or a content", name)
		}
	}
	return d, nil
}

// names are the keys in the order in which Nix has them.
func names[V any](set map[string]V) []string { return slices.Sorted(maps.Keys(set)) }
