package enroll

import (
	"codeberg.org/mnemonix/mnemonix/steps"
)

// Secrets are the names of those that an enrolment uses.
func Secrets(answers steps.Answers) []string {
	secrets := []string{"words", "wordsPassphrase"}
	if answers.HoldsOperatorKeys() && (answers.WantsPIN() || !answers.TPM.Keys) {
		secrets = append(secrets, "pin")
	}
	return secrets
}

// Plan adds the enrolment, and the warnings that belong to keys.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	answers := in.Answers
	if answers.Host.Type == "windows" || answers.Host.Type == "home" {
		return // no TPM of ours, no NixOS host keys
	}
	if answers.TPM.Keys && !in.Facts.TPM.Usable {
		reason := in.Facts.TPM.Problem
		if reason == "" {
			reason = "no TPM 2.0 was found"
		}
		plan.Block(steps.Problem{
			Key: "tpm.keys", Text: "the keys are to live in the TPM, but " + reason,
			Hint: "switch it on in the firmware (Intel: PTT, AMD: fTPM), or answer tpm.keys: false to keep the keys in files",
		})
	}
	if !answers.TPM.Keys && answers.Boot.Unlock == "none" {
		plan.Warn(steps.Problem{
			Key:  "tpm.keys",
			Text: "this machine's keys will lie in plain files on a disk that is not encrypted: whoever takes the disk has them",
			Hint: "choose an encrypted layout, or keep secrets that matter off this machine",
		})
	}
	if answers.TPM.Keys && answers.HoldsOperatorKeys() && !answers.WantsPIN() {
		plan.Warn(steps.Problem{
			Key:  "tpm.pin",
			Text: "your own keys will have no PIN here: root on this machine can sign in anywhere and read the secrets of all your machines",
			Hint: "answer tpm.pin: true",
		})
	}
	secrets := Secrets(answers)
	title := "put the keys of " + answers.Host.Key() + " into the TPM"
	if !answers.TPM.Keys {
		title = "put the keys of " + answers.Host.Key() + " into files"
	}
	plan.Do(steps.Action{
		ID: "enroll/keys", Title: title, Kind: steps.ActionBuiltin, Name: "enroll", Folder: in.Target, Secrets: secrets,
	})
	recovery(in, plan)
	if in.Keys == nil {
		return // no words: neither .sops.yaml nor anything that needs a secret
	}
	if in.Joined != nil && in.Joined.KeepSecrets {
		plan.Do(steps.Action{
			ID: "enroll/secrets", Title: "see that the words open " + SecretsFile(answers) + ", which stays as it is",
			Kind: steps.ActionBuiltin, Name: "secrets-open", Folder: in.Folder, Secrets: []string{"words", "wordsPassphrase"},
		})
		return
	}
	secrets = []string{"words", "wordsPassphrase", "userPassword"}
	for _, network := range answers.Network.Wifi {
		secrets = append(secrets, "wifi."+network)
	}
	plan.Do(steps.Action{
		ID: "enroll/secrets", Title: "encrypt the secrets of " + answers.Host.Key() + " in " + SecretsFile(answers),
		Kind: steps.ActionBuiltin, Name: "secrets", Folder: in.Folder, Secrets: secrets,
	})
}
