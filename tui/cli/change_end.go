package cli

import (
	"errors"
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// changed is the last page of a change: what is different now, and the way
// back.
func (c *changing) changed(plan steps.Plan, chosen steps.Answers) []string {
	merge := c.merged.merge
	folder := run.Quote(merge.Folder)
	var lines []string
	told := strings.Join(flow.Difference(c.flake.Answers, chosen), ", ")
	switch {
	case !merge.Needed && len(merge.Unsealed) > 0:
		lines = append(lines, "The flake of "+c.flake.Host+" is as it was chosen.")
	case !merge.Needed:
		lines = append(lines, "The flake of "+c.flake.Host+" is as it was chosen: no commit was made.")
	case told == "":
		lines = append(lines, fmt.Sprintf("The flake of %s was rendered anew: %d files, committed to %s.", c.flake.Host, len(merge.Files), merge.Branch))
	default:
		lines = append(lines, fmt.Sprintf("%s: %s. %d files, committed to %s.", c.flake.Host, told, len(merge.Files), merge.Branch))
	}
	if len(merge.Unsealed) > 0 {
		lines = append(lines, "The keys of "+strings.Join(merge.Unsealed, ", ")+" are in "+merge.Secrets+", which has a commit of its own.")
	}
	built, switched := false, false
	for _, action := range plan.Actions {
		built = built || action.ID == "system/build"
		switched = switched || action.ID == "system/switch"
	}
	switch {
	case switched:
		lines = append(lines, "This machine runs the new system, and starts with it.")
	case built:
		lines = append(lines, "The system was built and not switched to: "+c.idle+".", c.byHand())
	case chosen.Host.NixOS():
		lines = append(lines, "The system was not built.", c.byHand())
	}
	if !merge.Needed && !switched {
		return lines
	}
	lines = append(lines, "", "The way back:")
	if switched {
		lines = append(lines, "  nixos-rebuild switch --rollback")
	}
	if merge.Needed {
		revert := "revert"
		if merge.Head != merge.Rendered || len(c.merged.stages) > 1 {
			revert = "revert --mainline 1"
		}
		commit := merge.Branch
		if len(merge.Unsealed) > 0 { // the last commit is that of the secrets, which may stay
			commit = run.Quote(commit + "~1")
		}
		lines = append(lines, "  git -C "+folder+" "+revert+" "+commit)
	}
	return lines
}

// byHand is how a person switches to what was committed.
func (c *changing) byHand() string {
	where := c.flake.Repository.Folder
	return "On " + c.flake.Host + ": sudo nixos-rebuild switch --flake " + run.Quote(where+"#"+c.flake.Host)
}

func (c *changing) conflicting() string {
	var names []string
	for _, conflict := range c.merged.merge.Conflicts {
		names = append(names, conflict.Path)
	}
	return strings.Join(names, ", ")
}

// meets is the end of a change whose merge is left to the operator.
func (c *changing) meets() error {
	return &exit{
		status: exitApply, err: errors.New("the change and your edits meet: " + c.conflicting()),
		hint: "merge them yourself: git -C " + run.Quote(c.merged.merge.Folder) + " merge mnemonix/rendered; then: mnemonix change",
	}
}

// left says what is the operator's to do.
func (c *changing) left() []string {
	merge := c.merged.merge
	folder := run.Quote(merge.Folder)
	lines := []string{"The new rendering is on mnemonix/rendered. Your files and " + merge.Branch + " are as they were, because these meet:", ""}
	for _, conflict := range merge.Conflicts {
		lines = append(lines, "  "+conflict.Text)
	}
	return append(lines, "", "Merge it yourself, then build and switch:",
		"  git -C "+folder+" merge mnemonix/rendered",
		"  (edit the files that git names)",
		"  git -C "+folder+" commit --all",
		"  sudo mnemonix change --flake "+folder)
}
