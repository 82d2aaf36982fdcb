package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/hinshun/vt10x"
)

func TestDraw(t *testing.T) {
	got := string(draw(screen([]byte("\x1b[1;32mgreen\x1b[0m & <plain>\n\x1b[7mreverse\x1b[0m\n"), 20, 2)))
	for _, want := range []string{
		`font-weight="bold">green</text>`,
		` &amp; &lt;plain&gt;`,
		`fill="#aaaaaa"/>`, // the background of what is reversed
		`>reverse</text>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in\n%s", want, got)
		}
	}
	decoder := xml.NewDecoder(strings.NewReader(got))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, got)
		}
	}
}

func TestColor(t *testing.T) {
	for number, want := range map[vt10x.Color]string{1: "#aa0000", 16: "#000000", 231: "#ffffff", 196: "#ff0000", 232: "#080808", 255: "#eeeeee", 0x123456: "#123456"} {
		if got := color(number, "none"); got != want {
			t.Errorf("colour %d is %s, want %s", number, got, want)
		}
	}
}
