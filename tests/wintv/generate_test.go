// Package wintv tests what the flake generates for Windows machines.
//
// Its rules:
//
//   - The generators are evaluated by Nix as they are; of nixpkgs' library there is a small stand-in
//     (testdata/library.nix), so that no network is needed.
//   - The judge of the compose file is compose-go, which is what `docker compose` loads it with. It is the
//     reason why this is a module of its own: nothing of it comes near the program.
package wintv

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the golden files")

// generate evaluates the generators for a machine, described by a Nix expression of what is special about it.
func generate(t *testing.T, changes string) map[string]string {
	t.Helper()
	nix := program(t, "nix")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	expression := "import " + here + "/testdata/machine.nix { flake = " + filepath.Dir(filepath.Dir(here)) +
		"/assets/flake; changes = " + changes + "; }"
	command := exec.CommandContext(t.Context(), nix, "eval", "--impure", "--json", "--expr", expression)
	output, err := command.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("nix: %s", failed.Stderr)
		}
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(output, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// program finds a tool in PATH or in the folder that MNEMONIX_TOOLS names.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, folder := range append(filepath.SplitList(os.Getenv("MNEMONIX_TOOLS")), filepath.SplitList(os.Getenv("PATH"))...) {
		if found, err := exec.LookPath(filepath.Join(folder, name)); err == nil && filepath.IsAbs(found) {
			return found
		}
	}
	if os.Getenv("MNEMONIX_CHECK") == "1" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// Everything at once, with what is hard to quote.
const everything = `{
  domain = "tv.example.org";
  mediaDir = "E:\\Films & \"more\" $HOME";
  kiosk = "https://tv.example.org/?a=1&b=2";
  gpu = true;
  services = { lidarr = true; ollama = true; open-webui = true; kanidm = true; };
  containers.own = {
    image = "registry.example.org:5000/own/thing:1.0";
    user = "1000:1000";
    environment = { QUOTE = "it's \"$PRICE\" \\ no"; NUMBER = "1.10"; NO = "no"; TIME = "22:22"; "WITH.DOT" = "x"; };
    healthcheck = [ "sh" "-c" "test -n \"$HOSTNAME\"" ];
  };
}`

var machines = map[string]string{
	"usual":      `{ domain = "tv.example.org"; kiosk = "https://tv.example.org"; }`,
	"everything": everything,
	"nothing":    `{ services = { jellyfin = false; prowlarr = false; sonarr = false; radarr = false; bazarr = false; qbittorrent = false; }; }`,
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, changes := range machines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts := generate(t, changes)
			folder := filepath.Join("testdata", "golden", name)
			var wanted []string
			for file, text := range texts {
				// The scripts are the same for everybody: assets/flake/lib/wintv.
				if strings.HasSuffix(file, ".ps1") {
					continue
				}
				wanted = append(wanted, file)
				golden := filepath.Join(folder, filepath.FromSlash(file))
				if *update {
					if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Error(err)
				} else if string(want) != text {
					t.Errorf("%s is not as in %s; after looking at it, run the test with -update:\n%s", file, golden, text)
				}
			}
			_ = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					file, _ := filepath.Rel(folder, path)
					if !slices.Contains(wanted, filepath.ToSlash(file)) {
						t.Errorf("%s is no longer generated", path)
					}
				}
				return err
			})
		})
	}
}

func load(t *testing.T, text string) *types.Project {
	t.Helper()
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  t.TempDir(),
		ConfigFiles: []types.ConfigFile{{Filename: "docker-compose.yml", Content: []byte(text)}},
		// What a variable would be replaced by, if one had slipped through.
		Environment: types.Mapping{"HOME": "REPLACED", "PRICE": "REPLACED", "HOSTNAME": "REPLACED"},
	}, func(options *loader.Options) {
		// The secrets are made on the machine.
		options.SkipResolveEnvironment = true
	})
	if err != nil {
		t.Fatalf("compose refuses the file: %v\n%s", err, text)
	}
	return project
}

