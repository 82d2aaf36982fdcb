package report

import (
	"encoding/json"
	"errors"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// replacer puts stand-ins in the place of what is private, in one pass, the
// longest text first: a name may be part of an address.
type replacer struct {
	byFirst [256][]value
	counted map[kind]int
}

func (p *private) replacer() *replacer {
	made := &replacer{counted: p.counted}
	for _, one := range p.values {
		first := lower(one.text[0])
		made.byFirst[first] = append(made.byFirst[first], one)
	}
	for _, list := range &made.byFirst {
		slices.SortStableFunc(list, func(a, b value) int { return len(b.text) - len(a.text) })
	}
	return made
}

// file replaces in a whole file, in the way in which its texts are written.
func (r *replacer) file(file steps.File) string {
	switch {
	case isJSON(file.Path):
		return inJSON(file.Content, r.text)
	case path.Base(file.Path) == "answers.yaml":
		if text, err := inYAML(file.Content, r.text); err == nil {
			return text
		}
	}
	return r.text(file.Content)
}

// text replaces in a text.
func (r *replacer) text(text string) string {
	text = withoutSecrets(uncoloured(text))
	var out strings.Builder
	out.Grow(len(text))
	from := 0
	for at := 0; at < len(text); {
		found := r.at(text, at)
		if found == nil {
			at++
			continue
		}
		out.WriteString(text[from:at])
		out.WriteString(found.stand)
		at += len(found.text)
		from = at
	}
	out.WriteString(text[from:])
	return strings.ReplaceAll(out.String(), coloured, "")
}

// at is the longest private text that begins at a place.
func (r *replacer) at(text string, at int) *value {
	for i, one := range r.byFirst[lower(text[at])] {
		end := at + len(one.text)
		if end > len(text) || !strings.EqualFold(text[at:end], one.text) {
			continue
		}
		if one.word && (wordBefore(text, at) || end < len(text) && letter(text[end])) {
			continue
		}
		return &r.byFirst[lower(text[at])][i]
	}
	return nil
}

// wordBefore says whether the word goes on to the left. A line feed that is
// written as \n ends a word too, and so does a space in a URL, %20.
func wordBefore(text string, at int) bool {
	switch {
	case at == 0 || !letter(text[at-1]):
		return false
	case at >= 2 && text[at-2] == '\\' && strings.ContainsRune("nrtbf", rune(text[at-1])):
		return false
	}
	return at < 3 || text[at-3] != '%'
}

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// spellings are the ways in which a text is written in the files of a report:
// itself, and escaped for JSON, Nix, a shell, YAML and a URL.
func spellings(text string) []string {
	list := []string{text}
	add := func(form string) {
		if form != "" && !slices.Contains(list, form) {
			list = append(list, form)
		}
	}
	quoted := func(text string) string {
		encoded, err := json.Marshal(text)
		if err != nil {
			return ""
		}
		return strings.Trim(string(encoded), `"`)
	}
	nix := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `${`, `\${`).Replace(text)
	add(nix)
	add(strings.ReplaceAll(text, "'", "''"))
	for _, form := range []string{text, nix, strings.Trim(run.Quote(text), "'")} {
		add(form)
		add(quoted(form))
		add(strings.Trim(strconv.Quote(form), `"`))
		add(strings.Trim(strconv.QuoteToASCII(form), `"`))
	}
	add(url.PathEscape(text))
	add(url.QueryEscape(text))
	return list
}

// inJSON changes the texts of a JSON document, or of several one after the
// other, and nothing else of it. What is no JSON is changed as a plain text.
func inJSON(text string, change func(string) string) string {
	var out strings.Builder
	for len(text) > 0 {
		begin := strings.IndexByte(text, '"')
		if begin < 0 {
			break
		}
		end := endOfString(text[begin:])
		if end < 0 {
			break // torn
		}
		out.WriteString(change(text[:begin]))
		var decoded string
		if err := json.Unmarshal([]byte(text[begin:begin+end]), &decoded); err != nil {
			out.WriteString(change(text[begin : begin+end]))
		} else {
			var encoded strings.Builder
			encoder := json.NewEncoder(&encoded)
			encoder.SetEscapeHTML(false)
			_ = encoder.Encode(change(decoded)) // a text is always JSON
			out.WriteString(strings.TrimSuffix(encoded.String(), "\n"))
		}
		text = text[begin+end:]
	}
	return out.String() + change(text)
}

// inYAML changes the values and the comments of an answers file. Its keys are
// those of the format, or the file would not be here.
func inYAML(text string, change func(string) string) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return "", err
	}
	changeValues(&document, change)
	var out strings.Builder
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(&document), encoder.Close()); err != nil {
		return "", err
	}
	return out.String(), nil
}

func changeValues(node *yaml.Node, change func(string) string) {
	for _, comment := range []*string{&node.HeadComment, &node.LineComment, &node.FootComment} {
		*comment = change(*comment)
	}
	if node.Kind == yaml.ScalarNode {
		node.Value = change(node.Value)
		if node.Tag == "!!str" && node.Style == 0 {
			node.Style = yaml.DoubleQuotedStyle // what stands for a text stays one: 0001
		}
		return
	}
	for i, inside := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		changeValues(inside, change)
	}
}

// endOfString is where the text in quotes ends with which this begins.
func endOfString(text string) int {
	for at := 1; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return -1
}
