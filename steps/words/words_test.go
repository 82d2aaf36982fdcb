package words_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/words"
)

// What the step asks for has a place among the secrets, and none elsewhere.
func TestEverythingAskedIsASecret(t *testing.T) {
	asked := (words.Step{}).Ask(steps.Facts{}, steps.Answers{})
	if len(asked) != 2 {
		t.Fatalf("asks %d questions, want the words and the passphrase beside them", len(asked))
	}
	for _, question := range asked {
		var secrets steps.Secrets
		if !secrets.Put(question.Key, nil) {
			t.Errorf("%s is no name of a secret", question.Key)
		}
		if question.Kind != steps.KindWords && question.Kind != steps.KindSecret {
			t.Errorf("%s is asked as %s, which is shown", question.Key, question.Kind)
		}
		if len(question.Value) > 0 {
			t.Errorf("%s comes with a value", question.Key)
		}
	}
	if !asked[1].Optional {
		t.Error("the passphrase is not optional")
	}
}

func TestPlanKnowsNothingOfWords(t *testing.T) {
	var before, plan steps.Plan
	words.Step{}.Plan(steps.Input{}, &plan)
	one, errOne := json.Marshal(before)
	other, errOther := json.Marshal(plan)
	if errOne != nil || errOther != nil || !bytes.Equal(one, other) {
		t.Errorf("the step adds to the plan: %s", other)
	}
}
