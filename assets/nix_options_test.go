package assets_test

import (
	"fmt"
	"slices"
	"strings"
)

// optionTree is a list of options as a tree. An attribute <name> stands for
// any, and * for an element of a list.
type optionTree struct {
	children map[string]*optionTree
	outer    *optionTree
	path     string
	kind     string // the type; empty where there is no option but more below
	own      bool   // declared in the flake
	used     bool
}

func (o *optionTree) add(path []string, kind string) *optionTree {
	for _, name := range path {
		if o.children == nil {
			o.children = map[string]*optionTree{}
		}
		next := o.children[name]
		if next == nil {
			next = &optionTree{path: strings.TrimPrefix(o.path+"."+name, "."), outer: o}
			if o.path != "" && strings.HasPrefix(name, "<") {
				o.children["<name>"] = next // <path> and the like are the same
			}
			o.children[name] = next
		}
		o = next
	}
	o.kind = kind
	return o
}

// value says whether what is below is a value and no matter of options: an
// option without declared ones inside, or one that takes others beside them.
func (o *optionTree) value() bool {
	if o.kind == "" {
		// A group inside of an option is as open as that option.
		return o.outer != nil && o.outer.value()
	}
	return len(o.children) == 0 || !strings.Contains(o.kind, "(submodule)")
}

// declare adds an option of the flake.
func (o *optionTree) declare(path []string) {
	for at := o.add(path, "declared in the flake"); at != o; at = at.outer {
		at.own = true
	}
}

// step goes to an attribute; open says that anything is allowed there.
func (o *optionTree) step(name string) (next *optionTree, open bool) {
	if next = o.children[name]; next == nil {
		next = o.children["<name>"]
	}
	if next != nil {
		next.used = next.used || next.kind != ""
		return next, false
	}
	return nil, o.value()
}

// nixUse finds the options and packages that one file uses.
type nixUse struct {
	file     string
	options  *optionTree
	packages map[string]bool // used
	faults   []string
}

func (u *nixUse) fault(format string, values ...any) {
	text := u.file + ": " + fmt.Sprintf(format, values...)
	if !slices.Contains(u.faults, text) {
		u.faults = append(u.faults, text)
	}
}

// names are what an attribute can be called; "" when nobody knows.
func (u *nixUse) names(attr nixAttr, s *nixScope) []string {
	if attr.dynamic == nil {
		return []string{attr.name}
	}
	if texts, known := s.texts(attr.dynamic); known {
		return texts
	}
	return []string{""}
}

// below is what an attribute of an option leads to: nil for a value.
func (u *nixUse) below(at *optionTree, name string) *optionTree {
	next, open := at.step(name)
	switch {
	case next != nil || open:
	case name == "":
		u.fault("an attribute of %q that is not known without evaluation", at.path)
	default:
		u.fault("no option %s", strings.TrimPrefix(at.path+"."+name, "."))
	}
	return next
}

// module looks at what a module sets.
func (u *nixUse) module(expr *nixExpr, s *nixScope) {
	expr, s = s.resolve(expr)
	switch expr.kind {
	case "lambda":
		u.module(expr.parts[0], s.enter(expr, nil))
		return
	case "set":
	default:
		u.sets(u.options, expr, s)
		return
	}
	bodies := nixExpr{kind: "set", name: expr.name}
	whole := true
	for _, bind := range expr.binds {
		switch bind.attr.name {
		case "imports", "disabledModules", "options", "meta":
		case "config":
			u.sets(u.options, bind.value, s)
			whole = false
		default:
			bodies.binds = append(bodies.binds, bind)
		}
	}
	if whole {
		u.sets(u.options, &bodies, s)
	}
}

// sets looks at a value that is given to an option or to a group of options.
func (u *nixUse) sets(at *optionTree, expr *nixExpr, s *nixScope) {
	expr, s = s.resolve(expr)
	switch expr.kind {
	case "set":
		if element := at.children["*"]; element != nil {
			at = element // made by a function, one by one
		}
		inner := s
		if expr.name == "rec" {
			inner = s.with(expr.binds)
		}
		for _, bind := range expr.binds {
			for _, name := range u.names(bind.attr, inner) {
				if next := u.below(at, name); next != nil {
					u.sets(next, bind.value, inner)
				}
			}
		}
	case "if":
		u.sets(at, expr.parts[1], s)
		u.sets(at, expr.parts[2], s)
	case "op":
		for _, part := range expr.parts {
			u.sets(at, part, s)
		}
	case "list":
		element := at
		if at.kind != "" {
			if element = at.children["*"]; element == nil {
				return
			}
		}
		for _, part := range expr.parts {
			u.sets(element, part, s)
		}
	case "lambda":
		u.sets(at, expr.parts[0], s.enter(expr, nil))
	case "call":
		u.call(at, expr, s)
	default:
		if !at.value() && at.kind == "" && !at.own {
			u.fault("what is set below %q is not known without evaluation", at.path)
		}
	}
}

