package answers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// schemaID names the schema; nothing is fetched from there.
const schemaID = "https://codeberg.org/mnemonix/mnemonix/answers-v1.schema.json"

// Schema returns the JSON Schema (draft 2020-12) of the answers file. It is
// made from steps.Answers, the formats and the catalog, and it is the schema
// that Read checks with. What several keys must be together is not in it.
func Schema() []byte { return slices.Clone(schemaText()) }

var schemaText = sync.OnceValue(func() []byte {
	reflector := generate.Reflector{
		FieldNameTag:   "yaml",
		ExpandedStruct: true,
		Anonymous:      true,
	}
	schema := reflector.Reflect(&steps.Answers{})
	schema.ID = schemaID
	schema.Title = "mnemonix answers"
	schema.Description = "What the operator chose for one machine. It holds no secret."
	table := formats()
	expand(schema, table)
	for _, name := range slices.Sorted(maps.Keys(schema.Definitions)) {
		expand(schema.Definitions[name], table)
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Errorf("print the schema of the answers: %w", err)) // made of our own types
	}
	return append(text, '\n')
})

// expand writes the pattern or the list of each format into the schema. A
// format that is a pattern keeps its name, which other validators ignore and
// ours knows.
func expand(schema *generate.Schema, table map[string]format) {
	if schema.Items != nil {
		expand(schema.Items, table)
	}
	if schema.Properties != nil {
		for pair := schema.Properties.Oldest(); pair != nil; pair = pair.Next() {
			expand(pair.Value, table)
		}
	}
	if schema.Format == "" {
		return
	}
	rule, known := table[schema.Format]
	if !known {
		panic("a tag of steps.Answers names the unknown format " + schema.Format)
	}
	if rule.list != nil {
		schema.Format = ""
		for _, value := range rule.list {
			schema.Enum = append(schema.Enum, value)
		}
		return
	}
	schema.Pattern = rule.pattern
	schema.Description = strings.TrimSpace(schema.Description + " " + upperFirst(rule.allowed) + ".")
	schema.MinLength, schema.MaxLength = limit(rule.min), limit(rule.max)
}

// limit is a number of characters for the schema, or none.
func limit(characters int) *uint64 {
	if characters <= 0 {
		return nil
	}
	length := uint64(characters)
	return &length
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// compiled is the schema, ready to check with, and the formats that it names.
type compiled struct {
	schema *validate.Schema
	table  map[string]format
}

var compile = sync.OnceValue(func() compiled {
	document, err := validate.UnmarshalJSON(bytes.NewReader(schemaText()))
	if err != nil {
		panic(fmt.Errorf("read our own schema: %w", err))
	}
	compiler := validate.NewCompiler()
	compiler.DefaultDraft(validate.Draft2020)
	compiler.AssertFormat()
	table := formats()
	for name, rule := range table {
		compiler.RegisterFormat(&validate.Format{Name: name, Validate: func(value any) error {
			text, isText := value.(string)
			if !isText || rule.check == nil {
				return nil
			}
			return rule.check(text)
		}})
	}
	if err := compiler.AddResource(schemaID, document); err != nil {
		panic(fmt.Errorf("read our own schema: %w", err))
	}
	schema, err := compiler.Compile(schemaID)
	if err != nil {
		panic(fmt.Errorf("compile our own schema: %w", err))
	}
	return compiled{schema: schema, table: table}
})

var schemaTree = sync.OnceValue(func() map[string]any {
	var tree map[string]any
	if err := json.Unmarshal(schemaText(), &tree); err != nil {
		panic(fmt.Errorf("read our own schema: %w", err))
	}
	return tree
})

// schemaAt returns the schema of that key, or nil for a key that is not
// known. Numbers in the key are places in a list.
func schemaAt(key string) map[string]any {
	at := schemaTree()
	if key == "" {
		return at
	}
	for name := range strings.SplitSeq(key, ".") {
		at = resolve(at)
		if _, err := strconv.Atoi(name); err == nil {
			at, _ = at["items"].(map[string]any)
		} else {
			properties, _ := at["properties"].(map[string]any)
			at, _ = properties[name].(map[string]any)
		}
		if at == nil {
			return nil
		}
	}
	return resolve(at)
}

// resolve follows a reference into the definitions.
func resolve(schema map[string]any) map[string]any {
	reference, _ := schema["$ref"].(string)
	if reference == "" {
		return schema
	}
	definitions, _ := schemaTree()["$defs"].(map[string]any)
	definition, _ := definitions[strings.TrimPrefix(reference, "#/$defs/")].(map[string]any)
	return definition
}

// keysOf lists the keys of an object, sorted.
func keysOf(schema map[string]any) []string {
	properties, _ := schema["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(properties))
}
