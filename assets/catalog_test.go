package assets

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCatalogIsComplete(t *testing.T) {
	catalog := Load()
	var names []string
	for _, group := range catalog.Groups() {
		if len(group.Entries) == 0 {
			t.Errorf("%s is empty", group.Title)
		}
		seen := map[string]bool{}
		for _, entry := range group.Entries {
			if entry.Name == "" || entry.Title == "" || entry.Help == "" || strings.Contains(entry.Help, "\n") || len(entry.Help) > 100 {
				t.Errorf("%s: %+v", group.Title, entry)
			}
			if seen[entry.Name] {
				t.Errorf("%s: %s twice", group.Title, entry.Name)
			}
			seen[entry.Name] = true
			for _, warning := range entry.Warnings {
				if warning.Text == "" || warning.Hint == "" {
					t.Errorf("%s: a warning without words", entry.Name)
				}
			}
		}
		names = append(names, Names(group.Entries)...)
	}
	hostTypes := Names(catalog.HostTypes)
	for _, group := range catalog.Groups() {
		for _, entry := range group.Entries {
			for _, other := range entry.Conflicts {
				if !slices.Contains(names, other) {
					t.Errorf("%s conflicts with %s, which is not there", entry.Name, other)
				}
				if !conflictsBack(catalog, entry.Name, other) {
					t.Errorf("%s conflicts with %s, but not the other way", entry.Name, other)
				}
			}
			for _, hostType := range entry.Needs.HostTypes {
				if !slices.Contains(hostTypes, hostType) {
					t.Errorf("%s needs the host type %s, which is not there", entry.Name, hostType)
				}
			}
			for _, feature := range entry.Needs.Features {
				if _, known := Find(catalog.Features, feature); !known {
					t.Errorf("%s needs the feature %s, which is not there", entry.Name, feature)
				}
			}
		}
	}
	for _, layout := range catalog.Layouts {
		if len(layout.Roles) == 0 || len(layout.Swap) == 0 || !slices.Contains([]string{"always", "never", "either"}, layout.Encryption) {
			t.Errorf("%+v", layout)
		}
	}
}

func conflictsBack(catalog *Catalog, name, other string) bool {
	for _, entries := range [][]Entry{catalog.Features, catalog.Desktops} {
		if entry, found := Find(entries, other); found && slices.Contains(entry.Conflicts, name) {
			return true
		}
	}
	return false
}

// The warnings that every catalog has to give.
func TestCatalogWarns(t *testing.T) {
	catalog := Load()
	for feature, text := range map[string]string{
		"gaming": "gaming on a server", "multimedia": "without a screen", "development": "without signing keys",
	} {
		entry, _ := Find(catalog.Features, feature)
		if !slices.ContainsFunc(entry.Warnings, func(w Warning) bool { return strings.Contains(w.Text, text) }) {
			t.Errorf("%s does not warn: %s", feature, text)
		}
	}
	if len(catalog.Warnings) == 0 || catalog.Warnings[0].When.MoreFeaturesThan != 4 {
		t.Errorf("more than four features: %+v", catalog.Warnings)
	}
}

// Lists are lists in JSON, and never null.
func TestCatalogAsJSON(t *testing.T) {
	text, err := json.Marshal(Load())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "null") {
		t.Error("there is a null")
	}
	var groups map[string][]map[string]any
	if err := json.Unmarshal(text, &groups); err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{"features", "hostTypes", "desktops", "layouts", "modules"} {
		if len(groups[group]) == 0 {
			t.Errorf("no %s", group)
		}
		for _, entry := range groups[group] {
			for _, key := range []string{"name", "title", "help", "needs", "conflicts", "warnings"} {
				if _, there := entry[key]; !there {
					t.Errorf("%s: %v has no %s", group, entry["name"], key)
				}
			}
		}
	}
}

func TestCatalogRefusesUnknownKeys(t *testing.T) {
	if _, err := parseCatalog([]byte("features:\n  - name: a\n    nedes: {}\n")); err == nil {
		t.Error("accepted")
	}
}

// The Nix side has the same names in lib/vocabulary.nix.
func TestVocabularyOfTheFlake(t *testing.T) {
	text, err := fs.ReadFile(Flake, "flake/lib/vocabulary.nix")
	if err != nil {
		t.Fatal(err)
	}
	for list, entries := range map[string][]Entry{
		"hostTypes": Load().HostTypes, "features": Load().Features, "desktops": Load().Desktops,
	} {
		block := regexp.MustCompile(`(?s)\n  ` + list + ` = \[(.*?)\];`).FindStringSubmatch(string(text))
		if block == nil {
			t.Errorf("vocabulary.nix has no %s", list)
			continue
		}
		names := strings.Fields(strings.ReplaceAll(block[1], `"`, ""))
		want := Names(entries)
		slices.Sort(names)
		slices.Sort(want)
		if !slices.Equal(names, want) {
			t.Errorf("%s: vocabulary.nix has %v, the catalog %v", list, names, want)
		}
	}
}

func TestExamplesAreTheGuidesHosts(t *testing.T) {
	names, err := fs.Glob(Examples, "examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hosts []string
	for _, name := range names {
		hosts = append(hosts, strings.TrimSuffix(path.Base(name), ".yaml"))
	}
	if want := []string{"brix", "nixtv-player", "slax", "snix", "wintv"}; !slices.Equal(hosts, want) {
		t.Errorf("%v", hosts)
	}
}
