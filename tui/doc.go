// Package tui is the wizard: a thin skin over the questions of the steps, in
// full screen (bubbletea) and as plain lines.
//
// Its rules:
//
//   - It is the only package that knows of bubbletea, lipgloss, huh and
//     bubbles.
//   - Update is pure: no files, no processes, no clock, no globals. What
//     takes time or touches the machine is a function in Setup, and runs as
//     a command that returns a message.
//   - Size, theme, keys and glyphs come in by value.
//   - A page is drawn from the questions of one step. The step is asked again
//     after each answer; what was answered is never lost by going back.
//   - Nothing is drawn wider than the screen, and nothing depends on colour
//     alone: the frame without colours says the same.
//   - The colours are the sixteen of the terminal, the glyphs those that the
//     Linux console's own font has, and plain ASCII on request.
//   - A secret is never drawn, with the one exception of the 24 words, and
//     those are cleared from the screen when their page is left.
package tui
