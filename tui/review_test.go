package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tui/internal/fixture"
)

// TestEveryErasureIsConfirmed: what is erased decides, not what the plan
// says of its disks.
func TestEveryErasureIsConfirmed(t *testing.T) {
	plan := fixture.Plan()
	foreign := steps.Fingerprint{ID: "ata-Other_Disk", Serial: "XYZ"}
	plan.Actions[0].Erases = []steps.Erasure{{Disk: foreign}}
	plan.Actions[4].Erases = []steps.Erasure{{Disk: steps.Fingerprint{Path: "pci-0000:00:17.0-ata-1"}}, {Disk: foreign}}
	var asked []string
	for _, disk := range erased(plan) {
		asked = append(asked, confirmWord(disk))
	}
	if want := "XYZ NX0T pci-0000:00:17.0-ata-1"; strings.Join(asked, " ") != want {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	// A fingerprint that was refined since still is that disk.
	plan = fixture.Plan()
	plan.Actions[1].Erases[0].Disk.TableHash = "newer"
	if disks := erased(plan); len(disks) != 1 || disks[0].Confirm != "NX0T" {
		t.Errorf("erased %+v", disks)
	}
	if word := confirmWord(steps.DiskPlan{Confirm: "  "}); word == "" {
		t.Error("enter alone would confirm")
	}
	if len(erased(steps.Plan{Disks: fixture.Plan().Disks})) != 0 {
		t.Error("a plan without erasures asks for a word")
	}
}

func TestConfirmation(t *testing.T) {
	for _, typed := range []string{"", "nx0t", "NX0T1", "yes", "S6Z2NX0T"} {
		d := open(t, toReview, "enter")
		if typed != "" {
			d.press(typed)
		}
		d.press("enter")
		d.wants("that is not the word")
		if d.quit {
			t.Errorf("%q was accepted", typed)
		}
	}
	// Back from the word to the plan, and from the plan to the answers.
	d := open(t, toReview, "enter", "NX0", "esc")
	d.wants("[Disks]")
	d.press("esc")
	d.wants("Git remote")
}

func TestReviewScroll(t *testing.T) {
	setup := testSetup(t)
	d := drive(t, setup, 60, 14).press(toReview...).press("2")
	first := d.view()
	d.press("end")
	if last := d.view(); last == first || !strings.Contains(last, "cryptroot") {
		t.Errorf("the end:\n%s", last)
	}
	end := d.wizard.review.scroll
	d.press("down", "down", "pgdown")
	if d.wizard.review.scroll != end {
		t.Errorf("scrolled beyond the end: %v, %v", end, d.wizard.review.scroll)
	}
	d.press("tab", "left", "home") // each section has its own
	if d.view() != first {
		t.Errorf("the beginning:\n%s", d.view())
	}
}

func TestDiff(t *testing.T) {
	files := []steps.File{{Path: "new", Content: "a\n"}, {Path: "same", Content: "s\n"}, {Path: "changed", Content: "1\n2\n"}, {Path: "empty"}, {Path: "no-end", Content: "x"}}
	present := map[string]string{"same": "s\n", "changed": "1\n3\n", "gone": "?"}
	want := `--- /dev/null
+++ b/new
@@ -0,0 +1 @@
+a
--- a/changed
+++ b/changed
@@ -1,2 +1,2 @@
 1
-3
+2
--- /dev/null
+++ b/empty
--- /dev/null
+++ b/no-end
@@ -0,0 +1 @@
+x
\ No newline at end of file`
	if got := strings.Join(diffFiles(files, present), "\n"); got != want {
		t.Errorf("the diff:\n%s", got)
	}
	if added, changed, removed := countFiles(files, present); added != 3 || changed != 1 || removed != 0 {
		t.Errorf("%d new, %d changed", added, changed)
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[uint64]string{
		0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 512 << 20: "512 MiB", 1 << 30: "1 GiB",
		1000204886016: "932 GiB", 2 << 40: "2 TiB", 1<<64 - 1: "16384 PiB",
	} {
		if got := size(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
}

// TestBar: a bar is as wide as it has to be, and every region is seen in it
// where there is room for all.
func TestBar(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := make([]steps.Region, rapid.IntRange(1, 130).Draw(rt, "regions"))
		var total uint64
		for i := range list {
			list[i].Size = rapid.Uint64Range(0, 1<<44).Draw(rt, "size")
			list[i].Fate = rapid.SampledFrom([]steps.Fate{steps.FateKeep, steps.FateFree, steps.FateDelete}).Draw(rt, "fate")
			total += list[i].Size
		}
		if rapid.Bool().Draw(rt, "wrong total") {
			total = rapid.Uint64().Draw(rt, "total")
		}
		c := canvas{width: rapid.IntRange(2, 140).Draw(rt, "width"), theme: NewTheme(true), glyphs: ASCIIGlyphs()}
		line := ansi.Strip(bar(c, list, total))
		if wide := ansi.StringWidth(line); wide > c.width {
			rt.Fatalf("%d columns of %d: %s", wide, c.width, line)
		}
		if total > 0 && 2*len(list) < min(c.width, 60) && strings.Count(line, "|") != len(list)+1 {
			rt.Fatalf("%d regions in %s", len(list), line)
		}
	})
}

func TestCommandLine(t *testing.T) {
	got := commandLine(steps.Command{Argv: []string{"git", "commit", "-m", "it's $HOME", "", "a;b", "--x=y"}})
	if want := `git commit -m 'it'\''s $HOME' '' 'a;b' --x=y`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestForeignNamesInPlan: what disks and files are called can hold anything.
func TestForeignNamesInPlan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := func(label string) string { return rapid.String().Draw(rt, label) + "\x1b[2J" }
		plan := fixture.Plan()
		plan.Disks[0].Disk.Model, plan.Disks[0].Confirm, plan.Disks[0].Before[0].Label = name("model"), name("confirm"), name("label")
		plan.Actions[0].Title = name("title")
		plan.Actions[1].Erases[0].Disk = plan.Disks[0].Disk
		plan.Files[0].Content, plan.Files[0].Path = name("content"), name("path")
		plan.Warn(steps.Problem{Text: name("warning"), Hint: name("hint")})
		setup := testSetup(t)
		w := NewWizard(setup)
		w.stage, w.plan, w.review = stageReview, plan, newReview(plan, w.setup)
		w.width, w.height = rapid.IntRange(36, 100).Draw(rt, "width"), rapid.IntRange(12, 50).Draw(rt, "height")
		for at := range sections {
			w.review.section = at
			fits(rt, w)
			for _, line := range strings.Split(w.View(), "\n") {
				if strings.Contains(line, "\x1b[2J") {
					rt.Fatalf("an escape sequence came through: %q", line)
				}
			}
		}
		w.review.asking, w.review.typed = true, newText("")
		fits(rt, w)
	})
}

