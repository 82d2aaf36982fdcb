package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// version prints which mnemonix this is.
func (a *app) version() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "version", Short: "print the version, the commit and its date", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			build := a.build.complete()
			if asJSON {
				return printJSON(a.streams.Out, map[string]any{
					"version": build.Version, "commit": build.Commit, "date": build.Date, "go": runtime.Version(),
					"erases": secret.Erases(),
				})
			}
			_, err := fmt.Fprintf(a.streams.Out, "mnemonix %s\ncommit %s\ndate %s\n%s\n", build.Version, build.Commit, build.Date, erasing())
			return err
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// erasing says what happens to the copies that cryptography makes of a key.
func erasing() string {
	if secret.Erases() {
		return "copies of keys in freed memory are erased"
	}
	return "copies of keys may stay in freed memory until it is used again (a release erases them)"
}

// complete fills in from the binary itself what no linker has set.
func (b Build) complete() Build {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			switch {
			case setting.Key == "vcs.revision" && b.Commit == "":
				b.Commit = setting.Value
			case setting.Key == "vcs.time" && b.Date == "":
				b.Date = setting.Value
			}
		}
	}
	if b.Commit == "" {
		b.Commit = "unknown"
	}
	if b.Date == "" {
		b.Date = "unknown"
	}
	return b
}

// printJSON prints a value for programs: two spaces, a line feed at the end,
// nothing escaped that JSON itself does not need escaped.
func printJSON(out interface{ Write([]byte) (int, error) }, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
