package render

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Print writes the value as a Nix expression in the layout of nixfmt (RFC
// 166), without a line feed at its end. What Nix reads back is the same
// value.
//
// It is an error when a text is not valid UTF-8 or holds a control character
// other than tab, line feed and carriage return (Nix has no escape for them,
// and NUL ends its strings), when a path or a reference is not one, and when
// a set binds a name twice.
func Print(value Value) (string, error) {
	p := &printer{}
	p.value(value, 0, 0)
	return p.out.String(), p.err
}

// Expression is Print with a comment above it, as a whole file.
func Expression(comment string, value Value) (string, error) {
	text, err := Print(value)
	if err != nil {
		return "", err
	}
	head, err := commentLines(comment, 0)
	return head + text + "\n", err
}

// Module is a NixOS module that takes nothing from its arguments, as a whole
// file: a comment, the header { ... }: and the body.
func Module(comment string, body Value) (string, error) {
	text, err := Print(body)
	if err != nil {
		return "", err
	}
	head, err := commentLines(comment, 0)
	return head + "{ ... }:\n" + text + "\n", err
}

// lineWidth is where nixfmt breaks a line, counted in characters.
const lineWidth = 100

type printer struct {
	out strings.Builder
	err error
}

// fail keeps the first error; what is written after it is thrown away.
func (p *printer) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// value writes a value that begins at column and whose lines are indented by
// depth spaces.
func (p *printer) value(value Value, depth, column int) {
	switch value.kind {
	case kindNull:
		p.out.WriteString("null")
	case kindBool:
		p.out.WriteString(strconv.FormatBool(value.int == 1))
	case kindInt:
		p.out.WriteString(integer(value.int))
	case kindString:
		p.out.WriteString(p.quoted(value.text))
	case kindPath:
		if !pathPattern.MatchString(value.text) {
			p.fail("write the path %q in Nix: it must begin with ./ or ../ and hold only letters, digits and . _ + - /", value.text)
		}
		p.out.WriteString(value.text)
	case kindReference:
		if !isReference(value.text) {
			p.fail("write the reference %q in Nix: it is no identifier", value.text)
		}
		p.out.WriteString(value.text)
	case kindList:
		p.list(value.items, depth, column)
	case kindSet:
		p.set(value.attrs, depth)
	}
}

// list writes a list as nixfmt does: empty or with a single plain item on one
// line when that fits, else one item a line.
func (p *printer) list(items []Value, depth, column int) {
	if len(items) == 0 {
		p.out.WriteString("[ ]")
		return
	}
	if len(items) == 1 && items[0].kind != kindList && items[0].kind != kindSet {
		item := p.item(items[0], depth)
		// "[ ", " ]" and the semicolon after it.
		if column+utf8.RuneCountInString(item)+5 <= lineWidth {
			p.out.WriteString("[ " + item + " ]")
			return
		}
	}
	p.out.WriteString("[\n")
	for _, item := range items {
		p.indent(depth + 2)
		p.out.WriteString(p.item(item, depth+2))
		p.out.WriteString("\n")
	}
	p.indent(depth)
	p.out.WriteString("]")
}

// item is a list's item as text. A negative number needs parentheses there,
// because a minus is an operator.
func (p *printer) item(value Value, depth int) string {
	sub := &printer{err: p.err}
	sub.value(value, depth, depth)
	p.err = sub.err
	text := sub.out.String()
	if value.kind == kindInt && strings.HasPrefix(text, "-") {
		return "(" + text + ")"
	}
	return text
}

// set writes an attribute set: empty on one line, else one binding a line.
func (p *printer) set(attrs []Attr, depth int) {
	if len(attrs) == 0 {
		p.out.WriteString("{ }")
		return
	}
	p.bindTwice(attrs)
	p.out.WriteString("{\n")
	for _, attr := range attrs {
		comment, err := commentLines(attr.Comment, depth+2)
		if err != nil {
			p.fail("%w", err)
		}
		p.out.WriteString(comment)
		p.indent(depth + 2)
		path := p.attrPath(attr.Path)
		p.out.WriteString(path + " = ")
		p.value(attr.Value, depth+2, depth+2+utf8.RuneCountInString(path)+3)
		p.out.WriteString(";\n")
	}
	p.indent(depth)
	p.out.WriteString("}")
}

// bindTwice fails when one attribute is bound by two of the attributes: the
// same path, or a path and a value above it. (Nix merges a.b = 1 and a = {
// c = 2; }; here that is a mistake of the caller's.)
func (p *printer) bindTwice(attrs []Attr) {
	paths := make([]string, len(attrs))
	for i, attr := range attrs {
		if len(attr.Path) == 0 {
			p.fail("write an attribute set in Nix: an attribute has no name")
		}
		quoted := make([]string, len(attr.Path))
		for j, name := range attr.Path {
			quoted[j] = strconv.Quote(name)
		}
		paths[i] = strings.Join(quoted, ".") + "."
	}
	slices.Sort(paths)
	for i := 1; i < len(paths); i++ {
		if strings.HasPrefix(paths[i], paths[i-1]) {
			p.fail("write an attribute set in Nix: %s is bound twice", strings.TrimSuffix(paths[i-1], "."))
		}
	}
}

func (p *printer) attrPath(path []string) string {
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = name
		if !isIdentifier(name) {
			names[i] = p.quoted(name)
		}
	}
	return strings.Join(names, ".")
}

