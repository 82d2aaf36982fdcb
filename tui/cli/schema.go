package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/schema"
)

// schema prints the JSON Schemas of the formats that mnemonix reads and
// writes.
func (a *app) schema() *cobra.Command {
	return &cobra.Command{
		Use: "schema [answers|facts|plan]", Short: "the JSON Schema of the answers file, the facts or the plan",
		ValidArgs: []string{"answers", "facts", "plan"},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(fmt.Errorf("unexpected argument %q", args[1]), "")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			name := "answers"
			if len(args) == 1 {
				name = args[0]
			}
			var text []byte
			switch name {
			case "answers":
				text = answers.Schema()
			case "facts":
				text = schema.Facts()
			case "plan":
				text = schema.Plan()
			default:
				return usage(fmt.Errorf("there is no schema %q", name), "there are: answers, facts, plan")
			}
			_, err := a.streams.Out.Write(text)
			return err
		},
	}
}
