package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/hardware"
	"codeberg.org/mnemonix/mnemonix/steps/record"
)

// detect prints the facts of this machine or of a recorded one.
func (a *app) detect() *cobra.Command {
	var flags struct {
		json        bool
		record      string
		withSerials bool
	}
	command := &cobra.Command{
		Use: "detect", Short: "what this machine is: disks, firmware, TPM, graphics, network", Args: noArguments,
		Long: "Detect reads the machine and changes nothing. --record keeps what was read in a folder\n" +
			"that --sysroot replays anywhere; serial numbers are replaced unless --with-serials is given.",
		Example: "  mnemonix detect\n  mnemonix detect --json\n  mnemonix detect --record laptop && mnemonix --sysroot laptop detect",
		RunE: func(cmd *cobra.Command, _ []string) error {
			runner, err := a.runner()
			if err != nil {
				return err
			}
			if flags.record != "" {
				if _, err := record.Machine(cmd.Context(), runner, flags.record, flags.withSerials); err != nil {
					return lacks(err, "the folder has to be new or empty, and its parent writable")
				}
				_, err := fmt.Fprintf(a.streams.Err, "recorded this machine in %s\n", flags.record)
				return err
			}
			facts := flow.Detect(cmd.Context(), runner, flow.Install())
			if flags.json {
				return printJSON(a.streams.Out, facts)
			}
			for _, line := range hardware.Report(facts) {
				if _, err := fmt.Fprintln(a.streams.Out, line); err != nil {
					return fault(err)
				}
			}
			return nil
		},
	}
	command.Flags().BoolVar(&flags.json, "json", false, "print JSON; its schema: mnemonix schema facts")
	command.Flags().StringVar(&flags.record, "record", "", "record this machine in a new `folder`")
	command.Flags().BoolVar(&flags.withSerials, "with-serials", false, "keep serial numbers in the record")
	return command
}

// facts reads recorded facts from a file, or detects.
func (a *app) facts(ctx context.Context, file string) (steps.Facts, error) {
	if file == "" {
		runner, err := a.runner()
		if err != nil {
			return steps.Facts{}, err
		}
		return flow.Detect(ctx, runner, flow.Install()), nil
	}
	text, err := readFile(file, 16<<20)
	if err != nil {
		return steps.Facts{}, err
	}
	var facts steps.Facts
	if err := json.Unmarshal(text, &facts); err != nil {
		return steps.Facts{}, usage(fmt.Errorf("%s is not what detect --json prints: %w", file, err), "")
	}
	if facts.Version != steps.FactsVersion {
		return steps.Facts{}, usage(fmt.Errorf("%s has version %d of the facts, this mnemonix reads %d", file, facts.Version, steps.FactsVersion), "run detect --json again")
	}
	return facts, nil
}
