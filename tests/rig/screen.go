package rig

import (
	"fmt"
	"strconv"
	"strings"
)

// Screen returns the text that is on tty1 now, line by line, as the kernel
// keeps it. The shell on the serial console reads it (Login).
func (r *Running) Screen() string {
	r.t.Helper()
	// Four bytes a character, and the number of columns.
	// Source: vcs(4); Documentation/admin-guide/devices.txt, /dev/vcsu*.
	output, status := r.Command("stty size -F /dev/tty1; iconv -f UTF-32LE -t UTF-8 /dev/vcsu1")
	var rows, columns int
	if _, err := fmt.Sscan(output, &rows, &columns); err != nil || status != 0 || columns == 0 {
		r.t.Fatalf("read tty1: %d: %s", status, output)
	}
	_, text, _ := strings.Cut(output, "\n")
	cells := []rune(text)
	var lines []string
	for len(cells) > 0 {
		n := min(columns, len(cells))
		lines = append(lines, strings.TrimRight(string(cells[:n]), " \x00"))
		cells = cells[n:]
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// WaitScreen waits until tty1 shows one of the texts, on one line, and returns
// which. Beside ASCII it knows the line that stands before what is asked now.
func (r *Running) WaitScreen(texts ...string) (which int) {
	r.t.Helper()
	// The waiting is done in the machine: every look from outside takes a
	// while. /dev/vcs1 has the glyphs of the kernel's font, code page 437.
	var shown strings.Builder
	for i, text := range texts {
		fmt.Fprintf(&shown, "LC_ALL=C grep -qaF -- $%s /dev/vcs1 && which=%d && break; ", strings.ReplaceAll(quote(text), "│", `\xb3`), i)
	}
	output, _ := r.Command(fmt.Sprintf("which=none; end=$((SECONDS + %.0f)); while ((SECONDS < end)); do %ssleep 0.2; done; echo $which",
		r.patience.Seconds(), shown.String()))
	which, err := strconv.Atoi(output)
	if err != nil {
		r.t.Fatalf("tty1 does not show %q:\n%s", texts, r.Screen())
	}
	return which
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// keyNames are QEMU's names for what a US keyboard types.
// Source: QEMU, qapi/ui.json, QKeyCode.
var keyNames = map[rune]string{
	' ': "spc", '-': "minus", '.': "dot", ',': "comma", '/': "slash", ';': "semicolon", '\'': "apostrophe",
	'=': "equal", '@': "shift-2", '_': "shift-minus", ':': "shift-semicolon", '\n': "ret",
}

// TypeKeys types a text on the machine's keyboard, no faster than the machine
// takes it: a keyboard keeps 16 bytes, and a key is two or more.
func (r *Running) TypeKeys(text string) {
	r.t.Helper()
	for i, letter := range text {
		if i%4 == 3 {
			r.Command(":")
		}
		name, known := keyNames[letter]
		switch {
		case known:
		case letter >= 'A' && letter <= 'Z':
			name = "shift-" + strings.ToLower(string(letter))
		case letter >= 'a' && letter <= 'z' || letter >= '0' && letter <= '9':
			name = string(letter)
		default:
			r.t.Fatalf("no key is known for %q", letter)
		}
		r.human("sendkey " + name + " 20")
	}
}
