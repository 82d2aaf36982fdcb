package locale

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones, wherever the tests run

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

func TestDetect(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		zone  string
		want  steps.Locale
	}{
		"NixOS": {
			map[string]string{"/etc/locale.conf": "LANG=de_DE.UTF-8\nLC_TIME=en_DK.UTF-8\n", "/etc/vconsole.conf": "KEYMAP=de-latin1\nFONT=\n"},
			"/etc/zoneinfo/Europe/Berlin",
			steps.Locale{Timezone: "Europe/Berlin", Language: "de_DE.UTF-8", Keymap: "de-latin1", XkbLayout: "de"},
		},
		"NixOS with a keymap of its own": {
			map[string]string{"/etc/vconsole.conf": "KEYMAP=/nix/store/x-xkb-console-keymap/share/keymap\n"}, "", steps.Locale{},
		},
		"Arch": {
			map[string]string{"/etc/vconsole.conf": "KEYMAP=uk\nXKBLAYOUT=gb\n"},
			"../usr/share/zoneinfo/America/Argentina/Buenos_Aires",
			steps.Locale{Timezone: "America/Argentina/Buenos_Aires", Keymap: "uk", XkbLayout: "gb"},
		},
		"Debian": {
			map[string]string{"/etc/default/locale": "LANG=\"fr_FR.utf8\"\n", "/etc/default/keyboard": "XKBLAYOUT=\"fr,us\"\n", "/etc/timezone": "Europe/Paris\n"},
			"",
			steps.Locale{Timezone: "Europe/Paris", Language: "fr_FR.UTF-8", Keymap: "fr", XkbLayout: "fr,us"},
		},
		"X": {
			map[string]string{"/etc/X11/xorg.conf.d/00-keyboard.conf": "Section \"InputClass\"\n    Option \"XkbLayout\" \"jp\"\nEndSection\n"},
			"",
			steps.Locale{Keymap: "jp106", XkbLayout: "jp"},
		},
		"a language that is no UTF-8": {map[string]string{"/etc/locale.conf": "LANG=de_DE.ISO-8859-1\n"}, "", steps.Locale{}},
		"nothing":                     {nil, "", steps.Locale{}},
	} {
		fake := run.NewFake()
		for file, content := range test.files {
			fake.Put(file, content)
		}
		if test.zone != "" {
			if err := fake.Symlink(test.zone, "/etc/localtime"); err != nil {
				t.Fatal(err)
			}
		}
		var facts steps.Facts
		Step{}.Detect(context.Background(), fake)(&facts)
		if diff := cmp.Diff(test.want, facts.Locale); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if (len(facts.Absent) == 1) != (test.want == steps.Locale{}) {
			t.Errorf("%s: absent: %v", name, facts.Absent)
		}
	}
}

// TestLists checks every row: a list is read by people, and its values go
// into a configuration as they are.
func TestLists(t *testing.T) {
	layouts := map[string]bool{}
	for _, row := range rows(layoutsText) {
		layouts[row[0]] = true
	}
	for name, list := range map[string]struct {
		text   string
		fields int
		value  *regexp.Regexp
		check  func(row []string) bool
	}{
		"keymaps":   {keymapsText, 3, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.+-]*$`), func(row []string) bool { return layouts[row[1]] }},
		"layouts":   {layoutsText, 2, regexp.MustCompile(`^[a-z]+$`), nil},
		"languages": {languagesText, 2, regexp.MustCompile(`^(C|[a-z]{2,3}_[A-Z]{2})\.UTF-8$`), nil},
		"timezones": {timezonesText, 2, regexp.MustCompile(`^[A-Z][A-Za-z0-9_+/-]*$`), func(row []string) bool {
			_, err := time.LoadLocation(row[0])
			return err == nil
		}},
	} {
		seen := map[string]bool{}
		for _, row := range rows(list.text) {
			if len(row) != list.fields || !list.value.MatchString(row[0]) || strings.TrimSpace(row[len(row)-1]) == "" {
				t.Errorf("%s: a row that cannot be: %q", name, row)
				continue
			}
			if seen[row[0]] {
				t.Errorf("%s: %s stands there twice", name, row[0])
			}
			seen[row[0]] = true
			if list.check != nil && !list.check(row) {
				t.Errorf("%s: what %q names does not exist", name, row)
			}
			for _, letter := range strings.Join(row, "") {
				if letter > '~' {
					t.Errorf("%s: %q does not show on every console", name, row)
					break
				}
			}
		}
		if len(seen) < 50 {
			t.Errorf("%s: only %d rows", name, len(seen))
		}
	}
}

func TestAskProposes(t *testing.T) {
	running := steps.Facts{Locale: steps.Locale{Timezone: "Asia/Tokyo", Language: "ja_JP.UTF-8", Keymap: "jp106", XkbLayout: "jp"}}
	for name, test := range map[string]struct {
		facts   steps.Facts
		answers steps.Locale
		want    []string // keymap, layout, language, time zone
	}{
		"nothing known":         {steps.Facts{}, steps.Locale{}, []string{"us", "us", "en_US.UTF-8", "UTC"}},
		"as the running system": {running, steps.Locale{}, []string{"jp106", "jp", "ja_JP.UTF-8", "Asia/Tokyo"}},
		"the layout follows":    {running, steps.Locale{Keymap: "uk"}, []string{"uk", "gb", "ja_JP.UTF-8", "Asia/Tokyo"}},
		"what was chosen stays": {running, steps.Locale{Keymap: "us", XkbLayout: "us,de", Language: "C.UTF-8", Timezone: "UTC"}, []string{"us", "us,de", "C.UTF-8", "UTC"}},
		"a keymap of one's own": {running, steps.Locale{Keymap: "dvorak-sv-a5"}, []string{"dvorak-sv-a5", "jp", "ja_JP.UTF-8", "Asia/Tokyo"}},
	} {
		questions := Step{}.Ask(test.facts, steps.Answers{Locale: test.answers})
		if len(questions) != 4 || questions[0].Key != "locale.keymap" {
			t.Fatalf("%s: the keyboard is not asked first: %+v", name, questions)
		}
		for i, question := range questions {
			if question.Value[0] != test.want[i] {
				t.Errorf("%s: %s proposes %q, want %q", name, question.Key, question.Value[0], test.want[i])
			}
			found := false
			for _, option := range question.Options {
				found = found || option.Value == question.Value[0]
			}
			if !found {
				t.Errorf("%s: %s proposes %q, which is no option", name, question.Key, question.Value[0])
			}
		}
	}
}

func TestWarning(t *testing.T) {
	for name, test := range map[string]struct {
		keymap, layout string
		warned         bool
	}{
		"same":            {"de-latin1", "de", false},
		"first of two":    {"de", "de,us", false},
		"different":       {"us", "de", true},
		"unknown keymap":  {"own", "de", false},
		"layout is empty": {"de", "", false},
	} {
		plan := steps.Plan{}
		Step{}.Plan(steps.Input{Answers: steps.Answers{Locale: steps.Locale{Keymap: test.keymap, XkbLayout: test.layout}}}, &plan)
		if (len(plan.Warnings) > 0) != test.warned {
			t.Errorf("%s: got %v", name, plan.Warnings)
		}
	}
}
