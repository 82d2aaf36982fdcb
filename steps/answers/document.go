package answers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxFile is the largest answers file that is read, in bytes.
const MaxFile = 1 << 20

// maxDepth is how deep a file may be nested; the format itself goes to 5.
const maxDepth = 16

// maxValues is how many values a file may have; one with every key of the
// format has about a hundred.
const maxValues = 10_000

// document is a YAML file as plain values, with the line of each.
type document struct {
	root   *yaml.Node
	value  any             // as JSON knows it: maps, slices, strings, json.Number, bool, nil
	lines  map[string]int  // by path of the key
	broken map[string]bool // what was refused and is not looked at any further
	count  int             // of values
	faults Faults
}

// parse reads exactly one YAML document of plain values.
func parse(data []byte) *document {
	doc := &document{lines: map[string]int{}, broken: map[string]bool{}}
	if len(data) > MaxFile {
		doc.faults.add(0, "", "the file has %d bytes, and answers have at most %d: this is another file", len(data), MaxFile)
		return doc
	}
	if line, text := unreadable(data); text != "" {
		doc.faults.add(line, "", "%s", text)
		return doc
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var root yaml.Node
	if err := decoder.Decode(&root); errors.Is(err, io.EOF) || err == nil && len(root.Content) == 0 {
		doc.faults.add(0, "", "the file is empty")
		return doc
	} else if err != nil {
		doc.syntax(err)
		return doc
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		doc.faults.add(second.Line, "", "a second document begins here; answers are one document")
		return doc
	} else if !errors.Is(err, io.EOF) {
		doc.syntax(err)
		return doc
	}
	doc.root = root.Content[0]
	doc.lines[""] = doc.root.Line
	doc.value = doc.convert(doc.root, "", 0)
	if doc.count > maxValues {
		doc.root = nil
		doc.faults = Faults{{Text: fmt.Sprintf("the file has more than %d values: this is another file", maxValues)}}
	}
	return doc
}

// unreadable finds the first byte that cannot be in a text file.
func unreadable(data []byte) (line int, text string) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	line = 1
	for len(data) > 0 {
		char, size := utf8.DecodeRune(data)
		switch {
		case char == utf8.RuneError && size == 1:
			return line, "holds bytes that are not UTF-8; save the file as UTF-8"
		case char == 0:
			return line, "holds a NUL byte; this is not a text file"
		case char == '\n':
			line++
		}
		data = data[size:]
	}
	return 0, ""
}

// yamlLine is where the YAML package says that it stopped.
var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line ([0-9]+): )?`)

func (doc *document) syntax(err error) {
	text := err.Error()
	match := yamlLine.FindStringSubmatch(text)
	line, _ := strconv.Atoi(match[1])
	doc.faults.add(line, "", "cannot be read as YAML: %s", shorten(strings.TrimPrefix(text, match[0])))
}

// refuse notes that what stands at the key is of a kind that is not read.
// Nothing else is said of that key then.
func (doc *document) refuse(line int, key, format string, args ...any) {
	doc.faults.add(line, key, format, args...)
	doc.broken[key] = true
}

func (doc *document) convert(node *yaml.Node, key string, depth int) any {
	switch doc.count++; {
	case doc.count > maxValues:
		return nil
	case depth > maxDepth:
		doc.refuse(node.Line, key, "is nested too deep")
		return nil
	case node.Kind == yaml.AliasNode:
		doc.refuse(node.Line, key, "is an alias (*%s); write the value itself", shorten(node.Value))
		return nil
	case node.Anchor != "":
		doc.refuse(node.Line, key, "has an anchor (&%s); answers have none", shorten(node.Anchor))
		return nil
	case node.Style&yaml.TaggedStyle != 0:
		doc.refuse(node.Line, key, "has a tag (%s); answers have none", shorten(node.Tag))
		return nil
	}
	switch node.Kind {
	case yaml.MappingNode:
		return doc.mapping(node, key, depth)
	case yaml.SequenceNode:
		values := make([]any, len(node.Content))
		for i, item := range node.Content {
			place := join(key, strconv.Itoa(i))
			doc.lines[place] = item.Line
			values[i] = doc.convert(item, place, depth+1)
		}
		return values
	default:
		return doc.scalar(node, key)
	}
}

func (doc *document) mapping(node *yaml.Node, key string, depth int) any {
	values := make(map[string]any, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		if name.Kind != yaml.ScalarNode || name.Style&yaml.TaggedStyle != 0 || name.Anchor != "" {
			doc.refuse(name.Line, key, "has a key that is not a plain word")
			continue
		}
		if name.ShortTag() == "!!merge" {
			doc.refuse(name.Line, key, "has a merge key (<<); write the values themselves")
			continue
		}
		place := join(key, name.Value)
		if first, twice := doc.lines[place]; twice {
			doc.refuse(name.Line, place, "stands here a second time; the first is in line %d", first)
			continue
		}
		doc.lines[place] = name.Line
		values[name.Value] = doc.convert(value, place, depth+1)
	}
	return values
}

func (doc *document) scalar(node *yaml.Node, key string) any {
	switch node.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(node.Value, "true")
	case "!!int":
		var number int64
		if node.Decode(&number) == nil {
			return json.Number(strconv.FormatInt(number, 10))
		}
		var large uint64
		if node.Decode(&large) == nil {
			return json.Number(strconv.FormatUint(large, 10))
		}
	case "!!float":
		var number float64
		if node.Decode(&number) == nil {
			if text, err := json.Marshal(number); err == nil {
				return json.Number(text)
			}
		}
		doc.refuse(node.Line, key, "is a number that cannot be used here")
		return nil
	}
	return doc.text(node.Value, node.Line, key)
}

// text is a text without anything that would not be seen.
func (doc *document) text(text string, line int, key string) any {
	if char, found := controlCharacter(text); found {
		doc.refuse(line, key, "holds %s; every value stands on one line of plain text", char)
		return nil
	}
	if !utf8.ValidString(text) {
		doc.refuse(line, key, "holds bytes that are not UTF-8")
		return nil
	}
	return text
}

// controlCharacter finds what has no place in any answer: control characters,
// line ends, and the marks that change the direction of writing, which make a
// text look like another one.
func controlCharacter(text string) (string, bool) {
	for _, char := range text {
		switch {
		case char == '\n', char == '\r', char == '\u2028', char == '\u2029', char == '\u0085':
			return "a line feed", true
		case unicode.IsControl(char):
			return "a control character", true
		case unicode.Is(unicode.Bidi_Control, char):
			return "a mark that changes the direction of writing", true
		}
	}
	return "", false
}

// join appends a name to the path of a key.
func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// line is where the key stands, or else the nearest key above it.
func (doc *document) line(key string) int {
	for {
		if line, known := doc.lines[key]; known {
			return line
		}
		if key == "" {
			return 0
		}
		key = parent(key)
	}
}

// parent is the path without its last name.
func parent(key string) string {
	if dot := strings.LastIndexByte(key, '.'); dot >= 0 {
		return key[:dot]
	}
	return ""
}

// isBroken says whether that key, or one above it, was refused.
func (doc *document) isBroken(key string) bool {
	for broken := range doc.broken {
		if below(key, broken) {
			return true
		}
	}
	return false
}
