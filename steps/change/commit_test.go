package change_test

import (
	"context"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/change"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

const sealed = "secrets/snix.yaml"

// seal commits one file, as a change does beside the rendering. What an earlier
// one left is ended first.
func (p place) seal(ctx context.Context, runner run.Runner, text string) error {
	r, err := change.Open(ctx, runner, p.folder, "")
	if err != nil {
		return err
	}
	if r.Pending != "" {
		if err := r.Finish(ctx); err != nil {
			return err
		}
		if r, err = change.Open(ctx, runner, p.folder, ""); err != nil {
			return err
		}
	}
	if now, err := r.Committed(ctx, sealed); err != nil || now == text {
		return err
	}
	return change.Committing{
		Repository: r, Path: sealed, Mode: 0o644, Message: "snix: keys of b", Name: "Alice", Email: "alice@example.org",
	}.Carry(ctx, text, nil)
}

func sealedPlace(t *testing.T) place {
	p := newPlace(t)
	p.write(sealed, "a: ENC[1]\n")
	p.commit()
	p.write("modules/one.nix", "not committed\n")
	p.write("modules/two.nix", "staged\n")
	p.git("add", "modules/two.nix")
	return p
}

// One commit with that file alone: what else is staged or edited stays so. Cut
// before any program, a second run comes to the same end.
func TestCommitting(t *testing.T) {
	const after = "a: ENC[1]\nb: ENC[2]\n"
	p := sealedPlace(t)
	straight := &cut{Runner: run.NewReal("", nil)}
	if err := p.seal(t.Context(), straight, after); err != nil {
		t.Fatal(err)
	}
	want, tree := p.state(), p.tree()
	if files := p.git("show", "--format=%s", "--name-only", "main"); files != "snix: keys of b\n\n"+sealed {
		t.Errorf("the commit has %s", files)
	}
	if tree[sealed] != after || tree["modules/one.nix"] != "not committed\n" || !strings.Contains(want, "M  modules/two.nix") || !strings.Contains(want, "M modules/one.nix\n") {
		t.Errorf("it came to\n%s", want)
	}
	if strings.Contains(want, tools.PendingRef) || straight.calls < 10 {
		t.Errorf("after %d programs there is\n%s", straight.calls, want)
	}
	for at := 1; at <= straight.calls && !testing.Short(); at++ {
		p := sealedPlace(t)
		_ = p.seal(t.Context(), &cut{Runner: run.NewReal("", nil), at: at}, after)
		if err := p.seal(t.Context(), run.NewReal("", nil), after); err != nil {
			t.Fatalf("cut %d: %v", at, err)
		}
		if got := p.state(); got != want || !mapsEqual(p.tree(), tree) {
			t.Fatalf("cut %d: it came to\n%s\nwant\n%s", at, got, want)
		}
	}

	// What is not committed in the file itself is not overwritten.
	p = sealedPlace(t)
	p.write(sealed, "mine\n")
	if err := p.seal(t.Context(), run.NewReal("", nil), after); err == nil || !strings.Contains(err.Error(), sealed) || p.tree()[sealed] != "mine\n" {
		t.Errorf("%v, and the file holds %q", err, p.tree()[sealed])
	}
}
