// Package nixdata reads Nix that is data: sets, lists, strings, numbers and
// truth values, without a function, a variable or an operator. It is for tests
// that stand in for a program which reads what mnemonix wrote, where Nix itself
// is not there. What is more than data is an error and never a guess.
package nixdata

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse returns the value as maps, slices, strings, int64 and bool, as
// encoding/json would.
func Parse(text string) (any, error) {
	p := &parser{text: text}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(p.text) {
		return nil, p.fail("more after the end")
	}
	return value, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) fail(what string) error {
	line := 1 + strings.Count(p.text[:p.at], "\n")
	return fmt.Errorf("line %d: %s", line, what)
}

// skip goes over white space and comments.
func (p *parser) skip() {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			p.at++
		case c == '#':
			end := strings.IndexByte(p.text[p.at:], '\n')
			if end < 0 {
				end = len(p.text) - p.at
			}
			p.at += end
		default:
			return
		}
	}
}

func (p *parser) take(token string) bool {
	p.skip()
	if strings.HasPrefix(p.text[p.at:], token) {
		p.at += len(token)
		return true
	}
	return false
}

func (p *parser) value() (any, error) {
	p.skip()
	switch {
	case p.take("{"):
		return p.set()
	case p.take("["):
		list := []any{}
		for !p.take("]") {
			value, err := p.value()
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case p.take(`"`):
		return p.quoted()
	}
	word := p.word()
	if number, err := strconv.ParseInt(word, 10, 64); err == nil {
		return number, nil
	}
	switch word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	return nil, p.fail(fmt.Sprintf("%q is no data", word))
}

func (p *parser) word() string {
	p.skip()
	begin := p.at
	for p.at < len(p.text) && (p.text[p.at] == '_' || p.text[p.at] == '-' || p.text[p.at] == '\'' ||
		p.text[p.at] >= '0' && p.text[p.at] <= '9' || p.text[p.at] >= 'a' && p.text[p.at] <= 'z' || p.text[p.at] >= 'A' && p.text[p.at] <= 'Z') {
		p.at++
	}
	return p.text[begin:p.at]
}

// set reads up to the closing brace. A name may be a path: a.b = 1.
func (p *parser) set() (any, error) {
	set := map[string]any{}
	for !p.take("}") {
		into := set
		for {
			name, err := p.name()
			if err != nil {
				return nil, err
			}
			if p.take(".") {
				inner, ok := into[name].(map[string]any)
				if !ok {
					inner = map[string]any{}
					into[name] = inner
				}
				into = inner
				continue
			}
			if !p.take("=") {
				return nil, p.fail("no = after " + name)
			}
			if _, twice := into[name]; twice {
				return nil, p.fail(name + " is defined twice")
			}
			if into[name], err = p.value(); err != nil {
				return nil, err
			}
			break
		}
		if !p.take(";") {
			return nil, p.fail("no ; at the end of a definition")
		}
	}
	return set, nil
}

func (p *parser) name() (string, error) {
	if p.take(`"`) {
		return p.quoted()
	}
	name := p.word()
	if name == "" {
		return "", p.fail("no name")
	}
	return name, nil
}

// quoted reads up to the closing quote.
func (p *parser) quoted() (string, error) {
	var text strings.Builder
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return text.String(), nil
		case c == '$' && strings.HasPrefix(p.text[p.at:], "${"):
			return "", p.fail("${ is no data")
		case c == '\\' && p.at+1 < len(p.text):
			p.at++
			switch c := p.text[p.at]; c {
			case 'n':
				text.WriteByte('\n')
			case 't':
				text.WriteByte('\t')
			case 'r':
				text.WriteByte('\r')
			default:
				text.WriteByte(c)
			}
		default:
			text.WriteByte(c)
		}
	}
	return "", p.fail("a string without an end")
}