func TestProgressAddsUnknownActions(t *testing.T) {
	p := newProgress(steps.Plan{})
	for _, event := range events(fixture.Plan()) {
		p = p.take(event)
	}
	if len(p.actions) != 3 || p.count() != 2 || p.states[2] != stateRunning {
		t.Errorf("%d actions, %d done, %v", len(p.actions), p.count(), p.states)
	}
	if strings.Contains(p.now, "\x1b") {
		t.Errorf("the line %q", p.now)
	}
	for i := range 2 * logLines {
		p = p.note(fmt.Sprint(i))
	}
	if len(p.log) != logLines || p.log[logLines-1] != fmt.Sprint(2*logLines-1) {
		t.Errorf("%d lines are kept, to %s", len(p.log), p.log[len(p.log)-1])
	}
}

func TestTerminals(t *testing.T) {
	for _, test := range []struct {
		term, locale string
		ascii        bool
		want         Glyphs
	}{
		{"linux", "", false, ConsoleGlyphs()},
		{"linux", "de_DE.UTF-8", false, ConsoleGlyphs()},
		{"xterm-256color", "de_DE.UTF-8", false, UnicodeGlyphs()},
		{"xterm-256color", "C.utf8", false, UnicodeGlyphs()},
		{"xterm-256color", "C", false, ASCIIGlyphs()},
		{"xterm-256color", "de_DE.UTF-8", true, ASCIIGlyphs()},
		{"vt220", "de_DE.UTF-8", false, ASCIIGlyphs()},
		{"dumb", "de_DE.UTF-8", false, ASCIIGlyphs()},
	} {
		if got := GlyphsFor(test.term, test.locale, test.ascii); got != test.want {
			t.Errorf("%s, %s, %v: %+v", test.term, test.locale, test.ascii, got)
		}
	}
	environment := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	if !OptionsFrom(environment("TERM", "linux"), false, false).Colour {
		t.Error("no colour on the console")
	}
	if OptionsFrom(environment("TERM", "linux", "NO_COLOR", "1"), false, false).Colour {
		t.Error("colour against NO_COLOR")
	}
	if options := OptionsFrom(environment("TERM", "vt220"), false, false); options.Remote == "" || !options.Slow {
		t.Error("a serial line is not recognised")
	}
	if OptionsFrom(environment("TERM", "xterm", "SSH_TTY", "/dev/pts/1"), false, false).Remote != "ssh" {
		t.Error("ssh is not recognised")
	}
}

// TestStrictGlyphs holds the console's set to what its fonts have.
func TestStrictGlyphs(t *testing.T) {
	const common = "─│┌┐└┘├┤┬┴┼█░•·"
	for _, r := range fmt.Sprint(ConsoleGlyphs()) {
		if r > 126 && !strings.ContainsRune(common, r) {
			t.Errorf("%q is in no common set of the console's fonts", r)
		}
	}
}

// TestNoColour: without colours the frame says the same, and nothing of it
// is a colour.
func TestNoColour(t *testing.T) {
	for _, page := range pages {
		setup := testSetup(t)
		plain := drive(t, setup, 80, 24).press(page.keys...).wizard.View()
		setup.Secrets, setup.Options = &steps.Secrets{}, Options{Glyphs: ASCIIGlyphs(), Colour: true}
		coloured := drive(t, setup, 80, 24).press(page.keys...).wizard.View()
		if ansi.Strip(plain) != ansi.Strip(coloured) {
			t.Errorf("%s differs without colours", page.name)
		}
		for _, colour := range []string{"[3", ";3", "[9", ";9", "[4", ";4"} {
			if at := strings.Index(plain, "\x1b"+colour); strings.HasPrefix(colour, "[") && at >= 0 {
				t.Errorf("%s has a colour: %q", page.name, plain[at:at+8])
			}
		}
	}
}

// A file that goes is shown with all that was in it.
func TestDiffOfRemovedFile(t *testing.T) {
	files := []steps.File{{Path: "modules/old.nix", Removed: true}, {Path: "kept", Content: "same\n"}}
	present := map[string]string{"modules/old.nix": "old\n", "kept": "same\n"}
	want := []string{"--- a/modules/old.nix", "+++ /dev/null", "@@ -1 +0,0 @@", "-old"}
	if got := diffFiles(files, present); !slices.Equal(got, want) {
		t.Errorf("the diff is %q", got)
	}
	if got := fileCounts(files, present); got != "0 new, 0 changed, 1 removed, 1 as they are" {
		t.Errorf("counted: %s", got)
	}
}
