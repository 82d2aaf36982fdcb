package words

import "codeberg.org/mnemonix/mnemonix/steps"

// Ask asks for the 24 words and for the passphrase that may stand beside
// them. Without words a flake can still be written; it has no keys then.
func (Step) Ask(steps.Facts, steps.Answers) []steps.Question {
	return []steps.Question{
		{
			Key: "words", Kind: steps.KindWords, Title: "Your 24 words",
			Help: "All keys of this machine, and yours, come from these words. Paper is the only copy: with it, any machine can be rebuilt; without it, nothing can.",
		},
		{
			Key: "wordsPassphrase", Kind: steps.KindSecret, Title: "A passphrase beside the words", Optional: true,
			Help: "Optional. It gives other keys from the same words, so that the paper alone is not enough. Forgotten, it is as lost as the words. Leave it empty if in doubt.",
		},
	}
}
