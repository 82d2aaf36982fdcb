package tui

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/creack/pty"
)

// BenchmarkFirstFrame measures, side by side in one run, how long it takes
// from exec until the first page is on a terminal: of a bare huh form, of the
// wizard with a made-up conversation, and of mnemonix itself; then until the
// first question, when the machine has been read. Each on a terminal that
// answers questions and on one that never does. The resident memory and the
// size of each program stand beside it. The least time is the one to compare
// on a machine that does other things too.
//
//	go test -run xxx -bench FirstFrame ./tui
func BenchmarkFirstFrame(b *testing.B) {
	folder := b.TempDir()
	for _, program := range []struct{ name, page, path, awaits string }{
		{"bareform", "frame", "./internal/bareform", "Host name"},
		{"wizard", "frame", "./internal/demo", programName},
		{"mnemonix", "frame", "..", programName},
		{"mnemonix", "question", "..", "Step 1 of"},
	} {
		file := filepath.Join(folder, program.name)
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, program.path)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			b.Fatalf("build %s: %v\n%s", program.name, err, out)
		}
		info, err := os.Stat(file)
		if err != nil {
			b.Fatal(err)
		}
		for _, answers := range []bool{true, false} {
			name := program.name + "/" + program.page + "/silent"
			if answers {
				name = program.name + "/" + program.page + "/answering"
			}
			b.Run(name, func(b *testing.B) {
				var resident float64
				least := time.Hour
				for range b.N {
					took, memory := firstFrame(b, file, program.awaits, answers)
					resident, least = max(resident, memory), min(least, took)
				}
				b.ReportMetric(float64(least.Microseconds())/1000, "ms-least")
				b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms-mean")
				b.ReportMetric(resident/1024, "MiB-RSS")
				b.ReportMetric(float64(info.Size())/(1<<20), "MiB-binary")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// firstFrame starts the program and waits for its page. It returns how long
// that took and its resident memory in KiB. Ending it is not measured.
func firstFrame(b *testing.B, file, awaits string, answers bool) (time.Duration, float64) {
	command := exec.Command(file)
	if filepath.Base(file) == "mnemonix" {
		command.Args = append(command.Args, "try", "--out", filepath.Join(b.TempDir(), "flake"))
	}
	command.Env = []string{"TERM=xterm-256color", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	begin := time.Now()
	screen, err := pty.StartWithSize(command, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		b.Fatal(err)
	}
	if err := screen.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		b.Fatal(err)
	}
	var got []byte
	buffer := make([]byte, 8192)
	for !bytes.Contains(got, []byte(awaits)) {
		n, err := screen.Read(buffer)
		if err != nil {
			b.Fatalf("no frame: %v after %q", err, got)
		}
		got = append(got, buffer[:n]...)
		if answers && bytes.Contains(buffer[:n], []byte("\x1b[6n")) {
			_, _ = screen.WriteString("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[1;1R")
		}
	}
	took := time.Since(begin)
	b.StopTimer()
	resident := residentKiB(command.Process.Pid)
	_ = command.Process.Kill()
	_ = command.Wait()
	_ = screen.Close()
	b.StartTimer()
	return took, resident
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func residentKiB(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	if found := residentLine.FindSubmatch(status); found != nil {
		kib, _ := strconv.ParseFloat(string(found[1]), 64)
		return kib
	}
	return 0
}

// BenchmarkKey is one key and the frame after it, without a terminal.
func BenchmarkKey(b *testing.B) {
	for name, way := range map[string][]string{"text": toHost, "long-list": {"enter"}, "features": toFeatures, "review": with(toReview, "3")} {
		b.Run(name, func(b *testing.B) {
			d := drive(b, testSetup(b), 80, 24).press(way...)
			keys := []tea.KeyMsg{keyTypes["down"], keyTypes["up"]}
			if name == "text" {
				keys = []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("x")}, keyTypes["backspace"]}
			}
			b.ReportAllocs()
			for i := range b.N {
				model, _ := d.wizard.Update(keys[i%2])
				d.wizard, _ = model.(Wizard)
				_ = d.wizard.View()
			}
		})
	}
}
