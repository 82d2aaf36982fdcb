package flow

import (
	"strings"
	"testing"
)

// The example flake holds the guide's five hosts, each with the files that
// its kind has.
func TestExample(t *testing.T) {
	files, operator, err := Example()
	if err != nil {
		t.Fatal(err)
	}
	if person, _ := operator.Operator(); person.Name == "" {
		t.Error("nobody signs for the flake")
	}
	content := map[string]string{}
	for _, file := range files {
		content[file.Path] = file.Content
	}
	for host, parts := range map[string][]string{
		"slax":         {"answers.yaml", "configuration.nix", "hardware-configuration.nix", "disko.nix"},
		"brix":         {"answers.yaml", "configuration.nix", "hardware-configuration.nix", "disko.nix"},
		"snix":         {"answers.yaml", "configuration.nix", "hardware-configuration.nix", "disko.nix"},
		"nixtv-player": {"answers.yaml", "configuration.nix", "hardware-configuration.nix", "disko.nix"},
		"wintv":        {"answers.yaml", "configuration.nix"},
	} {
		for _, part := range parts {
			if content["hosts/"+host+"/"+part] == "" {
				t.Errorf("hosts/%s/%s is missing", host, part)
			}
		}
		if !strings.Contains(content["lib/constants.nix"], "    "+host+" = {") {
			t.Errorf("lib/constants.nix has no %s", host)
		}
	}
	for _, device := range []string{"SLAX0001", "SLAX0002"} {
		if !strings.Contains(content["hosts/slax/disko.nix"], device) {
			t.Errorf("hosts/slax/disko.nix does not name the disk %s", device)
		}
	}
	if _, there := content["hosts/wintv/disko.nix"]; there {
		t.Error("a Windows machine has disks in the flake")
	}
}
