package wintv

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// faultsOf reads scripts with a grammar of PowerShell and gives back where they are none. PowerShell itself cannot
// be had everywhere; tests/wintv.nix of the flake asks it.
func faultsOf(t *testing.T, files ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), program(t, "powershell-parse"), files...).CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatal(err)
	}
	if (err == nil) != (len(output) == 0) {
		t.Fatalf("powershell-parse: %v\n%s", err, output)
	}
	return string(output)
}

func TestScriptsAreScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "assets", "flake", "lib", "wintv", "*.ps1"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%q, %v", files, err)
	}
	if faults := faultsOf(t, files...); faults != "" {
		t.Error(faults)
	}
}

// The test above can fail: each of these is one stroke away from a script.
func TestWhatIsNoScriptIsSeen(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a brace":       "function f {\n  if ($x) { 1 }\n",
		"a parenthesis": "function f {\n  if ($x { 1 }\n}\n",
		"a quote":       "Write-Output 'open\n",
		"a bracket":     "$x = @(1, 2\n",
		"a param":       "param([string $x)\n",
		"a loop":        "foreach ($x $list) { $x }\n",
	} {
		file := filepath.Join(t.TempDir(), "script.ps1")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if faults := faultsOf(t, file); !strings.HasPrefix(faults, file+":") {
			t.Errorf("without %s: %q", name, faults)
		}
	}
}

// Functions of a module do not see the -WhatIf of a script: they look for it where the module was made. So the
// steps are no module, and nothing in the scripts says what to do with -WhatIf but the script itself.
func TestWhatIfReachesTheSteps(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "assets", "flake", "lib", "wintv")
	if modules, _ := filepath.Glob(filepath.Join(folder, "*.psm1")); len(modules) > 0 {
		t.Errorf("%q: functions of a module do not see -WhatIf", modules)
	}
	for _, name := range []string{"deploy.ps1", "uninstall.ps1"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if regexp.MustCompile(`(?i)Import-Module|\bipmo\b`).MatchString(text) || !strings.Contains(text, "\n. (Join-Path $PSScriptRoot 'steps.ps1')\n") {
			t.Errorf("%s does not read the steps into itself", name)
		}
		if strings.Contains(text, "$WhatIfPreference =") || strings.Contains(text, "-WhatIf:") {
			t.Errorf("%s changes what -WhatIf means on the way", name)
		}
		if !strings.Contains(text, "[CmdletBinding(SupportsShouldProcess") {
			t.Errorf("%s does not take -WhatIf", name)
		}
	}
}
