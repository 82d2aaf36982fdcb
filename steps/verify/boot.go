package verify

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// BootFiles looks whether the EFI system partition below target has what the
// boot loader starts: unified kernel images, as lanzaboote writes them, or
// entries whose kernel and initrd are there.
// Source: The Boot Loader Specification, types 1 and 2.
func BootFiles(reader run.Reader, target string) error {
	esp := path.Join(target, "boot")
	images, err := reader.ReadDir(path.Join(esp, "EFI/Linux"))
	if err == nil {
		for _, image := range images {
			if strings.HasSuffix(image.Name(), ".efi") {
				return filled(reader, path.Join(esp, "EFI/Linux", image.Name()))
			}
		}
	}
	entries, err := reader.ReadDir(path.Join(esp, "loader/entries"))
	if err != nil {
		return fmt.Errorf("%s has neither a kernel image nor an entry of the boot loader", esp)
	}
	whole := 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".conf") {
			continue
		}
		name := path.Join(esp, "loader/entries", entry.Name())
		text, err := reader.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read the boot entry: %w", err)
		}
		if err := startable(reader, esp, string(text)); err != nil {
			return fmt.Errorf("boot entry %s: %w", entry.Name(), err)
		}
		whole++
	}
	if whole == 0 {
		return fmt.Errorf("%s has no entry of the boot loader", esp)
	}
	return nil
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
