package steps

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Step is one page of the conversation and one part of the plan. Every step
// lives in a folder of its own with the same three files: detect.go, ask.go
// and plan.go.
type Step interface {
	// Name is the folder's name: "disk".
	Name() string
	// Title heads the page: "Disk".
	Title() string
	// Detect reads what this step wants to know of the machine. It only
	// reads, runs beside the other steps' Detect, and returns what is to be
	// entered into the facts. A probe that finds nothing says so there.
	Detect(ctx context.Context, runner run.Runner) Finding
	// Ask returns the questions of the page, given the facts and what was
	// answered so far. It is pure, and is called again after each answer.
	Ask(facts Facts, answers Answers) []Question
	// Plan adds this step's files, actions, warnings and blockers. It is
	// pure: the same input gives the same plan.
	Plan(in Input, plan *Plan)
}

// Finding enters what a step detected into the facts.
type Finding func(facts *Facts)

// Nothing is the finding of a step that has nothing to detect.
func Nothing(*Facts) {}
