package answers

import (
	"errors"
	"fmt"
	"math"
	"strings"

	validate "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// schemaFaults checks the document with the schema and says each fault in a
// sentence.
func (doc *document) schemaFaults() Faults {
	err := compile().schema.Validate(doc.value)
	if err == nil {
		return nil
	}
	var failed *validate.ValidationError
	if !errors.As(err, &failed) {
		return Faults{{Text: err.Error()}}
	}
	var faults Faults
	doc.explain(failed, &faults)
	return faults
}

// explain walks to the causes: only what has no cause of its own is a fault.
func (doc *document) explain(failed *validate.ValidationError, faults *Faults) {
	if len(*faults) > 2*maxFaults {
		return // nobody reads them all
	}
	if len(failed.Causes) > 0 {
		for _, cause := range failed.Causes {
			doc.explain(cause, faults)
		}
		return
	}
	key := strings.Join(failed.InstanceLocation, ".")
	say := func(key, format string, args ...any) {
		if doc.isBroken(key) {
			return
		}
		for _, fault := range *faults {
			if fault.Key == key {
				return // a value that is wrong in two ways is told once
			}
		}
		faults.add(doc.line(key), key, format, args...)
	}
	schema := schemaAt(key)
	name, _ := schema["format"].(string)
	rule := compile().table[name]
	switch problem := failed.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, unknown := range problem.Properties {
			if len(*faults) > 2*maxFaults {
				return
			}
			say(join(key, unknown), "is no known key%s", knownKeys(unknown, keysOf(schema)))
		}
	case *kind.Required:
		for _, missing := range problem.Missing {
			say(join(key, missing), "is missing; it %s", allowed(schemaAt(join(key, missing))))
		}
	case *kind.Type:
		say(key, "%s, and this is %s%s", allowed(schema), kindName(problem.Got), quoteHint(problem, schema))
	case *kind.Enum:
		say(key, "%s%s%s", allowed(schema), rule.wrong(problem.Got), didYouMean(problem.Got, problem.Want))
	case *kind.Pattern:
		say(key, "%s%s", rule.sentence(), rule.wrong(problem.Got))
	case *kind.MinLength:
		say(key, "%s (it has %d characters)", rule.sentence(), problem.Got)
	case *kind.MaxLength:
		say(key, "%s (it has %d characters)", rule.sentence(), problem.Got)
	case *kind.Format:
		say(key, "%s%s", problem.Err, rule.wrong(problem.Got))
	case *kind.Minimum:
		say(key, "must be at least %s (it is %s)", problem.Want.RatString(), problem.Got.RatString())
	case *kind.Maximum:
		say(key, "must be at most %s (it is %s)", problem.Want.RatString(), problem.Got.RatString())
	case *kind.MinItems:
		say(key, "must have at least %d (it has %d)", problem.Want, problem.Got)
	case *kind.MaxItems:
		say(key, "must have at most %d (it has %d)", problem.Want, problem.Got)
	case *kind.UniqueItems:
		say(fmt.Sprintf("%s.%d", key, problem.Duplicates[1]), "is the same as number %d of the list", problem.Duplicates[0]+1)
	default:
		say(key, "%s", allowed(schema))
	}
}

// allowed says what may stand at a place of the schema.
func allowed(schema map[string]any) string {
	if values, isEnum := schema["enum"].([]any); isEnum {
		names := make([]string, len(values))
		for i, value := range values {
			names[i] = fmt.Sprint(value)
		}
		return "must be " + oneOf(names)
	}
	if name, has := schema["format"].(string); has {
		return compile().table[name].sentence()
	}
	typeName, _ := schema["type"].(string)
	switch typeName {
	case "object":
		return "must be a group of the keys " + strings.Join(keysOf(schema), ", ")
	case "array":
		return "must be a list"
	}
	return "must be " + kindName(typeName)
}

// kindName is what a person calls a type of JSON.
func kindName(name string) string {
	switch name {
	case "object":
		return "a group of keys"
	case "array":
		return "a list"
	case "string":
		return "text"
	case "boolean":
		return "true or false"
	case "integer":
		return "a whole number"
	case "number":
		return "a number"
	case "null":
		return "empty"
	}
	return name
}

// quoteHint helps where YAML took a text for something else.
func quoteHint(problem *kind.Type, schema map[string]any) string {
	if schema["type"] == "string" && (problem.Got == "number" || problem.Got == "integer" || problem.Got == "boolean") {
		return ` (put it in quotes: "...")`
	}
	return ""
}

func knownKeys(unknown string, known []string) string {
	if best := nearest(unknown, known); best != "" {
		return fmt.Sprintf("; did you mean %s?", best)
	}
	return "; the keys here are " + strings.Join(known, ", ")
}

func didYouMean(got any, want []any) string {
	text, isText := got.(string)
	if !isText {
		return ""
	}
	names := make([]string, len(want))
	for i, value := range want {
		names[i] = fmt.Sprint(value)
	}
	if best := nearest(text, names); best != "" {
		return fmt.Sprintf("; did you mean %s?", best)
	}
	return ""
}

// nearest is the name that was probably meant, or nothing.
func nearest(text string, names []string) string {
	best, least := "", math.MaxInt
	for _, name := range names {
		if strings.EqualFold(name, text) {
			return name
		}
		if d := distance(text, name); d < least && d <= max(1, len(name)/3) {
			best, least = name, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two short words.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return math.MaxInt
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			corner, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, corner+cost)
		}
	}
	return row[len(b)]
}
