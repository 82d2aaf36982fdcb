package flake

import "codeberg.org/mnemonix/mnemonix/steps"

// Ask asks where the flake is kept besides this machine.
func (Step) Ask(_ steps.Facts, answers steps.Answers) []steps.Question {
	questions := []steps.Question{{
		Key: "repository.remote", Kind: steps.KindText, Title: "Git remote of the flake", Optional: true,
		Help:  "Where the configuration is kept besides this machine: git@git.example.org:alice/machines.git. Without one, a lost disk loses it.",
		Value: []string{answers.Repository.Remote},
	}}
	if answers.Repository.Remote != "" {
		branch := answers.Repository.Branch
		if branch == "" {
			branch = "main"
		}
		questions = append(questions, steps.Question{
			Key: "repository.branch", Kind: steps.KindText, Title: "Branch", Value: []string{branch},
		})
	}
	return questions
}
