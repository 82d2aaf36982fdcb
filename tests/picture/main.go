// Command picture draws a screen, for the eyes and for the README:
//
//	tmux capture-pane -p -e -N | go run ./tests/picture 80x24 screen.svg
//	go run ./tests/picture 80x24 screen.png <pane
//
// Standard input is what capture-pane -e prints, or any output of a program.
// A PNG needs rsvg-convert (Debian: librsvg2-bin and fonts-dejavu-core).
package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/hinshun/vt10x"
)

// The size of one cell in pixels, for DejaVu Sans Mono of 14 pixels.
const (
	cellWidth  = 8.43
	cellHeight = 17
	baseline   = 13
)

// What vt10x sets in Glyph.Mode, which it does not export.
const (
	modeUnderline = 1 << 1
	modeBold      = 1 << 2
)

// palette holds the sixteen colours as the Linux console has them.
var palette = [16]string{
	"#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa",
	"#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff",
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var columns, rows int
	if len(args) != 2 {
		return fmt.Errorf("usage: picture COLUMNSxROWS FILE.svg|FILE.png <screen")
	}
	if _, err := fmt.Sscanf(args[0], "%dx%d", &columns, &rows); err != nil || columns < 1 || rows < 1 {
		return fmt.Errorf("%q is no size such as 80x24", args[0])
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	drawing := draw(screen(input, columns, rows))
	if !strings.HasSuffix(args[1], ".png") {
		return os.WriteFile(args[1], drawing, 0o644)
	}
	convert := exec.Command("rsvg-convert", "--output", args[1])
	convert.Stdin = bytes.NewReader(drawing)
	if output, err := convert.CombinedOutput(); err != nil {
		return fmt.Errorf("convert to PNG: %w: %s", err, output)
	}
	return nil
}

// screen replays what a program or capture-pane wrote.
func screen(input []byte, columns, rows int) vt10x.View {
	terminal := vt10x.New(vt10x.WithSize(columns, rows))
	// The line feed that ends the last line would scroll the first one away.
	input = bytes.TrimSuffix(input, []byte("\n"))
	input = bytes.ReplaceAll(input, []byte("\r\n"), []byte("\n"))
	_, _ = terminal.Write(bytes.ReplaceAll(input, []byte("\n"), []byte("\r\n")))
	return terminal
}

// draw returns the screen as SVG: one rectangle for each run of a background,
// one text for each run of a foreground.
func draw(view vt10x.View) []byte {
	columns, rows := view.Size()
	var out bytes.Buffer
	width, height := float64(columns)*cellWidth, rows*cellHeight
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.2f %d" `+
		`font-family="'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">`+"\n", width, height, width, height)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="%s"/>`+"\n", palette[0])
	for y := range rows {
		for x := 0; x < columns; {
			cell := view.Cell(x, y)
			var text strings.Builder
			begin := x
			for ; x < columns; x++ {
				next := view.Cell(x, y)
				if next.FG != cell.FG || next.BG != cell.BG || next.Mode != cell.Mode {
					break
				}
				if next.Char == 0 {
					next.Char = ' '
				}
				text.WriteRune(next.Char)
			}
			drawRun(&out, cell, text.String(), begin, x-begin, y)
		}
	}
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// drawRun draws cells of one look that stand side by side.
func drawRun(out *bytes.Buffer, look vt10x.Glyph, text string, column, cells, row int) {
	left, top := float64(column)*cellWidth, row*cellHeight
	width := float64(cells) * cellWidth
	// vt10x has swapped the colours of reversed cells already.
	if back := color(look.BG, palette[0]); back != palette[0] {
		fmt.Fprintf(out, `<rect x="%.2f" y="%d" width="%.2f" height="%d" fill="%s"/>`+"\n", left, top, width, cellHeight, back)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	style := ""
	if look.Mode&modeBold != 0 {
		style += ` font-weight="bold"`
	}
	if look.Mode&modeUnderline != 0 {
		style += ` text-decoration="underline"`
	}
	fmt.Fprintf(out, `<text x="%.2f" y="%d" textLength="%.2f" fill="%s"%s>%s</text>`+"\n",
		left, top+baseline, width, color(look.FG, palette[7]), style, html.EscapeString(text))
}

// color names a colour of vt10x for SVG.
func color(c vt10x.Color, standard string) string {
	switch {
	case c == vt10x.DefaultFG:
		return palette[7]
	case c == vt10x.DefaultBG:
		return palette[0]
	case c < 16:
		return palette[c]
	case c < 232: // xterm's cube of 6x6x6
		level := func(n vt10x.Color) int {
			if n == 0 {
				return 0
			}
			return 55 + 40*int(n)
		}
		n := c - 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	case c < 256: // xterm's greys
		grey := 8 + 10*int(c-232)
		return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
	case c < 1<<24:
		return fmt.Sprintf("#%06x", uint32(c))
	default:
		return standard
	}
}
