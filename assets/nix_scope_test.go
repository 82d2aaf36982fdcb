package assets_test

import "slices"

// nixScope is what the names of an expression stand for.
type nixScope struct {
	outer *nixScope
	names map[string]nixValue
}

// nixValue is an expression with its scope, or a parameter, of which at most
// is known that it is one of some texts.
type nixValue struct {
	expr  *nixExpr
	scope *nixScope
	texts []string
}

func (s *nixScope) find(name string) (nixValue, bool) {
	for ; s != nil; s = s.outer {
		if value, bound := s.names[name]; bound {
			return value, true
		}
	}
	return nixValue{}, false
}

func (s *nixScope) with(binds []nixBind) *nixScope {
	inner := &nixScope{s, map[string]nixValue{}}
	for _, bind := range binds {
		if bind.attr.dynamic == nil && !bind.outer {
			inner.names[bind.attr.name] = nixValue{expr: bind.value, scope: inner}
		}
	}
	return inner
}

// enter is the scope inside of a function whose argument is one of the texts.
func (s *nixScope) enter(lambda *nixExpr, texts []string) *nixScope {
	inner := s.with(nil)
	for _, name := range lambda.params {
		inner.names[name] = nixValue{texts: texts}
	}
	return inner
}

// root says what a name is that a module is given: config, lib, pkgs. A name
// that the file binds itself is none.
func (s *nixScope) root(expr *nixExpr) string {
	if expr.kind != "var" {
		return ""
	}
	if value, bound := s.find(expr.name); bound && (value.expr != nil || value.texts != nil) {
		if value.expr != nil && value.expr.kind == "var" && value.expr.name != expr.name {
			return value.scope.root(value.expr)
		}
		return ""
	}
	return expr.name
}

// resolve follows names to what they stand for.
func (s *nixScope) resolve(expr *nixExpr) (*nixExpr, *nixScope) {
	for range 20 {
		switch expr.kind {
		case "var":
			value, bound := s.find(expr.name)
			if !bound || value.expr == nil {
				return expr, s
			}
			expr, s = value.expr, value.scope
		case "let":
			s, expr = s.with(expr.binds), expr.parts[0]
		case "with", "assert":
			expr = expr.parts[1]
		default:
			return expr, s
		}
	}
	return expr, s
}

// path is the way from a root to a value: config.services.x gives "config"
// and the attributes services, x; also when config.services has got a name.
func (s *nixScope) path(expr *nixExpr) (string, []nixAttr, *nixScope) {
	if root := s.root(expr); root != "" {
		return root, nil, s
	}
	switch expr.kind {
	case "var":
		if found, scope := s.resolve(expr); found.kind == "select" {
			return scope.path(found)
		}
	case "select":
		root, path, _ := s.path(expr.parts[0])
		return root, append(slices.Clone(path), expr.path...), s
	}
	return "", nil, nil
}

// function is the name of what is called: mkIf for lib.mkIf and for a mkIf
// that was inherited.
func (s *nixScope) function(expr *nixExpr) string {
	root, path, _ := s.path(expr)
	if root == "lib" && len(path) > 0 {
		return path[len(path)-1].name
	}
	if len(path) == 0 {
		return root // map, and the like
	}
	return ""
}

// texts are the strings that a list holds, or that a name can be.
func (s *nixScope) texts(expr *nixExpr) ([]string, bool) {
	if expr.kind == "var" {
		if value, bound := s.find(expr.name); bound && value.texts != nil {
			return value.texts, true
		}
	}
	expr, s = s.resolve(expr)
	switch expr.kind {
	case "text":
		return []string{expr.name}, true
	case "list":
		return s.allTexts(expr.parts)
	case "op":
		if expr.name == "++" {
			return s.allTexts(expr.parts)
		}
	case "call":
		last := expr.parts[len(expr.parts)-1]
		switch s.function(expr.parts[0]) {
		case "filter", "unique":
			return s.texts(last)
		case "attrNames":
			return s.keys(last)
		}
	}
	return nil, false
}

func (s *nixScope) allTexts(parts []*nixExpr) (all []string, known bool) {
	for _, part := range parts {
		texts, known := s.texts(part)
		if !known {
			return nil, false
		}
		all = append(all, texts...)
	}
	return all, len(all) > 0
}

// keys are the names of the attributes of a set that is written out.
func (s *nixScope) keys(expr *nixExpr) (names []string, known bool) {
	expr, _ = s.resolve(expr)
	if expr.kind != "set" {
		return nil, false
	}
	for _, bind := range expr.binds {
		if bind.attr.dynamic != nil {
			return nil, false
		}
		names = append(names, bind.attr.name)
	}
	return names, len(names) > 0
}

// never says that a condition is known to be false: SET ? ${NAME} where both
// are written out.
func (s *nixScope) never(expr *nixExpr) bool {
	if expr.kind != "has" || len(expr.path) != 1 || expr.path[0].dynamic == nil {
		return false
	}
	texts, known := s.texts(expr.path[0].dynamic)
	keys, written := s.keys(expr.parts[0])
	return known && written && len(texts) == 1 && !slices.Contains(keys, texts[0])
}
