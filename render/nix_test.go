package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with testdata/NAME.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s differs (-want +got); -update writes it anew:\n%s", file, diff)
	}
}

// evaluate gives an expression to the real Nix and returns the value as JSON.
func evaluate(t *testing.T, expression string) []byte {
	t.Helper()
	nix := need.Program(t, "nix")
	file := filepath.Join(t.TempDir(), "value.nix")
	if err := os.WriteFile(file, []byte(expression), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nix, "--extra-experimental-features", "nix-command", "eval", "--json", "--file", file)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("nix eval: %v\n%s\n%.2000s", err, stderr.String(), expression)
	}
	return stdout.Bytes()
}

func TestPrint(t *testing.T) {
	long := strings.Repeat("x", 90)
	cases := map[string]struct {
		value Value
		want  string
	}{
		"null":                  {Null(), `null`},
		"zero value":            {Value{}, `null`},
		"true":                  {Bool(true), `true`},
		"false":                 {Bool(false), `false`},
		"int":                   {Int(42), `42`},
		"negative int":          {Int(-42), `-42`},
		"negative int in list":  {List(Int(-1)), `[ (-1) ]`},
		"largest int":           {Int(math.MaxInt64), `9223372036854775807`},
		"smallest int":          {List(Int(math.MinInt64)), `[ (-9223372036854775807 - 1) ]`},
		"empty string":          {String(""), `""`},
		"quote and backslash":   {String(`a"b\c`), `"a\"b\\c"`},
		"interpolation":         {String(`${USER}`), `"\${USER}"`},
		"dollar dollar brace":   {String(`$${x}`), `"$\${x}"`},
		"three dollars":         {String(`$$${x}`), `"$$\${x}"`},
		"backslash dollar":      {String(`\${x}`), `"\\\${x}"`},
		"lone dollar":           {String(`5 $ {}`), `"5 $ {}"`},
		"dollar at the end":     {String(`5$`), `"5$"`},
		"two apostrophes":       {String(`''${x}''`), `"''\${x}''"`},
		"line feed, tab, CR":    {String("a\nb\tc\r\n"), `"a\nb\tc\r\n"`},
		"an escape, literally":  {String(`\n`), `"\\n"`},
		"not ASCII":             {String("健二 Ünïcode 🦊"), `"健二 Ünïcode 🦊"`},
		"a comment in a string": {String("# no /* comment */"), `"# no /* comment */"`},
		"path":                  {Path("./disko.nix"), `./disko.nix`},
		"path above":            {Path("../../modules/arr-stack.nix"), `../../modules/arr-stack.nix`},
		"folder itself":         {Path("./."), `./.`},
		"reference":             {Reference("lib.types.str"), `lib.types.str`},
		"empty list":            {List(), `[ ]`},
		"list of one":           {Strings("defaults"), `[ "defaults" ]`},
		"list of one too wide":  {Set(A("abcdef", Strings(long))), "{\n  abcdef = [\n    \"" + long + "\"\n  ];\n}"},
		"list of one that fits": {Set(A("abc", Strings(strings.Repeat("x", 85)))), "{\n  abc = [ \"" + strings.Repeat("x", 85) + "\" ];\n}"},
		"list of two":           {Strings("a", "b"), "[\n  \"a\"\n  \"b\"\n]"},
		"list of one list":      {List(List()), "[\n  [ ]\n]"},
		"empty set":             {Set(), `{ }`},
		"attribute path":        {Set(At(Int(1), "disko", "devices", "a.b")), "{\n  disko.devices.\"a.b\" = 1;\n}"},
		"comment":               {Set(Attr{Path: []string{"a"}, Value: Int(1), Comment: "one\n\ntwo\r\n"}), "{\n  # one\n  #\n  # two\n  a = 1;\n}"},
		"list of sets": {
			List(Set(A("host", String("brix")))),
			"[\n  {\n    host = \"brix\";\n  }\n]",
		},
		"names": {
			Set(A("plain", Int(1)), A("_a-b'c", Int(2)), A("with", Int(3)), A("or", Int(4)), A("9p", Int(5)),
				A("a.b", Int(6)), A("a b", Int(7)), A("", Int(8)), A("@root", Int(9)), A("${x}", Int(10)),
				A("-a", Int(11)), A("true", Int(12)), A("ü", Int(13)), A("home-net\n", Int(14))),
			`{
  plain = 1;
  _a-b'c = 2;
  "with" = 3;
  "or" = 4;
  "9p" = 5;
  "a.b" = 6;
  "a b" = 7;
  "" = 8;
  "@root" = 9;
  "\${x}" = 10;
  "-a" = 11;
  true = 12;
  "ü" = 13;
  "home-net\n" = 14;
}`,
		},
		"sorted set": {SortedSet(map[string]Value{"b": Null(), "a": Null(), "C": Null()}), "{\n  C = null;\n  a = null;\n  b = null;\n}"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Print(test.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("printed differently (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrintRefuses(t *testing.T) {
	cases := map[string]struct {
		value Value
		want  string
	}{
		"not UTF-8":             {String("a\xffb"), "not valid UTF-8"},
		"not UTF-8, in a name":  {Set(A("\xff", Null())), "not valid UTF-8"},
		"NUL":                   {String("a\x00b"), "control character U+0000"},
		"escape":                {String("\x1b[2J"), "control character U+001B"},
		"delete":                {String("\x7f"), "control character U+007F"},
		"C1 control":            {String("\u009b2J"), "control character U+009B"},
		"deep inside":           {List(Set(A("a", List(Int(1), String("\x00"))))), "control character U+0000"},
		"in a comment":          {Set(Attr{Path: []string{"a"}, Comment: "\x1b"}), "control character U+001B"},
		"a name twice":          {Set(A("b", Int(1)), A("a", Int(1)), A("b", Int(2))), `"b" is bound twice`},
		"a path below a name":   {Set(A("a", Int(1)), At(Int(2), "a", "b")), `"a" is bound twice`},
		"no name":               {Set(Attr{Value: Int(1)}), "an attribute has no name"},
		"a path with a space":   {Path("./a b"), "the path"},
		"an absolute path":      {Path("/etc/passwd"), "the path"},
		"a path with a comment": {Path("./a/#b"), "the path"},
		"a path with no folder": {Path("a"), "the path"},
		"a path's last slash":   {Path("./a/"), "the path"},
		"a path's line feed":    {Path("./a\n"), "the path"},
		"a reference's call":    {Reference("builtins.readFile ./x"), "the reference"},
		"a keyword":             {Reference("let"), "the reference"},
		"an empty reference":    {Reference(""), "the reference"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Print(test.value)
			if err == nil {
				t.Fatalf("printed %q", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error %q does not say %q", err, test.want)
			}
		})
	}
	if _, err := Module("\x1b", Set()); err == nil {
		t.Error("a module took a comment with an escape in it")
	}
	// Names that look alike when they are joined are not the same.
	if _, err := Print(Set(At(Int(1), "a", "b"), A("a.b", Int(2)), A(`a"."b`, Int(3)))); err != nil {
		t.Error(err)
	}
}

func TestModuleGolden(t *testing.T) {
	text, err := Module("Host snix.\n\nWhat the operator chose stands in answers.yaml.", Set(
		A("imports", List(Path("./hardware-configuration.nix"), Path("./disko.nix"), Path("../common"))),
		A("travelRouter", Set(A("enable", Bool(true)), A("apInterface", String("wlp3s0")), A("ssid", String(`Road "${x}"`)))),
		A("users", List()),
		Attr{Path: []string{"swapDevices"}, Value: List(Set(A("device", String("/dev/mapper/swap")))), Comment: "inside the LUKS container"},
	))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "module.nix", text)
	text, err = Expression("Data.", Set(At(Int(1), "a", "b")))
	if err != nil {
		t.Fatal(err)
	}
	if want := "# Data.\n{\n  a.b = 1;\n}\n"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}

// troublesome draws strings that are likely to break a printer.
func troublesome() *rapid.Generator[string] {
	pieces := rapid.SampledFrom([]string{
		`"`, `\`, `$`, `$$`, `${`, `}`, `{`, `''`, `'`, "\n", "\r\n", "\r", "\t", `\n`, `\${`, `$\{`, "#", "/*", "*/", ";",
		"=", "a", "ü", "健二", "🦊", " ", "-", ".", "/", "<x>", "http://a", "\u2028", "\ufeff", "é", "0", "",
	})
	soup := rapid.Map(rapid.SliceOfN(pieces, 0, 8), func(parts []string) string { return strings.Join(parts, "") })
	whole := rapid.String().Filter(func(text string) bool { return checkText(text) == nil })
	return rapid.OneOf(soup, whole)
}

// values draws values without paths and references, which JSON cannot tell.
func values(depth int) *rapid.Generator[Value] {
	plain := rapid.OneOf(
		rapid.Map(troublesome(), String),
		rapid.Map(rapid.Int64(), Int),
		rapid.Map(rapid.Bool(), Bool),
		rapid.Just(Null()),
	)
	if depth == 0 {
		return plain
	}
	names := rapid.OneOf(troublesome(), rapid.SampledFrom(append([]string{"a", "b-c", "null", "@root", "9p"}, keywords...)))
	return rapid.OneOf(
		plain,
		rapid.Custom(func(t *rapid.T) Value {
			return List(rapid.SliceOfN(values(depth-1), 0, 4).Draw(t, "items")...)
		}),
		rapid.Custom(func(t *rapid.T) Value {
			set := Set()
			for _, name := range rapid.SliceOfNDistinct(names, 0, 4, rapid.ID[string]).Draw(t, "names") {
				if name == "outPath" || name == "__toString" {
					continue // Nix turns a set with these into a string
				}
				path := append([]string{name}, rapid.SliceOfN(names, 0, 2).Draw(t, "path")...)
				set.attrs = append(set.attrs, At(values(depth-1).Draw(t, "value"), path...))
			}
			return set
		}),
	)
}

// plainData is the value as encoding/json would decode it.
func plainData(value Value) any {
	switch value.kind {
	case kindBool:
		return value.int == 1
	case kindInt:
		return json.Number(fmt.Sprint(value.int))
	case kindString:
		return value.text
	case kindList:
		list := []any{}
		for _, item := range value.items {
			list = append(list, plainData(item))
		}
		return list
	case kindSet:
		set := map[string]any{}
		for _, attr := range value.attrs {
			inner := set
			for _, name := range attr.Path[:len(attr.Path)-1] {
				next := map[string]any{}
				inner[name] = next
				inner = next
			}
			inner[attr.Path[len(attr.Path)-1]] = plainData(attr.Value)
		}
		return set
	}
	return nil
}

// Nix reads back what was printed: the values of all runs are evaluated in
// one go.
func TestNixReadsBack(t *testing.T) {
	need.Program(t, "nix")
	rounds := 1
	if os.Getenv("MNEMONIX_FULL") == "1" {
		rounds = 30
	}
	for range rounds {
		var batch []Value
		rapid.Check(t, func(t *rapid.T) {
			batch = append(batch, rapid.SliceOfN(values(3), 5, 15).Draw(t, "values")...)
		})
		text, err := Print(List(batch...))
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(bytes.NewReader(evaluate(t, text)))
		decoder.UseNumber()
		var got []any
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(batch) {
			t.Fatalf("Nix read %d values, %d were printed", len(got), len(batch))
		}
		for i, value := range batch {
			if diff := cmp.Diff(plainData(value), got[i]); diff != "" {
				printed, _ := Print(value)
				t.Fatalf("Nix read another value (-printed +read):\n%s\n%s", diff, printed)
			}
		}
	}
}

// A path and a reference mean what they say.
func TestNixReadsPaths(t *testing.T) {
	text, err := Print(Set(
		A("type", String("path")),
		A("same", List(Path("./disko.nix"), Path("./a/../b+c_d"), Path("../common"), Reference("builtins.nixVersion"))),
	))
	if err != nil {
		t.Fatal(err)
	}
	read := evaluate(t, "let printed = "+text+"; base = toString ./.; in map (p: if builtins.isPath p then toString p else p == builtins.nixVersion) printed.same ++ [ base ]")
	var got []any
	if err := json.Unmarshal(read, &got); err != nil {
		t.Fatal(err)
	}
	base := got[4].(string)
	want := []any{base + "/disko.nix", base + "/b+c_d", filepath.Join(filepath.Dir(base), "common"), true, base}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// unquote reads a Nix string by the rules of Nix's lexer, written down here a
// second time so that the fuzz target needs no Nix.
func unquote(quoted string) (string, bool) {
	if len(quoted) < 2 || quoted[0] != '"' {
		return "", false
	}
	var out strings.Builder
	rest := quoted[1:]
	for rest != `"` {
		switch {
		case rest == "" || rest[0] == '"' || strings.HasPrefix(rest, "${"):
			return "", false
		case strings.HasPrefix(rest, "$$"): // a dollar takes the next character with it
			out.WriteString("$$")
			rest = rest[2:]
		case rest[0] == '\\' && len(rest) > 1:
			r, size := utf8.DecodeRuneInString(rest[1:])
			switch r {
			case 'n':
				r = '\n'
			case 'r':
				r = '\r'
			case 't':
				r = '\t'
			}
			out.WriteRune(r)
			rest = rest[1+size:]
		default:
			out.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	return out.String(), true
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{"", `"`, `\`, "${", "$${", `$$\${`, "''", "\x00", "\xff", "a\r\n", "健二"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		printed, err := Print(String(text))
		if err != nil {
			if checkText(text) == nil {
				t.Fatalf("refused %q: %v", text, err)
			}
			return
		}
		if strings.ContainsAny(printed, "\n\r\t") {
			t.Fatalf("%q is printed on more than one line: %s", text, printed)
		}
		if back, ok := unquote(printed); !ok || back != text {
			t.Fatalf("%q is printed as %s, which reads as %q", text, printed, back)
		}
	})
}
