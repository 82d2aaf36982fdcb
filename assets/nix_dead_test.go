package assets_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What deadnix and statix find, as far as it can be found without them: names that nothing uses, and spellings
// that have a shorter one. `nix build .#lint` in the flake asks the tools themselves, and nixfmt.

// nixNames counts the uses of names.
type nixNames struct {
	outer *nixNames
	used  map[string]bool
}

func (n *nixNames) use(name string) {
	for ; n != nil; n = n.outer {
		if _, bound := n.used[name]; bound {
			n.used[name] = true
			return
		}
	}
}

// enter is the scope inside of something that binds names.
func (n *nixNames) enter(names []string) *nixNames {
	inner := &nixNames{n, map[string]bool{}}
	for _, name := range names {
		inner.used[name] = false
	}
	return inner
}

func (n *nixNames) unused() (names []string) {
	for name, used := range n.used {
		if !used && !strings.HasPrefix(name, "_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// dead gives back what is bound inside of an expression and never used, and what could be said shorter.
func dead(expr *nixExpr, names *nixNames) (faults []string) {
	look := func(inner *nixExpr, names *nixNames) {
		if inner != nil {
			faults = append(faults, dead(inner, names)...)
		}
	}
	bindings := func(names *nixNames) {
		for _, bind := range expr.binds {
			look(bind.attr.dynamic, names)
			if bind.outer { // inherit: the name of the scope around
				look(bind.value, names.outer)
			} else {
				look(bind.value, names)
			}
		}
	}
	var bound []string
	for _, bind := range expr.binds {
		if bind.attr.dynamic == nil {
			bound = append(bound, bind.attr.name)
		}
	}
	for _, step := range expr.path {
		look(step.dynamic, names)
	}
	switch expr.kind {
	case "var":
		names.use(expr.name)
	case "set":
		inner := names.enter(nil)
		if expr.name == "rec" {
			inner = names.enter(bound)
		}
		bindings(inner)
	case "let":
		inner := names.enter(bound)
		bindings(inner)
		look(expr.parts[0], inner)
		for _, name := range inner.unused() {
			faults = append(faults, "let binds "+name+", which nothing uses")
		}
		if expr.parts[0].kind == "let" {
			faults = append(faults, "a let in a let: one is enough")
		}
		return faults
	case "lambda":
		inner := names.enter(expr.params)
		bindings(inner)
		look(expr.parts[0], inner)
		for _, name := range inner.unused() {
			faults = append(faults, "a function takes "+name+", which nothing uses")
		}
		// x: f x is f.
		if body := expr.parts[0]; expr.name != "" && body.kind == "call" && len(body.parts) == 2 {
			last := body.parts[1]
			alone := names.enter([]string{expr.name})
			dead(body.parts[0], alone)
			if last.kind == "var" && last.name == expr.name && !alone.used[expr.name] {
				faults = append(faults, "a function of "+expr.name+" only passes it on")
			}
		}
		return faults
	case "op":
		for _, part := range expr.parts {
			if (expr.name == "==" || expr.name == "!=") && part.kind == "var" && (part.name == "true" || part.name == "false") {
				faults = append(faults, "a comparison with "+part.name)
			}
		}
	}
	for _, part := range expr.parts {
		look(part, names)
	}
	return faults
}

var (
	assigned   = regexp.MustCompile(`^ *([A-Za-z_][\w'-]*)\.[^=]* = `)
	sameName   = regexp.MustCompile(`(?m)^ *([\w'-]+) = (?:[\w'.-]+\.)?([\w'-]+);`)
	parens     = regexp.MustCompile(`(?m)= \([^()]*\);$`)
	emptyTaken = regexp.MustCompile(`(?m)^\{ ?(\.\.\.)? ?\}:`)
)

// shorter gives back spellings of a file that have a shorter one. It reads the text, because a parsed file no
// longer tells a.b = 1 from a = { b = 1; }.
func shorter(text string) (faults []string) {
	for _, found := range sameName.FindAllStringSubmatch(text, -1) {
		if found[1] == found[2] {
			faults = append(faults, "inherit "+found[1]+" says the same as "+strings.TrimSpace(found[0]))
		}
	}
	for _, found := range parens.FindAllString(text, -1) {
		faults = append(faults, "parentheses for nothing: "+found)
	}
	if emptyTaken.MatchString(text) && !strings.Contains(text, "imports = ") {
		faults = append(faults, "a function that takes nothing by name: write _")
	}
	// The sets that are open at a line, by how far they are indented.
	type set struct {
		indent int
		times  map[string]int
	}
	open := []set{{-1, nil}}
	for line := range strings.Lines(text) {
		body := strings.TrimLeft(line, " ")
		if body == "\n" {
			continue
		}
		indent := len(line) - len(body)
		for open[len(open)-1].indent > indent {
			open = open[:len(open)-1]
		}
		if open[len(open)-1].indent < indent {
			open = append(open, set{indent, map[string]int{}})
		}
		if found := assigned.FindStringSubmatch(line); found != nil {
			times := open[len(open)-1].times
			if times[found[1]]++; times[found[1]] == 3 {
				faults = append(faults, "the attribute "+found[1]+" begins three lines of one set: nest them")
			}
		}
	}
	return faults
}

func TestNothingIsDead(t *testing.T) {
	var files []string
	err := filepath.WalkDir("flake", func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".nix") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for i, tree := range parsed(t, files) {
		text, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range append(dead(tree, nil), shorter(string(text))...) {
			t.Errorf("%s: %s", files[i], fault)
		}
	}
}

// The test above can fail: each of these has one fault, or none.
func TestDeadCodeIsSeen(t *testing.T) {
	cases := []struct{ text, fault string }{
		{"{ lib, ... }:\nlet\n  a = 1;\n  b = lib.id a;\nin\nb\n", ""},
		{"let\n  a = 1;\n  b = 2;\nin\nb\n", "binds a"},
		{"{ lib, pkgs, ... }:\nlib\n", "takes pkgs"},
		{"a: b: b\n", "takes a"},
		{"_: _b: 1\n", ""},
		{"let\n  inherit (builtins) map head;\nin\nmap\n", "binds head"},
		{"a: rec {\n  b = a;\n  c = b;\n}\n", ""},
		{"f: map (x: f x)\n", "only passes it on"},
		{"f: map (x: f x x)\n", ""},
		{"a: a == true\n", "comparison with true"},
		{"let\n  a = 1;\nin\nlet\n  b = a;\nin\nb\n", "a let in a let"},
		{"a: {\n  a = a;\n}\n", "inherit a"},
		{"a: {\n  b = a.b;\n}\n", "inherit b"},
		{"a: {\n  b = (a + 1);\n}\n", "parentheses"},
		{"{ ... }:\n{\n  a = 1;\n}\n", "write _"},
		{"{\n  a.b = 1;\n  a.c = 2;\n  d.a.b = 3;\n}\n", ""},
		{"{\n  a.b = 1;\n  a.c = 2;\n  a.d = 3;\n}\n", "begins three lines"},
		{"{\n  x = {\n    a.b = 1;\n    a.c = 2;\n  };\n  y = {\n    a.d = 3;\n  };\n}\n", ""},
	}
	folder := t.TempDir()
	var files []string
	for i, test := range cases {
		file := filepath.Join(folder, fmt.Sprint(i)+".nix")
		writeFile(t, file, []byte(test.text))
		files = append(files, file)
	}
	for i, tree := range parsed(t, files) {
		faults := append(dead(tree, nil), shorter(cases[i].text)...)
		if want := cases[i].fault; want == "" && len(faults) > 0 || want != "" && (len(faults) != 1 || !strings.Contains(faults[0], want)) {
			t.Errorf("%q: %q, want %q", cases[i].text, faults, want)
		}
	}
}
