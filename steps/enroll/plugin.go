package enroll

import (
	"bytes"
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
	if e.Answers.TPM.Keys || e.Program == "" {
		return nil
	}
	program, err := e.Runner.ReadFile(e.Program)
	if err != nil {
		return fmt.Errorf("read mnemonix itself: %w", err)
	}
	name := PluginFile(places)
	if present, err := e.Runner.ReadFile(name); err == nil && bytes.Equal(present, program) {
		return nil
	}
	if err := e.Runner.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", path.Dir(name), err)
	}
	return e.Runner.WriteFile(name, program, 0o755)
}

// PluginFile is where a machine without a TPM finds the plugin.
func PluginFile(places map[tpmenroll.Slot]Place) string {
	return path.Join(path.Dir(places[tpmenroll.HostAge].Private), "bin", "age-plugin-"+format.PluginSoftware)
}
