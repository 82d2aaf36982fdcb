package flow

import (
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// inOrder moves the making of keys and secrets behind the writing of the
// flake: they go into its folder, sops reads its rules there, and what git
// does not track when it commits NixOS does not see. The order of the list is
// another, because the keys are asked about first.
func inOrder(actions []steps.Action) []steps.Action {
	var keys, rest []steps.Action
	for _, action := range actions {
		if strings.HasPrefix(action.ID, "enroll/") {
			keys = append(keys, action)
		} else {
			rest = append(rest, action)
		}
	}
	written := slices.IndexFunc(rest, func(action steps.Action) bool { return action.ID == "flake/write" })
	if written < 0 {
		return actions
	}
	return slices.Insert(rest, written+1, keys...)
}
