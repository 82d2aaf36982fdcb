package script

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	validate "github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/tui/cli"
)

// printed runs a command line in this process; it has to succeed and to say
// nothing besides what it prints.
func printed(t *testing.T, args ...string) []byte {
	t.Helper()
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	var out, said bytes.Buffer
	status := cli.Run(t.Context(), cli.Build{Version: "1.2.3"}, args, cli.Streams{In: in, Out: &out, Err: &said})
	if status != 0 || said.Len() > 0 {
		t.Fatalf("%q ended with status %d: %s", args, status, said.String())
	}
	return out.Bytes()
}

func compile(t *testing.T, text []byte) *validate.Schema {
	t.Helper()
	document, err := validate.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validate.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if compiled.DraftVersion != 2020 {
		t.Errorf("the schema is of draft %d", compiled.DraftVersion)
	}
	return compiled
}

func valid(t *testing.T, schema *validate.Schema, name string, text []byte) {
	t.Helper()
	value, err := validate.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func files(t *testing.T, least int, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) < least {
		t.Fatalf("only %d of %q", len(all), patterns)
	}
	return all
}

// TestWhatIsPrintedFitsItsSchema plans every answers file on every machine,
// from its record and from the facts that were found in it: the same facts
// give the same bytes, and these are what the schemas describe.
func TestWhatIsPrintedFitsItsSchema(t *testing.T) {
	if testing.Short() {
		t.Skip("every machine with every answers file: not in the inner loop")
	}
	ofAnswers, ofFacts, ofPlans := compile(t, printed(t, "schema")), compile(t, printed(t, "schema", "facts")), compile(t, printed(t, "schema", "plan"))
	answers := files(t, 8, "../answers/*.yaml", "../../assets/examples/*.yaml")
	for _, name := range answers {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := yaml.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		valid(t, ofAnswers, name, asJSON)
	}
	for _, mark := range files(t, 6, "../machines/*.facts.json.golden") {
		machine := mark[:len(mark)-len(".facts.json.golden")]
		facts := printed(t, "--sysroot", machine, "detect", "--json")
		valid(t, ofFacts, machine, facts)
		kept := filepath.Join(t.TempDir(), "facts.json")
		if err := os.WriteFile(kept, facts, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range answers[:3] {
			one := printed(t, "--sysroot", machine, "plan", "--answers", name, "--json")
			valid(t, ofPlans, name+" on "+machine, one)
			if other := printed(t, "plan", "--facts", kept, "--answers", name, "--json"); !bytes.Equal(one, other) {
				t.Errorf("%s on %s: the facts give another plan than the record that they are of:\n%s", name, machine, cmp.Diff(string(one), string(other)))
			}
		}
	}
}

// TestTheCatalogHasEveryField reads the catalog as another program would.
func TestTheCatalogHasEveryField(t *testing.T) {
	if testing.Short() {
		t.Skip("every machine with every answers file: not in the inner loop")
	}
	var catalog map[string][]map[string]any
	if err := json.Unmarshal(printed(t, "catalog", "--json"), &catalog); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"features", "hostTypes", "desktops", "layouts", "modules"} {
		var names []string
		for _, object := range catalog[list] {
			for _, field := range []string{"name", "title", "help"} {
				if text, ok := object[field].(string); !ok || text == "" {
					t.Errorf("%s %v: %s is %v", list, object["name"], field, object[field])
				}
			}
			if _, ok := object["needs"].(map[string]any); !ok {
				t.Errorf("%s %v: needs is %v", list, object["name"], object["needs"])
			}
			for _, field := range []string{"conflicts", "warnings"} {
				if _, ok := object[field].([]any); !ok { // an empty list, never null
					t.Errorf("%s %v: %s is %v", list, object["name"], field, object[field])
				}
			}
			name, _ := object["name"].(string)
			if slices.Contains(names, name) {
				t.Errorf("%s: %s twice", list, name)
			}
			names = append(names, name)
		}
		if len(names) == 0 {
			t.Errorf("no %s", list)
		}
	}
}
