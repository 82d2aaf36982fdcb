package locale

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Plan warns of a keyboard that differs between the console and the desktop:
// a passphrase that is typed on one of them then fails on the other.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	chosen := in.Answers.Locale
	first, _, _ := strings.Cut(chosen.XkbLayout, ",")
	if known := layoutOf(chosen.Keymap); known != "" && first != "" && known != first {
		plan.Warn(steps.Problem{
			Key:  "locale.xkbLayout",
			Text: "the console has the keymap " + chosen.Keymap + " and the desktop the layout " + chosen.XkbLayout + ", which are different keyboards",
			Hint: "the passphrase of the disk is typed in the keymap of the console",
		})
	}
}
