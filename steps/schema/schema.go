// Package schema writes the JSON Schemas of what mnemonix prints for other
// programs: the facts and the plan. They are made from the Go types, so they
// cannot say anything else than what is printed, and their descriptions are
// the comments there. (The schema of the answers, which people write, lives
// with the rules that check them.)
package schema

import (
	_ "embed" // the comments
	"encoding/json"
	"fmt"

	"github.com/invopop/jsonschema"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Facts is the schema of what detect --json prints, draft 2020-12.
func Facts() []byte {
	return reflect(&steps.Facts{}, "facts", "Facts of a machine, as mnemonix detect --json prints them")
}

// Plan is the schema of what plan --json prints, draft 2020-12.
func Plan() []byte {
	return reflect(&steps.Plan{}, "plan", "The plan of an installation, as mnemonix plan --json prints it")
}

// comments are those of package steps, by type and field, as `go test
// ./steps/schema -update` takes them from its source.
//
//go:embed comments.json
var comments []byte

func reflect(value any, name, title string) []byte {
	reflector := jsonschema.Reflector{}
	if err := json.Unmarshal(comments, &reflector.CommentMap); err != nil { // the file is ours
		panic(fmt.Sprintf("comments of the schema of %s: %v", name, err))
	}
	made := reflector.Reflect(value)
	made.ID = jsonschema.ID("https://codeberg.org/mnemonix/mnemonix/schema/" + name + ".json")
	made.Title = title
	text, err := json.MarshalIndent(made, "", "  ")
	if err != nil { // the types of this module are always representable
		panic(fmt.Sprintf("schema of %s: %v", name, err))
	}
	return append(text, '\n')
}
