package hardware

import (
	"codeberg.org/mnemonix/mnemonix/steps"
)

// Ask shows what was found; there is nothing to answer.
func (Step) Ask(facts steps.Facts, _ steps.Answers) []steps.Question {
	questions := []steps.Question{{Kind: steps.KindReport, Title: "This machine", Lines: Report(facts)}}
	var warnings []string
	for _, problem := range Warnings(facts) {
		warnings = append(warnings, problem.String())
	}
	if len(warnings) > 0 {
		questions = append(questions, steps.Question{Kind: steps.KindReport, Title: "Please note", Lines: warnings})
	}
	if advice := Advice(facts); len(advice) > 0 {
		questions = append(questions, steps.Question{Kind: steps.KindReport, Title: "What follows from it", Lines: advice})
	}
	return questions
}
