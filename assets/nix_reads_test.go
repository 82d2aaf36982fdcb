package assets_test

import (
	"slices"
	"strings"
)

// reads looks everywhere for what is read from config and options, for
// packages, and for modules inside of other expressions.
func (u *nixUse) reads(expr *nixExpr, s *nixScope, packages bool) {
	switch expr.kind {
	case "lambda":
		s = s.enter(expr, nil)
	case "let":
		s = s.with(expr.binds)
	case "set":
		if expr.name == "rec" {
			s = s.with(expr.binds)
		}
	case "call":
		if inner := expr.parts[1]; inner.kind == "lambda" && strings.HasPrefix(s.function(expr.parts[0]), "submodule") {
			// Its config is its own.
			u.reads(inner.parts[0], s.enter(inner, []string{}), packages)
			return
		}
	case "with":
		u.reads(expr.parts[0], s, packages)
		root, path, _ := s.path(expr.parts[0])
		u.reads(expr.parts[1], s, packages || len(path) == 0 && (root == "pkgs" || root == "unstable"))
		return
	case "var":
		if _, bound := s.find(expr.name); packages && !bound && !slices.Contains(nixBuiltins, expr.name) {
			u.packages[expr.name] = true
		}
	case "select", "has":
		whole := &nixExpr{kind: "select", parts: expr.parts[:1], path: expr.path}
		root, path, scope := s.path(whole)
		switch root {
		case "pkgs", "unstable":
			for _, name := range u.names(path[0], scope) {
				u.packages[name] = true
			}
		case "config", "options":
			at := u.options
			for i, attr := range path {
				names := u.names(attr, s)
				if len(names) > 1 || names[0] == "" && at.children["<name>"] == nil {
					break
				}
				name := names[0]
				// options.x.isDefined is of the option and no part of it.
				if at.kind != "" && root == "options" {
					break
				}
				if i == 0 && expr.kind == "has" && at.children[name] == nil {
					u.fault("no option %s", name)
					break
				}
				if at = u.below(at, name); at == nil {
					break
				}
			}
		}
	}
	for _, bind := range expr.binds {
		if bind.outer {
			if packages {
				u.reads(bind.value, s, true)
			}
			continue
		}
		if bind.attr.dynamic != nil {
			u.reads(bind.attr.dynamic, s, packages)
		}
		switch bind.attr.name {
		case "imports", "modules", "extraModules", "modulesFor", "homeModulesFor":
			u.modulesIn(bind.value, s)
		case "nodes":
			if nodes, inner := s.resolve(bind.value); nodes.kind == "set" {
				for _, node := range nodes.binds {
					u.module(node.value, inner)
				}
			}
		}
		u.reads(bind.value, s, packages)
	}
	for _, part := range expr.parts {
		u.reads(part, s, packages)
	}
}

// modulesIn looks at the modules that are written out in a list of modules.
func (u *nixUse) modulesIn(expr *nixExpr, s *nixScope) {
	switch expr, s = s.resolve(expr); expr.kind {
	case "lambda":
		u.modulesIn(expr.parts[0], s.enter(expr, nil))
	case "op":
		for _, part := range expr.parts {
			u.modulesIn(part, s)
		}
	case "list":
		for _, part := range expr.parts {
			if part.kind == "set" || part.kind == "lambda" {
				u.module(part, s)
			}
		}
	}
}

var nixBuiltins = strings.Fields("true false null builtins map toString import throw abort baseNameOf dirOf removeAttrs isNull fetchTarball derivation")

// declares adds the options that a module declares.
func declares(tree *optionTree, path []string, expr *nixExpr, s *nixScope) {
	expr, s = s.resolve(expr)
	switch expr.kind {
	case "lambda":
		declares(tree, path, expr.parts[0], s.enter(expr, nil))
	case "set":
		for _, bind := range expr.binds {
			if path == nil && bind.attr.name != "options" {
				continue
			}
			if bind.attr.dynamic == nil {
				declares(tree, append(slices.Clone(path), bind.attr.name), bind.value, s)
			}
		}
	case "op":
		for _, part := range expr.parts {
			declares(tree, path, part, s)
		}
	case "call":
		switch function := s.function(expr.parts[0]); function {
		case "mkOption", "mkEnableOption", "mkPackageOption":
			tree.declare(path[1:])
		case "mapAttrs":
			names, _ := s.keys(expr.parts[2])
			for _, name := range names {
				declares(tree, append(slices.Clone(path), name), expr.parts[1], s)
			}
		default:
			if body, scope := s.resolve(expr.parts[0]); body.kind == "lambda" {
				declares(tree, path, body, scope)
			}
		}
	}
}
