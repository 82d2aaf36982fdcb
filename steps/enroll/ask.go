package enroll

import (
	"strconv"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Ask asks whether the keys go into the TPM, whether the operator's are among
// them, and for the PIN where one is wanted.
func (Step) Ask(facts steps.Facts, answers steps.Answers) []steps.Question {
	questions := []steps.Question{{
		Key: "tpm.keys", Kind: steps.KindConfirm, Title: "Keep this machine's keys in its TPM?",
		Help:  "In the TPM a key can be used and not copied. Without, keys are files: whoever reads the disk while it is open has them.",
		Value: []string{strconv.FormatBool(answers.TPM.Keys)},
	}}
	if !facts.TPM.Usable {
		questions[0] = steps.Question{Kind: steps.KindReport, Title: "No usable TPM", Lines: withoutTPM(facts)}
	}
	if !answers.TPM.Keys {
		if answers.HoldsOperatorKeys() {
			questions = append(questions, steps.Question{
				Key: "pin", Kind: steps.KindSecret, Title: "The passphrase of your key files",
				Help: "It is all that protects a copy of these files: make it long.",
			})
		}
		return questions
	}
	questions = append(questions, steps.Question{
		Key: "tpm.operatorKeys", Kind: steps.KindConfirm, Title: "Put your own keys on this machine too?",
		Help:  "Yours sign in to every machine and open its secrets. On a desktop or laptop that you use yourself: yes. On a server: better not.",
		Value: []string{strconv.FormatBool(answers.HoldsOperatorKeys())},
	})
	if !answers.HoldsOperatorKeys() {
		return questions
	}
	questions = append(questions, steps.Question{
		Key: "tpm.pin", Kind: steps.KindConfirm, Title: "Protect your own keys with a PIN?",
		Help:  "Without a PIN, whoever is root on this machine can use them. The machine's own keys never have one: they work at boot.",
		Value: []string{strconv.FormatBool(answers.WantsPIN())},
	})
	if answers.WantsPIN() {
		questions = append(questions, steps.Question{
			Key: "pin", Kind: steps.KindSecret, Title: "The PIN of your keys",
			Help: "Up to 32 bytes, letters too. Several wrong ones in a row lock the TPM for a while.",
		})
	}
	return questions
}

func withoutTPM(facts steps.Facts) []string {
	reason := facts.TPM.Problem
	if reason == "" {
		reason = "this machine has no TPM 2.0 that can be used"
	}
	return []string{
		reason,
		"The machine's keys will be files of mode 0600: nothing can prompt at boot.",
		"Your own keys will be files that a passphrase protects.",
		"Is the TPM switched on in the firmware? (Intel: PTT, AMD: fTPM)",
	}
}
