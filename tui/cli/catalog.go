package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/assets"
)

// catalog prints what can be chosen.
func (a *app) catalog() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "catalog", Short: "what can be chosen: features, host types, desktops, layouts, modules", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			catalog := assets.Load()
			if asJSON {
				return printJSON(a.streams.Out, catalog)
			}
			for _, group := range catalog.Groups() {
				if _, err := fmt.Fprintf(a.streams.Out, "%s\n", group.Title); err != nil {
					return fault(err)
				}
				for _, entry := range group.Entries {
					if _, err := fmt.Fprintf(a.streams.Out, "  %-18s %s\n", entry.Name, entry.Help); err != nil {
						return fault(err)
					}
					if len(entry.Conflicts) > 0 {
						if _, err := fmt.Fprintf(a.streams.Out, "  %-18s not with: %s\n", "", strings.Join(entry.Conflicts, ", ")); err != nil {
							return fault(err)
						}
					}
				}
			}
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}
