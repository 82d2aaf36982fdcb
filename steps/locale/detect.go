package locale

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Detect reads what the running system uses, for the proposals.
func (Step) Detect(ctx context.Context, runner run.Runner) steps.Finding {
	return probe.Together(ctx, probe.Probe{Name: "locale", Look: func(context.Context) (steps.Finding, error) {
		found := look(runner)
		if found == (steps.Locale{}) {
			return nil, errors.New("the running system says nothing of its time, language and keyboard")
		}
		return func(facts *steps.Facts) { facts.Locale = found }, nil
	}})
}

func look(reader run.Reader) steps.Locale {
	language := probe.Pairs(probe.Text(reader, "/etc/locale.conf"))["LANG"]
	if language == "" {
		language = probe.Pairs(probe.Text(reader, "/etc/default/locale"))["LANG"]
	}
	console := probe.Pairs(probe.Text(reader, "/etc/vconsole.conf"))
	found := steps.Locale{
		Timezone:  timezone(reader),
		Language:  spelled(language),
		Keymap:    keymapName(console["KEYMAP"]),
		XkbLayout: console["XKBLAYOUT"],
	}
	if found.XkbLayout == "" {
		found.XkbLayout = xorgLayout(probe.Text(reader, "/etc/X11/xorg.conf.d/00-keyboard.conf"))
	}
	if found.XkbLayout == "" {
		found.XkbLayout = probe.Pairs(probe.Text(reader, "/etc/default/keyboard"))["XKBLAYOUT"] // Debian
	}
	if found.XkbLayout == "" {
		found.XkbLayout = layoutOf(found.Keymap)
	}
	if found.Keymap == "" {
		found.Keymap = keymapOf(found.XkbLayout)
	}
	return found
}

// timezone is where the link /etc/localtime leads to below a folder zoneinfo.
func timezone(reader run.Reader) string {
	target, err := reader.ReadLink("/etc/localtime")
	if _, name, found := strings.Cut(target, "zoneinfo/"); err == nil && found {
		return name
	}
	return probe.Text(reader, "/etc/timezone")
}

// spelled writes a locale as glibc lists it: de_DE.utf8 is de_DE.UTF-8.
func spelled(language string) string {
	name, codeset, found := strings.Cut(language, ".")
	if !found || !strings.EqualFold(strings.ReplaceAll(codeset, "-", ""), "utf8") {
		return ""
	}
	return name + ".UTF-8"
}

// keymapName is a keymap's name without folder and ending: NixOS writes the
// path of a keymap that it made.
func keymapName(name string) string {
	if strings.Contains(name, "/") {
		return ""
	}
	for _, ending := range []string{".gz", ".map", ".kmap"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

var xkbLayout = regexp.MustCompile(`(?m)^\s*Option\s+"XkbLayout"\s+"([^"]+)"`)

// xorgLayout reads the layout from the file that localectl writes for X.
func xorgLayout(text string) string {
	match := xkbLayout.FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	return match[1]
}
