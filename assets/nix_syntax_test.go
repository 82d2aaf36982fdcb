package assets_test

import (
	"fmt"
	"strings"
)

// A reader of the expressions that `nix-instantiate --parse` prints. Nix has parsed the file by then and taken
// out everything that has two spellings: comments, indented strings, interpolation, nested attribute paths and
// precedence. What is left is read here into a tree; anything unknown is an error, never skipped.

type nixExpr struct {
	kind   string // var text number list set let with assert if lambda call select has op
	name   string // of a variable, an operator, or the text itself
	parts  []*nixExpr
	binds  []nixBind
	path   []nixAttr
	params []string
}

type nixBind struct {
	attr  nixAttr
	value *nixExpr
	outer bool // inherit without a source: the name of the scope around
}

// nixAttr is one step of an attribute path; a dynamic one has no name.
type nixAttr struct {
	name    string
	dynamic *nixExpr
}

type nixReader struct {
	text string
	at   int
}

func readNix(text string) (tree *nixExpr, err error) {
	r := &nixReader{text: text}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v at %q", fault, text[min(r.at, len(text)):min(r.at+40, len(text))])
		}
	}()
	tree = r.expression()
	if r.space(); r.at != len(text) {
		panic("more than one expression")
	}
	return tree, nil
}

func (r *nixReader) space() {
	for r.at < len(r.text) && strings.ContainsRune(" \n", rune(r.text[r.at])) {
		r.at++
	}
}

// take steps over a sign or a word if that is what comes next.
func (r *nixReader) take(sign string) bool {
	r.space()
	rest := r.text[r.at:]
	if !strings.HasPrefix(rest, sign) {
		return false
	}
	if letter(sign[0]) && len(rest) > len(sign) && inWord(rest[len(sign)]) {
		return false
	}
	r.at += len(sign)
	return true
}

func (r *nixReader) want(sign string) {
	if !r.take(sign) {
		panic("no " + sign)
	}
}

func letter(c byte) bool { return c == '_' || c|32 >= 'a' && c|32 <= 'z' }
func inWord(c byte) bool { return letter(c) || c >= '0' && c <= '9' || c == '-' || c == '\'' }

func (r *nixReader) word() string {
	r.space()
	start := r.at
	for r.at < len(r.text) && inWord(r.text[r.at]) && (r.at > start || letter(r.text[r.at])) {
		r.at++
	}
	return r.text[start:r.at]
}

func (r *nixReader) quoted() string {
	r.want(`"`)
	var text strings.Builder
	for ; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			r.at++
		}
		text.WriteByte(r.text[r.at])
	}
	r.at++
	return text.String()
}

func (r *nixReader) attr() nixAttr {
	if r.take(`"${`) {
		inner := r.expression()
		r.want(`}"`)
		if inner.kind == "text" {
			return nixAttr{name: inner.name}
		}
		return nixAttr{dynamic: inner}
	}
	if r.space(); r.text[r.at] == '"' {
		return nixAttr{name: r.quoted()}
	}
	name := r.word()
	if name == "" {
		panic("no attribute")
	}
	return nixAttr{name: name}
}

func (r *nixReader) attrPath() []nixAttr {
	path := []nixAttr{r.attr()}
	for r.take(".") {
		path = append(path, r.attr())
	}
	return path
}

func (r *nixReader) binds(end string) (list []nixBind) {
	for !r.take(end) {
		if r.take("inherit") {
			var from *nixExpr
			if r.take("(") {
				r.at--
				from = r.primary()
			}
			for !r.take(";") {
				attr := r.attr()
				if from != nil {
					list = append(list, nixBind{attr: attr, value: &nixExpr{kind: "select", parts: []*nixExpr{from}, path: []nixAttr{attr}}})
				} else {
					list = append(list, nixBind{attr: attr, value: &nixExpr{kind: "var", name: attr.name}, outer: true})
				}
			}
			continue
		}
		attr := r.attr()
		r.want("=")
		list = append(list, nixBind{attr: attr, value: r.expression()})
		r.want(";")
	}
	return list
}

