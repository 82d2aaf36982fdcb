package enroll

import (
	"bytes"
	"errors"
	"fmt"

	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
)

// looked compares what an enrolment would write with what is there. Each key
// that is held in a TPM was loaded and used by now.
func (e Enrolment) looked(places map[tpmenroll.Slot]Place, result *tpmenroll.Result) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, file := range result.Files {
		place := places[file.Slot]
		names := []string{place.Private}
		if file.State != tpmenroll.Unchanged {
			fault("%s is not in %s", file.Slot, place.Private)
		}
		if place.Public != "" {
			names = append(names, place.Public)
			if !e.holds(place.Public, file.Public) {
				fault("the public half of %s is not in %s", file.Slot, place.Public)
			}
		}
		if place.Operator && e.AsRoot {
			if _, wrong := e.others(append(e.homeFolders(place), names...)); len(wrong) > 0 {
				fault("%s is not its operator's", wrong[0])
			}
		}
	}
	if program, needed, err := e.pluginProgram(); err != nil || needed && !e.holds(PluginFile(places), program) {
		faults = append(faults, err)
		fault("mnemonix is not in %s", PluginFile(places))
	}
	if text, err := result.Keys.Marshal(); err != nil || !e.holds(e.KeysFile(), text) {
		faults = append(faults, err)
		fault("%s does not record these keys", e.KeysFile())
	}
	return errors.Join(faults...)
}

// holds says whether a file has that content.
func (e Enrolment) holds(name string, content []byte) bool {
	present, err := e.Runner.ReadFile(name)
	return err == nil && bytes.Equal(present, content)
}
