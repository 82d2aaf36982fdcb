// Command nix stands in for Nix where nothing can be downloaded: it has the
// command lines that mnemonix uses, word by word, and refuses every other. By
// the name of nix-store it has those of that. A
// system is a folder in the target's store that holds a kernel to boot; it
// comes from the folder system beside the one that this program is in.
//
// It looks at the flake as Nix would see it, and no further: what the flake's
// text means is judged elsewhere, by Nix itself.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	do := run
	if filepath.Base(os.Args[0]) == "nix-store" {
		do = runStore
	}
	if err := do(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

var errUsage = errors.New("this stand-in for nix has no such command line")

var installable = regexp.MustCompile(`^path:(/[^#]+)#nixosConfigurations\."([a-z0-9-]+)"\.config\.system\.build\.toplevel(\.drvPath)?$`)

func run(args []string) error {
	if len(args) == 1 && args[0] == "--version" {
		fmt.Println("nix (Nix) 2.31.2")
		return nil
	}
	features := []string{"--extra-experimental-features", "nix-command flakes"}
	if len(args) < 3 || !slices.Equal(args[:2], features) {
		return fmt.Errorf("%w: %q", errUsage, args)
	}
	args = args[2:]
	last := args[len(args)-1]
	match := installable.FindStringSubmatch(last)
	is := func(words ...string) bool { return slices.Equal(args[:len(args)-1], words) }
	switch {
	case is("flake", "lock") && strings.HasPrefix(last, "path:/"):
		return os.WriteFile(strings.TrimPrefix(last, "path:")+"/flake.lock", []byte("{\"nodes\":{\"root\":{}},\"root\":\"root\",\"version\":7}\n"), 0o644)
	case is("eval", "--raw") && match != nil && match[3] != "":
		if _, err := readable(match[1], match[2]); err != nil {
			return err
		}
		name := derivation(match[2])
		if err := instantiate(name, match[2]); err != nil {
			return err
		}
		fmt.Print(name)
		return nil
	case is("build", "--dry-run", "--no-link") && strings.HasSuffix(last, ".drv^*"):
		fmt.Fprintf(os.Stderr, "this derivation will be built:\n  %s\n", strings.TrimSuffix(last, "^*"))
		return nil
	case len(args) == 12 && match != nil && match[3] == "" &&
		slices.Equal(args[:2], []string{"build", "--store"}) && slices.Equal(args[3:6], synced) &&
		slices.Equal(args[6:11], []string{"--no-link", "--print-out-paths", "--log-format", "internal-json", "--verbose"}):
		return build(args[2], match[1], match[2])
	case len(args) == 6 && slices.Equal(args[:3], []string{"store", "verify", "--store"}) && slices.Equal(args[4:], []string{"--all", "--no-trust"}):
		return verify(args[3])
	}
	return fmt.Errorf("%w: %q", errUsage, args)
}

func derivation(host string) string {
	return "/nix/store/" + hash("drv "+host) + "-nixos-system-" + host + "-25.11.drv"
}

// instantiate puts a derivation where Nix has it: into the store of the
// running system. It downloads nothing.
func instantiate(name, host string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	text := fmt.Sprintf("Derive([(\"out\",%q,\"\",\"\")],[],[],\"x86_64-linux\",\"/bin/sh\",[],[])", "/nix/store/"+hash("system "+host)+"-nixos-system-"+host+"-25.11")
	return os.WriteFile(name, []byte(text), 0o444)
}

// hash is as long as those of the store.
func hash(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:32] }

// readable is a flake of which everything is there that its host needs.
func readable(folder, host string) (text string, err error) {
	for _, name := range []string{"flake.nix", "flake.lock", "hosts/" + host + "/disko.nix", "lib/constants.nix"} {
		part, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return "", fmt.Errorf("the flake has no %s: %w", name, err)
		}
		text += string(part)
	}
	return text, nil
}

// build copies the system into the target's store and says so as Nix does.
func build(store, folder, host string) error {
	text, err := readable(folder, host)
	if err != nil {
		return err
	}
	if status, err := exec.Command("git", "-C", folder, "status", "--porcelain").Output(); err != nil || len(status) > 0 {
		return fmt.Errorf("the flake's repository is not clean: %s%w", status, err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from := filepath.Join(filepath.Dir(self), "../system")
	name := "/nix/store/" + hash(text) + "-nixos-system-" + host + "-25.11"
	to := filepath.Join(store, name)
	tell(map[string]any{"action": "start", "id": 1, "type": 104, "level": 0, "text": "", "parent": 0, "fields": []any{}})
	tell(map[string]any{"action": "start", "id": 2, "type": 103, "level": 0, "text": "", "parent": 0, "fields": []any{}})
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if _, err := os.Stat(to); err == nil {
		files = nil // valid already
	}
	part := to + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o755)); err != nil {
		return err
	}
	for i, file := range files {
		tell(map[string]any{"action": "start", "id": 10 + i, "type": 100, "level": 3, "text": "copying path '" + name + "'", "parent": 2, "fields": []any{name, "here", store}})
		if output, err := exec.Command("cp", "--archive", filepath.Join(from, file.Name()), part).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
		tell(map[string]any{"action": "result", "id": 2, "type": 105, "fields": []any{i + 1, len(files), 0, 0}})
		tell(map[string]any{"action": "stop", "id": 10 + i})
	}
	if len(files) > 0 {
		if err := errors.Join(os.Rename(part, to), register(store)); err != nil {
			return err
		}
	} else if err := os.RemoveAll(part); err != nil {
		return err
	}
	fmt.Println(name)
	return nil
}

func tell(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stderr, "@nix %s\n", text)
}