func TestComposeLoadsIt(t *testing.T) {
	t.Parallel()
	for name, changes := range machines {
		if name == "nothing" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := generate(t, changes)["docker-compose.yml"]
			if strings.Contains(text, "REPLACED") {
				t.Fatal("the test's own word is in the text")
			}
			project := load(t, text)
			for _, service := range project.Services {
				_, tag, tagged := strings.Cut(service.Image[strings.LastIndex(service.Image, "/")+1:], ":")
				if !tagged || strings.Contains(tag, "latest") || !strings.ContainsAny(tag, "0123456789") {
					t.Errorf("%s: the image %s has no version", service.Name, service.Image)
				}
				if service.HealthCheck == nil || len(service.HealthCheck.Test) < 2 || service.HealthCheck.Disable {
					t.Errorf("%s has no health check", service.Name)
				}
				for _, volume := range service.Volumes {
					if volume.Type != types.VolumeTypeBind || !strings.HasPrefix(volume.Source, "/mnt/") || strings.Contains(volume.Source, `\`) {
						t.Errorf("%s: volume %+v is no folder of Windows as Linux sees it", service.Name, volume)
					}
				}
				for key, value := range service.Environment {
					if strings.Contains(strings.ToUpper(key), "APIKEY") || strings.Contains(strings.ToUpper(key), "SECRET") {
						t.Errorf("%s: %s=%v stands in the file", service.Name, key, *value)
					}
				}
			}
			loaded, err := project.MarshalYAML()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(loaded), "REPLACED") {
				t.Errorf("a variable was replaced:\n%s", loaded)
			}
		})
	}
}

// Every image that comes with the flake is one that exists: testdata/images.txt says how that is known.
func TestImagesExist(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile(filepath.Join("testdata", "images.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			known[line] = false
		}
	}
	for _, service := range load(t, generate(t, everything)["docker-compose.yml"]).Services {
		if service.Name == "own" {
			continue // the test's
		}
		if _, listed := known[service.Image]; !listed {
			t.Errorf("%s: %s is not in testdata/images.txt", service.Name, service.Image)
		}
		known[service.Image] = true
	}
	for image, used := range known {
		if !used {
			t.Errorf("testdata/images.txt: nothing uses %s", image)
		}
	}
}

// TestValuesArriveAsTheyWereWritten goes the whole way, from an option to what compose gives the container.
func TestValuesArriveAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	project := load(t, generate(t, everything)["docker-compose.yml"])
	own, err := project.GetService("own")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"QUOTE": `it's "$PRICE" \ no`, "NUMBER": "1.10", "NO": "no", "TIME": "22:22", "WITH.DOT": "x",
	} {
		if got := own.Environment[key]; got == nil || *got != want {
			t.Errorf("%s is %v, want %q", key, got, want)
		}
	}
	if got := own.HealthCheck.Test; !slices.Equal(got, []string{"CMD", "sh", "-c", `test -n "$HOSTNAME"`}) {
		t.Errorf("health check %q", got)
	}
	jellyfin, err := project.GetService("jellyfin")
	if err != nil {
		t.Fatal(err)
	}
	if got := jellyfin.Volumes[2].Source; got != `/mnt/e/Films & "more" $HOME` {
		t.Errorf("the folder of the media is %q", got)
	}
	ollama, err := project.GetService("ollama")
	if err != nil {
		t.Fatal(err)
	}
	if ollama.Ports[0].HostIP != "127.0.0.1" {
		t.Errorf("ollama listens on %q", ollama.Ports[0].HostIP)
	}
}

func TestWindowsConfiguration(t *testing.T) {
	t.Parallel()
	for name, changes := range machines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts := generate(t, changes)
			var document struct {
				Properties struct {
					ConfigurationVersion string `yaml:"configurationVersion"`
					Resources            []struct {
						Resource string         `yaml:"resource"`
						ID       string         `yaml:"id"`
						Settings map[string]any `yaml:"settings"`
					} `yaml:"resources"`
				} `yaml:"properties"`
			}
			if err := yaml.Unmarshal([]byte(texts["configuration.dsc.yaml"]), &document); err != nil {
				t.Fatal(err)
			}
			if document.Properties.ConfigurationVersion != "0.2.0" {
				t.Errorf("version %q", document.Properties.ConfigurationVersion)
			}
			seen := map[string]bool{}
			rules := map[string]bool{}
			for _, resource := range document.Properties.Resources {
				if resource.ID == "" || seen[resource.ID] {
					t.Errorf("the id %q is empty or there twice", resource.ID)
				}
				seen[resource.ID] = true
				switch resource.Resource {
				case "NetworkingDsc/Firewall":
					rules[resource.Settings["LocalPort"].([]any)[0].(string)+"/"+strings.ToLower(resource.Settings["Protocol"].(string))] = true
					if profiles := resource.Settings["Profile"].([]any); slices.Contains(profiles, any("Public")) || slices.Contains(profiles, any("Any")) {
						t.Errorf("%s opens the port on public networks", resource.ID)
					}
				case "Microsoft.WinGet.DSC/WinGetPackage", "PSDesiredStateConfiguration/WindowsOptionalFeature":
				default:
					t.Errorf("unknown resource %q", resource.Resource)
				}
			}
			// A rule for each port that others may reach, and for no other.
			ports := map[string]bool{}
			if name != "nothing" {
				for _, service := range load(t, texts["docker-compose.yml"]).Services {
					for _, port := range service.Ports {
						if port.HostIP == "" {
							ports[port.Published+"/"+port.Protocol] = true
						}
					}
				}
			}
			for port := range ports {
				if !rules[port] {
					t.Errorf("no rule for port %s", port)
				}
			}
			for port := range rules {
				if !ports[port] {
					t.Errorf("a rule for port %s, which nothing has", port)
				}
			}
			var settings struct {
				HostName, DataDir string
				Folders           []string
				Secrets           map[string][]string
			}
			if err := json.Unmarshal([]byte(texts["wintv.json"]), &settings); err != nil {
				t.Fatal(err)
			}
			if settings.HostName != "wintv" || !slices.Contains(settings.Folders, settings.DataDir) {
				t.Errorf("settings %+v", settings)
			}
		})
	}
}
