// Package words is the step of the 24 words: they are made here and written
// on paper, or typed by somebody who has them.
//
// Its rules: the words are a secret and go to no file, no plan and no log.
// This step only says that they are asked; the page that shows and rehearses
// them belongs to the skin, what they mean belongs to the package tpm.
package words

import "codeberg.org/mnemonix/mnemonix/steps"

// Step asks for the words.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "words" }

// Title heads the page.
func (Step) Title() string { return "Words" }