// expression is a primary with the attributes that are taken from it.
func (r *nixReader) expression() *nixExpr {
	found := r.primary()
	for r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		found = &nixExpr{kind: "select", parts: []*nixExpr{found}, path: r.attrPath()}
		if r.take("or") {
			found.parts = append(found.parts, r.primary())
		}
	}
	return found
}

func (r *nixReader) primary() *nixExpr {
	r.space()
	switch {
	case r.take("("):
		return r.parenthesis()
	case r.take("["):
		list := &nixExpr{kind: "list"}
		for !r.take("]") {
			list.parts = append(list.parts, r.expression())
		}
		return list
	case r.take("rec {"):
		return &nixExpr{kind: "set", name: "rec", binds: r.binds("}")}
	case r.take("{"):
		return &nixExpr{kind: "set", binds: r.binds("}")}
	case r.take("let"):
		found := &nixExpr{kind: "let", binds: r.binds("in")}
		found.parts = []*nixExpr{r.expression()}
		return found
	case r.take("with"):
		first := r.expression()
		r.want(";")
		return &nixExpr{kind: "with", parts: []*nixExpr{first, r.expression()}}
	case r.take("assert"):
		first := r.expression()
		r.want(";")
		return &nixExpr{kind: "assert", parts: []*nixExpr{first, r.expression()}}
	case r.take("if"):
		found := &nixExpr{kind: "if", parts: []*nixExpr{r.expression()}}
		r.want("then")
		found.parts = append(found.parts, r.expression())
		r.want("else")
		found.parts = append(found.parts, r.expression())
		return found
	case r.text[r.at] == '"':
		return &nixExpr{kind: "text", name: r.quoted()}
	case letter(r.text[r.at]):
		return &nixExpr{kind: "var", name: r.word()}
	}
	start := r.at
	for r.at < len(r.text) && !strings.ContainsRune(" );]", rune(r.text[r.at])) {
		r.at++
	}
	if start == r.at {
		panic("no expression")
	}
	return &nixExpr{kind: "number", name: r.text[start:r.at]} // numbers and paths
}

// parenthesis is a function, a call, an operation or one expression.
func (r *nixReader) parenthesis() *nixExpr {
	if found := r.lambda(); found != nil {
		return found
	}
	if r.take("!") {
		found := &nixExpr{kind: "op", name: "!", parts: []*nixExpr{r.expression()}}
		r.want(")")
		return found
	}
	found := r.expression()
	var arguments []*nixExpr
	for !r.take(")") {
		if r.take("?") {
			found = &nixExpr{kind: "has", parts: []*nixExpr{found}, path: r.attrPath()}
			continue
		}
		operator := ""
		for _, sign := range []string{"++", "+", "//", "==", "!=", "&&", "||", "->"} {
			if r.take(sign + " ") {
				operator = sign
				break
			}
		}
		if operator != "" {
			found = &nixExpr{kind: "op", name: operator, parts: []*nixExpr{found, r.expression()}}
			continue
		}
		arguments = append(arguments, r.expression())
	}
	if arguments != nil {
		return &nixExpr{kind: "call", parts: append([]*nixExpr{found}, arguments...)}
	}
	return found
}

// lambda reads a function if there is one, and else goes back to where it was.
func (r *nixReader) lambda() (found *nixExpr) {
	start := r.at
	defer func() {
		if found == nil {
			r.at = start
		}
	}()
	lambda := &nixExpr{kind: "lambda"}
	if name := r.word(); name != "" {
		if !r.take(":") {
			return nil
		}
		lambda.name = name
		lambda.params = []string{name}
	} else {
		if !r.take("{") {
			return nil
		}
		for !r.take("}") {
			if r.take("...") || r.take(",") {
				continue
			}
			name := r.word()
			if name == "" {
				return nil
			}
			if r.space(); !strings.ContainsRune(",?}", rune(r.text[r.at])) {
				return nil
			}
			lambda.params = append(lambda.params, name)
			if r.take("?") {
				lambda.binds = append(lambda.binds, nixBind{attr: nixAttr{name: name}, value: r.expression()})
			}
		}
		if r.take("@") {
			lambda.params = append(lambda.params, r.word())
		}
		if !r.take(":") {
			return nil
		}
	}
	lambda.parts = []*nixExpr{r.expression()}
	r.want(")")
	return lambda
}