// call looks at what the functions of nixpkgs' library make of their arguments.
func (u *nixUse) call(at *optionTree, expr *nixExpr, s *nixScope) {
	last := expr.parts[len(expr.parts)-1]
	first := expr.parts[1]
	each := func(function *nixExpr, texts []string, arguments int) {
		body, scope := s.resolve(function)
		for range arguments {
			if body.kind != "lambda" {
				break
			}
			scope = scope.enter(body, texts)
			body, scope = scope.resolve(body.parts[0])
		}
		u.sets(at, body, scope)
	}
	switch function := s.function(expr.parts[0]); function {
	case "mkIf", "optionalAttrs", "mkOverride", "mkOrder", "mkForce", "mkDefault", "mkVMOverride", "mkBefore", "mkAfter",
		"mkMerge", "optional", "optionals", "mkImageMediaOverride":
		if function == "mkMerge" {
			// The list is of definitions, not a value.
			for _, part := range u.elements(last, s) {
				u.sets(at, part.expr, part.scope)
			}
			return
		}
		if !s.never(first) {
			u.sets(at, last, s)
		}
	case "genAttrs", "mapAttrs":
		names, function := first, last
		texts, known := []string(nil), false
		if s.function(expr.parts[0]) == "mapAttrs" {
			names, function = last, first
			texts, known = s.keys(names)
		} else {
			texts, known = s.texts(names)
		}
		if !known {
			texts = []string{""}
		}
		for _, name := range texts {
			next := u.below(at, name)
			if next == nil {
				continue
			}
			body, scope := s.resolve(function)
			for range map[bool]int{true: 2, false: 1}[names == last] {
				if body.kind == "lambda" {
					given := []string{name}
					if name == "" {
						given = nil
					}
					scope = scope.enter(body, given)
					body, scope = scope.resolve(body.parts[0])
				}
			}
			u.sets(next, body, scope)
		}
	case "map":
		texts, _ := s.texts(last)
		each(first, texts, 1)
	case "concatMap", "mapAttrsToList", "mapAttrs'", "concatMapAttrs":
		each(first, nil, 2)
	case "listToAttrs", "mergeAttrsList":
		u.sets(at, last, s)
	case "nameValuePair":
		if next := u.below(at, ""); next != nil {
			u.sets(next, last, s)
		}
	default:
		if body, scope := s.resolve(expr.parts[0]); body.kind == "lambda" && at.kind == "" {
			u.sets(at, body, scope)
		} else if at.kind == "" {
			u.fault("what a function sets below %q is not known without evaluation", at.path)
		}
	}
}

// elements are the definitions of a list of them.
func (u *nixUse) elements(expr *nixExpr, s *nixScope) (all []nixValue) {
	expr, s = s.resolve(expr)
	switch {
	case expr.kind == "list":
		for _, part := range expr.parts {
			all = append(all, nixValue{expr: part, scope: s})
		}
	case expr.kind == "op" && expr.name == "++":
		for _, part := range expr.parts {
			all = append(all, u.elements(part, s)...)
		}
	case expr.kind == "call" && s.function(expr.parts[0]) == "map":
		texts, _ := s.texts(expr.parts[2])
		if body, scope := s.resolve(expr.parts[1]); body.kind == "lambda" {
			for _, text := range texts {
				all = append(all, nixValue{expr: body.parts[0], scope: scope.enter(body, []string{text})})
			}
			if texts == nil {
				all = append(all, nixValue{expr: body.parts[0], scope: scope.enter(body, nil)})
			}
			return all
		}
		fallthrough
	case expr.kind == "call" && strings.HasPrefix(s.function(expr.parts[0]), "optional"):
		return append(all, nixValue{expr: expr.parts[len(expr.parts)-1], scope: s})
	default:
		u.fault("definitions that are not known without evaluation")
	}
	return all
}
