package change

import "testing"

func TestWeave(t *testing.T) {
	const theirs = "# head\nfeatures:\n  - a\n  - b\n  - c\ndesktop: plasma\n"
	for name, test := range map[string]struct{ ours, want string }{
		"as it was":            {"# head\nfeatures:\n  - a\n  - b\ndesktop: plasma\n", theirs},
		"a comment beside":     {"# head\nfeatures:\n  - a\n  - b # mine\ndesktop: plasma\n", "# head\nfeatures:\n  - a\n  - b # mine\n  - c\ndesktop: plasma\n"},
		"a comment above":      {"# head\nfeatures:\n  - a\n  # mine\n  - b\ndesktop: plasma # so\n", "# head\nfeatures:\n  - a\n  # mine\n  - b\n  - c\ndesktop: plasma # so\n"},
		"what goes is bare":    {"# head\nfeatures:\n  - a\n  - b # mine\n  - x\ndesktop: plasma\n", "# head\nfeatures:\n  - a\n  - b # mine\n  - c\ndesktop: plasma\n"},
		"what goes has a note": {"# head\nfeatures:\n  - a\n  - b\n  - x # mine\ndesktop: plasma\n", ""},
	} {
		got, can := weave(test.ours, theirs)
		if can != (test.want != "") || got != test.want {
			t.Errorf("%s: %v, %q", name, can, got)
		}
	}
}
