package enroll

import (
	"fmt"
	"path"

	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// plugin puts mnemonix itself beside a machine's age identity that is no
// TPM's: the identity names a key of a curve for which age has none of its
// own, so sops-nix needs the plugin on the machine, by the plugin's name. The
// flake's module sops.nix looks for it there.
func (e Enrolment) plugin(places map[tpmenroll.Slot]Place) error {
	program, needed, err := e.pluginProgram()
	name := PluginFile(places)
	if err != nil || !needed || e.holds(name, program) {
		return err
	}
	if err := e.Runner.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", path.Dir(name), err)
	}
	return e.Runner.WriteFile(name, program, 0o755)
}

// pluginProgram is mnemonix itself, where the machine needs it.
func (e Enrolment) pluginProgram() (program []byte, needed bool, err error) {
	if e.Answers.TPM.Keys || e.Program == "" {
		return nil, false, nil
	}
	if program, err = e.Runner.ReadFile(e.Program); err != nil {
		return nil, true, fmt.Errorf("read mnemonix itself: %w", err)
	}
	return program, true, nil
}

// PluginFile is where a machine without a TPM finds the plugin.
func PluginFile(places map[tpmenroll.Slot]Place) string {
	return path.Join(path.Dir(places[tpmenroll.HostAge].Private), "bin", "age-plugin-"+format.PluginSoftware)
}
