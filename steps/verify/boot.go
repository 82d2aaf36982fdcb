package verify

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Ours are named so: by NixOS' builder of systemd-boot's entries, of every
// profile and specialisation, and by lanzaboote. A partition that is shared has
// those of other systems too, and what is wrong with them is none of ours.
// Source: nixpkgs, systemd-boot-builder.py, generation_conf_filename;
// lanzaboote, rust/tool/systemd/src/install.rs, the filter of its garbage.
var (
	ourEntry = regexp.MustCompile(`(?i)^nixos-(.+-)?generation-[0-9]+.*\.conf$`)
	ourImage = regexp.MustCompile(`(?i)^nixos-.+\.efi$`)
)

// BootFiles looks whether the EFI system partition below target has what the
// boot loader starts of the installed system: unified kernel images, as
// lanzaboote writes them, or entries whose kernel and initrd are there.
// Source: The Boot Loader Specification, types 1 and 2.
func BootFiles(reader run.Reader, target string) error {
	esp := path.Join(target, "boot")
	whole := 0
	for _, image := range named(reader, path.Join(esp, "EFI/Linux"), ourImage) {
		if err := filled(reader, image); err != nil {
			return err
		}
		whole++
	}
	for _, entry := range named(reader, path.Join(esp, "loader/entries"), ourEntry) {
		text, err := reader.ReadFile(entry)
		if err != nil {
			return fmt.Errorf("read the boot entry: %w", err)
		}
		if err := startable(reader, esp, string(text)); err != nil {
			return fmt.Errorf("boot entry %s: %w", path.Base(entry), err)
		}
		whole++
	}
	if whole == 0 {
		return fmt.Errorf("%s has neither a kernel image nor an entry of the boot loader that is of NixOS", esp)
	}
	return nil
}

// named are the files of a folder with such a name. A folder that cannot be
// read has none.
func named(reader run.Reader, folder string, name *regexp.Regexp) []string {
	entries, err := reader.ReadDir(folder)
	if err != nil {
		return nil
	}
	var files []string
	for _, entry := range entries {
		if name.MatchString(entry.Name()) {
			files = append(files, path.Join(folder, entry.Name()))
		}
	}
	return files
}

// startable looks whether the files that an entry names are there.
func startable(reader run.Reader, esp, text string) error {
	named := map[string]bool{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if key != "linux" && key != "initrd" && key != "efi" {
			continue
		}
		named[key] = true
		if err := filled(reader, path.Join(esp, strings.TrimSpace(value))); err != nil {
			return err
		}
	}
	if !named["efi"] && !(named["linux"] && named["initrd"]) {
		return errors.New("it names no kernel with an initrd")
	}
	return nil
}

func filled(reader run.Reader, name string) error {
	about, err := reader.Stat(name)
	if err != nil {
		return err
	}
	if about.Size() == 0 {
		return fmt.Errorf("%s is empty", name)
	}
	return nil
}
