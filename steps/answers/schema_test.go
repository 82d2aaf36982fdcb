package answers

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	validate "github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
)

func TestSchemaGolden(t *testing.T) {
	golden(t, "answers.schema.json", string(Schema()))
}

// The schema is one of draft 2020-12, and a validator that knows nothing of
// our formats accepts what Read accepts.
func TestSchemaForOthers(t *testing.T) {
	document, err := validate.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if got := document.(map[string]any)["$schema"]; got != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema is %v", got)
	}
	compiler := validate.NewCompiler()
	if err := compiler.AddResource(schemaID, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(schemaID) // checks it against the meta-schema
	if err != nil {
		t.Fatal(err)
	}
	good := sample(t, "snix")
	for text, fine := range map[string]bool{
		good: true,
		strings.Replace(good, "name: snix", "name: Snix", 1):              false,
		strings.Replace(good, "desktop: plasma", "desktop: kde", 1):       false,
		strings.Replace(good, "esp: 1GiB", "esp: 1 GiB", 1):               false,
		strings.Replace(good, "  branch: main", "  brnch: main", 1):       false,
		strings.Replace(good, "fullName: Alice", "fullName: 'a:' #", 1):   false,
		strings.Replace(good, "version: 1", "version: 2", 1):              false,
		strings.Replace(good, "operator: true", "operator: 'true'", 1):    false,
		strings.Replace(good, "match: {serial: S6Z2", "match: {nr: S", 1): false,
	} {
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != fine {
			t.Errorf("accepted is %v, want %v:\n%s", err == nil, fine, text)
		}
	}
}

// Every text of the answers has a rule: there is no place where anything
// goes.
func TestEveryTextHasARule(t *testing.T) {
	var walk func(at any, path string)
	walk = func(at any, path string) {
		schema, isSchema := at.(map[string]any)
		if !isSchema {
			return
		}
		if schema["type"] == "string" && schema["enum"] == nil && schema["format"] == nil && !strings.Contains(path, "Fingerprint") {
			t.Errorf("%s is any text", path)
		}
		if schema["type"] == "object" && schema["additionalProperties"] != false {
			t.Errorf("%s takes any key", path)
		}
		for name, value := range schema {
			if group, isGroup := value.(map[string]any); isGroup {
				if name == "properties" || name == "$defs" {
					for key, member := range group {
						walk(member, path+"."+key)
					}
				} else {
					walk(value, path+"."+name)
				}
			}
		}
	}
	var document any
	if err := json.Unmarshal(Schema(), &document); err != nil {
		t.Fatal(err)
	}
	walk(document, "")
}

func TestFormatsAreUsedAndCompile(t *testing.T) {
	used := string(Schema())
	catalog := assets.Load()
	for name, rule := range formats() {
		if rule.list == nil && !strings.Contains(used, `"format": "`+name+`"`) {
			t.Errorf("no tag names the format %s", name)
		}
		if rule.pattern != "" {
			if _, err := regexp.Compile(rule.pattern); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if strings.Contains(rule.pattern, `\s`) == strings.Contains(rule.pattern, "(?") && strings.Contains(rule.pattern, "(?") {
				t.Errorf("%s: a pattern that ECMA 262 reads in another way", name)
			}
		}
	}
	if !slices.Equal(formats()["layout"].list, catalog.LayoutNames()) {
		t.Error("the layouts are not those of the catalog")
	}
}

// The modules of the catalog are those of the type.
func TestModulesOfTheCatalog(t *testing.T) {
	modules := reflect.TypeFor[steps.Modules]()
	var names []string
	for i := range modules.NumField() {
		name, _, _ := strings.Cut(modules.Field(i).Tag.Get("yaml"), ",")
		names = append(names, name)
	}
	if want := assets.Names(assets.Load().Modules); !slices.Equal(names, want) {
		t.Errorf("the type has %v and the catalog %v", names, want)
	}
	for _, name := range names {
		answers := steps.Answers{}
		if HasModule(answers, name) {
			t.Errorf("%s is on from the beginning", name)
		}
		field, err := lookup(reflect.ValueOf(&answers).Elem(), "modules."+name, true)
		if err != nil {
			t.Fatal(err)
		}
		field.Set(newModule(field.Type()))
		if !HasModule(answers, name) {
			t.Errorf("HasModule does not know %s", name)
		}
	}
}
