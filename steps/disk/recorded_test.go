package disk_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// Every layout on every disk of every recorded machine either plans or gives
// a reason why not, and asks its questions.
func TestRecordedMachines(t *testing.T) {
	files, err := filepath.Glob("../../tests/machines/*.facts.json.golden")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d recorded machines: %v", len(files), err)
	}
	planned := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var facts steps.Facts
		if err := json.Unmarshal(text, &facts); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, layout := range layouts {
			for i, one := range facts.Disks {
				answers := answersOf(layout)
				answers.Disk.Swap = steps.Swap{Kind: "zram"}
				for j, role := range []string{"system", "mirror"} {
					answers.Disk.Disks = append(answers.Disk.Disks, steps.DiskChoice{
						Role: role, Match: steps.Match{ID: facts.Disks[(i+j)%len(facts.Disks)].ID, Serial: one.Serial},
					})
				}
				plan := planOf(facts, answers)
				if len(plan.Disks) == 0 && len(plan.Blockers) == 0 {
					t.Errorf("%s: %s on %s: neither a plan nor a reason", file, layout, one.Name)
				}
				if len(plan.Blockers) == 0 {
					planned++
				}
				for _, blocker := range plan.Blockers {
					if strings.TrimSpace(blocker.Text) == "" {
						t.Errorf("%s: %s on %s: a reason without words", file, layout, one.Name)
					}
				}
			}
			if questions := (disk.Step{}).Ask(facts, answersOf(layout)); len(questions) == 0 {
				t.Errorf("%s: %s asks nothing", file, layout)
			}
		}
	}
	if planned < 20 {
		t.Errorf("only %d plans came about", planned)
	}
	t.Logf("%d plans", planned)
}
