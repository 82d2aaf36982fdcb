package render

import "slices"

// Value is one Nix value that can be written down: data, never logic. It is
// made by the constructors below; the zero Value is null.
type Value struct {
	kind  valueKind
	text  string  // of a string, a path, a reference
	int   int64   // of an integer; 1 or 0 of a boolean
	items []Value // of a list
	attrs []Attr  // of an attribute set
}

type valueKind int

const (
	kindNull valueKind = iota
	kindBool
	kindInt
	kindString
	kindPath
	kindReference
	kindList
	kindSet
)

// Attr is one binding of an attribute set. Path holds one name for NAME =
// ..., several for A.B.C = ...; Comment, where there is one, stands above it.
type Attr struct {
	Path    []string
	Value   Value
	Comment string
}

// Null is Nix's null.
func Null() Value { return Value{} }

// Bool is true or false.
func Bool(value bool) Value {
	if value {
		return Value{kind: kindBool, int: 1}
	}
	return Value{kind: kindBool}
}

// Int is an integer; Nix's are 64 bits wide.
func Int(value int64) Value { return Value{kind: kindInt, int: value} }

// String is a string of any content that Nix can hold; see Print for what it
// cannot.
func String(text string) Value { return Value{kind: kindString, text: text} }

// Path is a path literal, relative to the file that it stands in:
// "./disko.nix", "../common".
func Path(path string) Value { return Value{kind: kindPath, text: path} }

// Reference is an identifier or a selection from one: "pkgs", "lib.mkForce".
func Reference(name string) Value { return Value{kind: kindReference, text: name} }

// List is a list; its items keep their order.
func List(items ...Value) Value { return Value{kind: kindList, items: items} }

// Strings is a list of strings.
func Strings(texts ...string) Value {
	items := make([]Value, len(texts))
	for i, text := range texts {
		items[i] = String(text)
	}
	return List(items...)
}

// Set is an attribute set; its attributes keep the order that they are given
// in, because a person reads them. The same name twice is an error of Print.
func Set(attrs ...Attr) Value { return Value{kind: kindSet, attrs: attrs} }

// SortedSet is an attribute set in the order of its names.
func SortedSet(attrs map[string]Value) Value {
	names := make([]string, 0, len(attrs))
	for name := range attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	set := Set()
	for _, name := range names {
		set.attrs = append(set.attrs, A(name, attrs[name]))
	}
	return set
}

// A binds one name. Dots in it are part of the name and are quoted.
func A(name string, value Value) Attr { return Attr{Path: []string{name}, Value: value} }

// At binds an attribute path: At(v, "disko", "devices") is disko.devices = v.
func At(value Value, path ...string) Attr { return Attr{Path: path, Value: value} }
