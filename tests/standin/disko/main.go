// Command disko stands in for disko where Nix and nixpkgs are not there: in a
// virtual machine of the tests. It has disko's command line and carries out
// the same disko.nix with the same programs, as far as mnemonix uses it.
//
// Its rules:
//
//   - An option that disko does not have is refused, and so is a word in the
//     layout that this program does not carry out: it never guesses.
//   - As disko does, mode format makes what is missing and leaves what is
//     there; mode destroy empties the disks that may be emptied; mode unmount
//     takes down what is up.
//   - It prints every command, as disko's script does.
//
// Source: disko 1.12, its script disko and lib/types.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"codeberg.org/mnemonix/mnemonix/tests/standin/nixdata"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "disko (stand-in):", err)
		os.Exit(1)
	}
}

// modes are the modes of disko, as the parts that they consist of.
var modes = map[string][]string{
	"destroy": {"destroy"}, "format": {"format"}, "mount": {"mount"}, "unmount": {"unmount"},
	"format,mount": {"format", "mount"}, "destroy,format,mount": {"destroy", "format", "mount"},
}

func run(args []string) error {
	mode, root, file, yes := "mount", "/mnt", "", false
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--version":
			fmt.Println("1.12.0")
			return nil
		case arg == "--yes-wipe-all-disks":
			yes = true
		case arg == "-m" || arg == "--mode" || arg == "--root-mountpoint":
			if len(args) == 0 {
				return fmt.Errorf("%s needs a value", arg)
			}
			if arg == "--root-mountpoint" {
				root = args[0]
			} else {
				mode = args[0]
			}
			args = args[1:]
		case strings.HasPrefix(arg, "-"):
			return fmt.Errorf("disko has no option %s that mnemonix uses", arg)
		case file == "":
			file = arg
		default:
			return fmt.Errorf("one file, not also %s", arg)
		}
	}
	parts, known := modes[mode]
	switch {
	case !known:
		return fmt.Errorf("disko has no mode %q", mode)
	case file == "":
		return errors.New("no disko.nix was named")
	case mode == "destroy,format,mount" && !yes || mode == "destroy" && !yes:
		return errors.New("disko would ask whether to wipe the disks: --yes-wipe-all-disks was not given")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	value, err := nixdata.Parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	layout, err := read(value, root)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fmt.Println("disko version 1.12.0")
	for _, part := range parts {
		if err := layout.carry(part); err != nil {
			return err
		}
	}
	return nil
}
