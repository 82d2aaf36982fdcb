// Command disko stands in for disko where NixOS is not: it has the command
// line of disko 1.12 and does to the disks what disko does.
//
// Its rules:
//
//   - It refuses every option, mode and attribute that it does not know, with
//     status 2: a caller that would fail with disko fails here too.
//   - What disko puts into its script stands in script.go as data, command by
//     command with the tests before them; what the tests skip is skipped.
//   - It knows disks by the names in disko.nix and nothing else.
//
// Source: the manual of disko and the types below lib/types of
// https://github.com/nix-community/disko/tree/v1.12.0.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const version = "1.12.0"

const usage = `Usage: disko [options] disk-config.nix

Options:

* -m, --mode mode
  destroy, format, mount, unmount, format,mount or destroy,format,mount
* --root-mountpoint /some/other/mnt
  where to mount the device tree (default: /mnt)
* --no-deps
  accepted: everything comes from PATH here
* --yes-wipe-all-disks
  skip the safety check for destroying partitions
* --dry-run
  print the commands
* --debug, --show-trace
  accepted
* --version, --help
`

// errUsage is a command line that disko does not have, or that this program
// does not stand in for.
var errUsage = errors.New("usage")

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "disko: %v\n%s", err, usage)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "disko: %v\n", err)
		os.Exit(1)
	}
}

// options is a command line.
type options struct {
	mode, root, file          string
	wipe, print, help, number bool
}

func parse(args []string) (options, error) {
	o := options{mode: "mount", root: "/mnt"}
	for i := 0; i < len(args); i++ {
		value := func() (string, error) {
			i++
			if i >= len(args) {
				return "", fmt.Errorf("%w: %s needs a value", errUsage, args[i-1])
			}
			return args[i], nil
		}
		var err error
		switch arg := args[i]; arg {
		case "-m", "--mode":
			o.mode, err = value()
		case "--root-mountpoint":
			o.root, err = value()
		case "--yes-wipe-all-disks":
			o.wipe = true
		case "--dry-run":
			o.print = true
		case "--version":
			o.number = true
		case "-h", "--help":
			o.help = true
		case "--no-deps", "--debug", "--show-trace":
		case "-f", "--flake", "--arg", "--argstr":
			err = fmt.Errorf("%w: %s is disko's, but nothing stands in for it here", errUsage, arg)
		default:
			switch {
			case strings.HasPrefix(arg, "-"):
				err = fmt.Errorf("%w: disko has no option %s", errUsage, arg)
			case o.file != "":
				err = fmt.Errorf("%w: a second file %s", errUsage, arg)
			}
			o.file = arg
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// modes are those that disko 1.12 has, and what each is made of.
var modes = map[string][]string{
	"destroy": {"destroy"}, "format": {"format"}, "mount": {"mount"}, "unmount": {"unmount"},
	"format,mount": {"format", "mount"}, "destroy,format,mount": {"destroy", "format", "mount"},
}

func run(args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args)
	switch {
	case err != nil:
		return err
	case o.help || len(args) == 0:
		fmt.Fprint(out, usage)
		return nil
	case o.number:
		fmt.Fprintln(out, version)
		return nil
	}
	fmt.Fprintln(out, "disko version "+version)
	parts, ok := modes[o.mode]
	if !ok {
		return fmt.Errorf("%w: disko has no mode %q", errUsage, o.mode)
	}
	if _, err := os.Stat(o.file); err != nil {
		return fmt.Errorf("aborted: disko config must be an existing file: %w", err)
	}
	devices, err := load(o.file)
	if err != nil {
		return err
	}
	script := &script{root: o.root, devices: devices}
	if o.print {
		for _, part := range parts {
			fmt.Fprintf(out, "# %s\n%s", part, describe(script.part(part)))
		}
		return nil
	}
	if err := script.programs(); err != nil {
		return err
	}
	// As with disko, the switch counts with this one mode only.
	if parts[0] == "destroy" && (!o.wipe || o.mode == "destroy") {
		if err := confirm(script.wiped(), in, out); err != nil {
			return err
		}
	}
	runner := &runner{out: os.Stderr}
	for _, part := range parts {
		if part == "destroy" {
			err = runner.destroy(o.root, script.wiped())
		} else {
			err = runner.all(script.part(part))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return nil
}

// confirm asks as disko does.
func confirm(disks []string, in io.Reader, out io.Writer) error {
	fmt.Fprintf(out, "WARNING: This will destroy all data on the disks defined in disko.devices, which are:\n\n  - %s\n\n"+
		"Type 'yes' to continue, anything else to abort: ", strings.Join(disks, "\n  - "))
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSuffix(answer, "\n") != "yes" {
		return errors.New("aborted")
	}
	return nil
}

// evaluate returns a file of Nix as JSON.
func evaluate(file string) ([]byte, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	command := exec.Command("nix-instantiate", "--eval", "--strict", "--json", file)
	output, err := command.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("evaluate %s: %s", file, strings.TrimSpace(string(failed.Stderr)))
	}
	return output, err
}
