package tools_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// As git 2.39 prints them.
const (
	aTree    = "100644 blob 5716ca5987cbf97d6bb54920bea6adde242d87e6       4\ta\x00160000 commit 5716ca5987cbf97d6bb54920bea6adde242d87e6       -\tb c\x00"
	someBlob = "5716ca5987cbf97d6bb54920bea6adde242d87e6 blob 4\nbar\n\n257cc5642cb1a054f08cc83f2d943e56fd3ebe99 blob 0\n\n"
	aMerge   = "8f1b1f5c0f2a4c4c7e35a5b1d8a1b5c0f2a4c4c7\x00flake.nix\x00\x001\x00flake.nix\x00Auto-merging\x00Auto-merging flake.nix\n\x001\x00flake.nix\x00CONFLICT (contents)\x00CONFLICT (content): Merge conflict in flake.nix\n\x00"
)

func TestParseTree(t *testing.T) {
	list, err := tools.ParseTree([]byte(aTree))
	const blob = "5716ca5987cbf97d6bb54920bea6adde242d87e6"
	if want := []tools.TreeEntry{{"100644", blob, 4, "a"}, {"160000", blob, 0, "b c"}}; err != nil || !slices.Equal(list, want) {
		t.Errorf("got %v, %v", list, err)
	}
	for _, broken := range []string{"100644 blob a", "100644 blob a 4 5\tx", "100644 blob a -4\tx", "100644 blob a x\tx"} {
		if list, err := tools.ParseTree([]byte(broken)); err == nil {
			t.Errorf("%q is %v", broken, list)
		}
	}
}

func TestParseObjects(t *testing.T) {
	list, err := tools.ParseObjects([]byte(someBlob))
	if err != nil || len(list) != 2 || string(list[0]) != "bar\n" || len(list[1]) != 0 {
		t.Errorf("got %q, %v", list, err)
	}
	for _, broken := range []string{"5716 missing\n", "5716 blob 4\nbar\n", "5716 blob -1\n\n", "5716 blob x\n\n", "5716"} {
		if list, err := tools.ParseObjects([]byte(broken)); err == nil {
			t.Errorf("%q is %q", broken, list)
		}
	}
}

func TestParseMerge(t *testing.T) {
	tree, conflicts := tools.ParseMerge([]byte(aMerge))
	want := []steps.Conflict{{Path: "flake.nix", Text: "CONFLICT (content): Merge conflict in flake.nix"}}
	if diff := cmp.Diff(want, conflicts); diff != "" || !strings.HasPrefix(tree, "8f1b") {
		t.Errorf("tree %s, conflicts (-want +got):\n%s", tree, diff)
	}
	if tree, conflicts := tools.ParseMerge([]byte("8f1b\x00")); tree != "8f1b" || conflicts != nil {
		t.Errorf("without conflicts: %s, %v", tree, conflicts)
	}
}

func FuzzParseGit(f *testing.F) {
	for _, text := range []string{aTree, someBlob, aMerge} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, output []byte) {
		if list, err := tools.ParseTree(output); err != nil && list != nil {
			t.Errorf("both a tree and an error: %v, %v", list, err)
		}
		if list, err := tools.ParseObjects(output); err != nil && list != nil {
			t.Errorf("both objects and an error: %q, %v", list, err)
		}
		for _, conflict := range second(tools.ParseMerge(output)) {
			if conflict.Path == "" || conflict.Text == "" {
				t.Errorf("a conflict that says nothing: %+v", conflict)
			}
		}
	})
}

func second(_ string, conflicts []steps.Conflict) []steps.Conflict { return conflicts }
