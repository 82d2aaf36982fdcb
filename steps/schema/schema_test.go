package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"codeberg.org/mnemonix/mnemonix/steps/schema"
)

var update = flag.Bool("update", false, "take the comments from the source anew")

// TestCommentsAreThoseOfTheSource fails when a comment in package steps was
// changed and the schema would still show the old one.
func TestCommentsAreThoseOfTheSource(t *testing.T) {
	const module, own = "codeberg.org/mnemonix/mnemonix", "codeberg.org/mnemonix/mnemonix/steps."
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	var reflector generate.Reflector
	if err := reflector.AddGoComments(module, "steps", generate.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for name, text := range reflector.CommentMap {
		if strings.HasPrefix(name, own) {
			want[name] = strings.Join(strings.Fields(text), " ")
		}
	}
	kept := filepath.Join(here, "comments.json")
	if *update {
		text, err := json.MarshalIndent(want, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(kept, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run go test ./steps/schema -update (-source +kept):\n%s", diff)
	}
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
	return compiled
}

// TestFactsOfEveryMachineAreValid checks what detection finds with the schema
// that is published, and that the schema refuses what it should.
func TestFactsOfEveryMachineAreValid(t *testing.T) {
	compiled := compile(t, schema.Facts())
	files, err := filepath.Glob("../../tests/machines/*.facts.json.golden")
	if err != nil || len(files) < 6 {
		t.Fatalf("only %d machines: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for what, change := range map[string]struct {
			old, new string
			fits     bool
		}{
			"as it is":       {"", "", true},
			"no system":      {`"system": "x86_64-linux"`, `"system": 1`, false},
			"an unknown key": {`"version": 1`, `"version": 1, "colour": "red"`, false},
			"no disks":       {`"disks"`, `"discs"`, false},
		} {
			value, err := validate.UnmarshalJSON(strings.NewReader(strings.Replace(string(text), change.old, change.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(value); (err == nil) != change.fits {
				t.Errorf("%s, %s: %v", file, what, err)
			}
		}
	}
}

func TestSchemasAreDescribed(t *testing.T) {
	compile(t, schema.Plan())
	for _, part := range []string{"draft/2020-12", "in this boot: nvme0n1", "when the disk reports trouble"} {
		if !strings.Contains(string(schema.Facts()), part) {
			t.Errorf("the schema of the facts does not say %q", part)
		}
	}
}

// Every fact says in the schema what it is, and at least one recorded machine
// has it: what none has was never looked at by a person.
func TestEveryFact(t *testing.T) {
	var document struct {
		Types map[string]struct {
			Properties map[string]struct {
				Ref         string `json:"$ref"`
				Description string
				Items       struct {
					Ref string `json:"$ref"`
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(schema.Facts(), &document); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var walk func(name string, value any)
	walk = func(name string, value any) {
		switch value := value.(type) {
		case []any:
			for _, one := range value {
				walk(name, one)
			}
		case map[string]any:
			for key, below := range value {
				property := document.Types[name].Properties[key]
				seen[name+"."+key] = seen[name+"."+key] || below != nil && below != false && below != "" && below != 0.0
				ref := property.Ref + property.Items.Ref
				walk(ref[strings.LastIndexByte(ref, '/')+1:], below)
			}
		}
	}
	files, err := filepath.Glob("../../tests/machines/*.facts.json.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var facts any
		if err := json.Unmarshal(text, &facts); err != nil {
			t.Fatal(err)
		}
		walk("Facts", facts)
	}
	for name, one := range document.Types {
		for key, property := range one.Properties {
			if property.Description == "" && property.Ref+property.Items.Ref == "" {
				t.Errorf("%s.%s is not described", name, key)
			}
			if !seen[name+"."+key] {
				t.Errorf("no recorded machine has %s.%s", name, key)
			}
		}
	}
}
