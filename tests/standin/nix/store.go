package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// synced is what makes Nix take a path's files to the disk before it calls the
// path valid.
var synced = []string{"--option", "fsync-store-paths", "true"}

// runStore is nix-store: it looks at what is in the store, and removes what is
// torn, so that a build makes it again.
func runStore(args []string) error {
	if len(args) != 8 || args[0] != "--store" || !slices.Equal(args[2:5], synced) ||
		!slices.Equal(args[5:], []string{"--verify", "--check-contents", "--repair"}) {
		return fmt.Errorf("%w: %q", errUsage, args)
	}
	systems, err := systemsIn(args[1])
	if err != nil {
		return err
	}
	for _, system := range systems {
		if err := whole(system); err != nil {
			fmt.Fprintln(os.Stderr, err)
			if err := os.RemoveAll(system); err != nil {
				return err
			}
		}
	}
	return nil
}

// register says that the store has something in it, as Nix's database does.
func register(store string) error {
	database := filepath.Join(store, "nix/var/nix/db/db.sqlite")
	if err := os.MkdirAll(filepath.Dir(database), 0o755); err != nil {
		return err
	}
	return os.WriteFile(database, []byte("registered\n"), 0o644)
}

// systemsIn are the systems that the store calls valid: one that was never put
// there whole is called so by nobody. A derivation of one is none.
func systemsIn(store string) ([]string, error) {
	systems, err := filepath.Glob(filepath.Join(store, "nix/store/*-nixos-system-*"))
	return slices.DeleteFunc(systems, func(name string) bool {
		return strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".drv")
	}), err
}

// whole compares the sizes of a system's files with those that it was made of:
// a power cut leaves files that are empty.
func whole(system string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from := filepath.Join(filepath.Dir(self), "../system")
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, file := range files {
		want, err := os.Stat(filepath.Join(from, file.Name()))
		if err != nil {
			return err
		}
		got, err := os.Stat(filepath.Join(system, file.Name()))
		if err != nil || !want.IsDir() && got.Size() != want.Size() {
			return fmt.Errorf("path '%s' was modified! expected hash 'of %d bytes'", system, want.Size())
		}
	}
	return nil
}

func verify(store string) error {
	systems, err := systemsIn(store)
	if err != nil || len(systems) == 0 {
		return fmt.Errorf("the store %s has no system", store)
	}
	for _, system := range systems {
		if err := whole(system); err != nil {
			return err
		}
	}
	return nil
}
