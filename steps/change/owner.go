package change

import (
	"context"
	"os/user"
	"strconv"
	"strings"
	"syscall"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// OwnerOf is the user that git and nix run as in a folder, for somebody of
// that number: empty where it is their own. A folder of another user is
// refused, except by root.
func OwnerOf(reader run.Reader, folder string, uid int) (string, error) {
	info, err := reader.Stat(folder)
	if err != nil {
		return "", steps.Problem{Text: "there is no flake in " + folder, Hint: "--flake DIR names the folder of the flake"}
	}
	stat, is := info.Sys().(*syscall.Stat_t)
	if !is || int(stat.Uid) == uid {
		return "", nil
	}
	number := strconv.FormatUint(uint64(stat.Uid), 10)
	owner, err := user.LookupId(number)
	name := number
	if err == nil {
		name = owner.Username
	}
	switch {
	case uid != 0:
		hint := "run mnemonix as " + name
		if stat.Uid == 0 {
			hint = "sudo mnemonix change"
		}
		return "", steps.Problem{Text: "the flake in " + folder + " belongs to " + name, Hint: hint}
	case err != nil:
		return "", steps.Problem{Text: "the flake in " + folder + " belongs to the user number " + number + ", which nobody has here", Hint: "give it to somebody: chown --recursive root: " + folder}
	}
	return name, nil
}

// Scratch makes a folder that is nobody else's.
func Scratch(ctx context.Context, runner run.Runner) (string, error) {
	result, err := runner.Run(ctx, run.Command{Argv: scratch("mnemonix-change")})
	return strings.TrimSpace(string(result.Stdout)), err
}

func scratch(name string) []string {
	return []string{"mktemp", "--directory", "--tmpdir", name + ".XXXXXXXXXX"}
}