func (p *printer) indent(depth int) { p.out.WriteString(strings.Repeat(" ", depth)) }

// escapes makes a text the inside of a Nix string. A dollar is escaped only
// before a brace: "${" opens an interpolation, and in "$${" the escape makes
// the second dollar literal too. The Replacer tries its pairs in this order.
var escapes = strings.NewReplacer(
	`\`, `\\`, `"`, `\"`, "${", `\${`, "\n", `\n`, "\r", `\r`, "\t", `\t`,
)

func (p *printer) quoted(text string) string {
	if err := checkText(text); err != nil {
		p.fail("write %q in Nix: %w", text, err)
	}
	return `"` + escapes.Replace(text) + `"`
}

// checkText says why a text cannot stand in a Nix file.
func checkText(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("it is not valid UTF-8")
	}
	for _, r := range text {
		if unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) {
			return fmt.Errorf("it holds the control character U+%04X", r)
		}
	}
	return nil
}

// integer writes a whole number. Nix reads -N as the negation of N, so that
// the smallest number has no literal of its own.
func integer(value int64) string {
	if value == math.MinInt64 {
		return "(-9223372036854775807 - 1)"
	}
	return strconv.FormatInt(value, 10)
}

// commentLines makes a text comment lines.
func commentLines(comment string, depth int) (string, error) {
	if comment == "" {
		return "", nil
	}
	if err := checkText(comment); err != nil {
		return "", fmt.Errorf("write the comment %q in Nix: %w", comment, err)
	}
	var out strings.Builder
	comment = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(comment)
	for line := range strings.SplitSeq(strings.TrimRight(comment, "\n"), "\n") {
		line = strings.TrimRightFunc("# "+line, unicode.IsSpace)
		out.WriteString(strings.Repeat(" ", depth) + line + "\n")
	}
	return out.String(), nil
}

var (
	// Nix's lexer: ID, and PATH without a slash at its end.
	identifierPattern = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_'-]*$`)
	pathPattern       = regexp.MustCompile(`^\.{1,2}(/[a-zA-Z0-9._+-]+)+$`)
)

// keywords are the words that Nix's lexer takes for itself. "or" is one only
// sometimes, and quoted it is never wrong.
var keywords = []string{"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"}

func isIdentifier(name string) bool {
	return identifierPattern.MatchString(name) && !slices.Contains(keywords, name)
}

func isReference(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if !isIdentifier(part) {
			return false
		}
	}
	return true
}
