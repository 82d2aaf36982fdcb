// Command bareform is the least that bubbletea and huh can do: one question
// on the screen. It is what the wizard's first frame, memory and size are
// measured beside.
package main

import (
	"fmt"
	"os"

	_ "codeberg.org/mnemonix/mnemonix/tui/quiet" // both are measured without the wait for an answer

	"github.com/charmbracelet/huh"
)

func main() {
	var name string
	form := huh.NewForm(huh.NewGroup(huh.NewInput().Title("Host name").Value(&name)))
	if err := form.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
