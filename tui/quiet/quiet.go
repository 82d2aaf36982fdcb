// Package quiet keeps the program silent until it has something to say.
//
// bubbletea v1 asks the terminal for its background colour in an init of its
// own (tea_init.go) and waits up to five seconds for the answer. Serial
// lines, expect and test drivers never answer, so every command, even
// "version", would begin with that wait.
//
// The cure is to tell lipgloss the answer before bubbletea asks. Its rules:
//
//   - It imports lipgloss and nothing else: Go initialises packages in the
//     order of their import paths as soon as their imports are ready
//     (language specification, "Package initialization", since Go 1.21), so
//     this init runs before bubbletea's only while
//     codeberg.org/mnemonix/... sorts before
//     github.com/charmbracelet/bubbletea and nothing delays it.
//   - It says "dark" without looking. No style of mnemonix depends on it: the
//     colours are the terminal's own sixteen.
package quiet

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
