package wintv

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What changes the machine. A new command that does belongs here.
var changing = regexp.MustCompile(
	`(?m)^\s*(?:[^#\n]*[^#\n'"\w-])?(New-Item|Copy-Item|Move-Item|Remove-Item|Set-Content|Add-Content|Out-File|Rename-Computer|` +
		`Register-ScheduledTask|Unregister-ScheduledTask|Remove-NetFirewallRule|Set-ItemProperty|Invoke-Program|` +
		`Invoke-WebRequest|Restart-Computer|Stop-Process|\[IO\.File\]::Write\w+)`)

// TestScriptsAskBeforeTheyChange reads the scripts as text: PowerShell itself cannot be had everywhere. It
// holds them to the habits that make -WhatIf and a second run harmless.
func TestScriptsAskBeforeTheyChange(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"deploy.ps1", "uninstall.ps1", "steps.ps1"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "assets", "flake", "lib", "wintv", name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for i, c := range data {
			if c > 126 {
				t.Fatalf("%s: byte %d is not ASCII, and PowerShell 5 would read it in its old code page", name, i)
			}
		}
		if !strings.Contains(text, "Set-StrictMode -Version Latest") || !strings.Contains(text, "$ErrorActionPreference = 'Stop'") {
			t.Errorf("%s goes on after an error", name)
		}
		if strings.Contains(text, "Invoke-Expression") || regexp.MustCompile(`(?i)\biex\b`).MatchString(text) {
			t.Errorf("%s runs text as a program", name)
		}
		balanced(t, name, text)

		for function, body := range functions(text) {
			for _, found := range changing.FindAllStringSubmatchIndex(body, -1) {
				command := body[found[2]:found[3]]
				if function == "Invoke-Program" || strings.HasPrefix(function, "New-Random") {
					continue
				}
				if !strings.Contains(body[:found[2]], "ShouldProcess(") {
					t.Errorf("%s: %s calls %s without asking ShouldProcess before", name, function, command)
				}
				if function != "the script" && !strings.Contains(body, "SupportsShouldProcess") {
					t.Errorf("%s: %s does not take -WhatIf", name, function)
				}
			}
		}
	}
}

// functions splits a script: each function by its name, and what is outside of all of them.
func functions(text string) map[string]string {
	found := map[string]string{}
	outside := text
	for _, at := range regexp.MustCompile(`(?ms)^function ([\w-]+) \{.*?\n\}`).FindAllStringSubmatchIndex(text, -1) {
		found[text[at[2]:at[3]]] = text[at[0]:at[1]]
		outside = strings.Replace(outside, text[at[0]:at[1]], "", 1)
	}
	found["the script"] = outside
	return found
}

// balanced finds a bracket that is not closed, outside of strings and comments.
func balanced(t *testing.T, name, text string) {
	t.Helper()
	text = regexp.MustCompile(`(?s)<#.*?#>`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`'[^'\n]*'`).ReplaceAllString(text, "''")
	text = regexp.MustCompile(`"[^"\n]*"`).ReplaceAllString(text, `""`)
	text = regexp.MustCompile(`(?m)#.*$`).ReplaceAllString(text, "")
	closing := map[rune]rune{')': '(', ']': '[', '}': '{'}
	var open []rune
	line := 1
	for _, c := range text {
		switch c {
		case '\n':
			line++
		case '(', '[', '{':
			open = append(open, c)
		case ')', ']', '}':
			if len(open) == 0 || open[len(open)-1] != closing[c] {
				t.Errorf("%s: %c in line %d or thereabouts closes nothing", name, c, line)
				return
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) != 0 {
		t.Errorf("%s: %d brackets are never closed", name, len(open))
	}
}

func TestThePatternSeesChanges(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"    New-Item -ItemType Directory":         true,
		"    $rule | Remove-NetFirewallRule":       true,
		"if ($x) { Copy-Item a b }":                true,
		"    [IO.File]::WriteAllText($path, $x)":   true,
		"    # New-Item would make it":             false,
		"    New-WintvFolder -Path $folder":        false,
		"    Write-Output 'Remove-Item is gone'":   false,
		"    $action = New-ScheduledTaskAction -x": false,
	} {
		if got := changing.MatchString(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
