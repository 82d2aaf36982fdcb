package run_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Parts come from where they lie, in whatever order they are asked for, and
// as far as there is something.
func TestReadPart(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "disk")
	content := strings.Repeat("0123456789abcdef", 1<<16)
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, reader := range map[string]struct {
		run.Reader
		name string
	}{
		"a machine": {run.NewReal("/", nil), name},
		"a record":  {run.NewReal(folder, nil), "/disk"},
		"a fake":    {run.NewFake().Put("/disk", content), "/disk"},
	} {
		var asking sync.WaitGroup
		for at := 0; at < len(content)+48; at += len(content) / 16 {
			asking.Go(func() {
				got, err := reader.ReadPart(reader.name, uint64(at), 40)
				want := content[min(at, len(content)):min(at+40, len(content))]
				if err != nil || string(got) != want {
					t.Errorf("%s: at %d there is %q, %v; want %q", what, at, got, err, want)
				}
			})
		}
		asking.Wait()
	}
}

// Why a part cannot be read is told apart.
func TestReadPartSaysWhyNot(t *testing.T) {
	reader := run.NewReal("/", nil)
	folder := t.TempDir()
	if _, err := reader.ReadPart(folder+"/none", 0, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	if _, err := reader.ReadPart(folder, 0, 1); !errors.Is(err, syscall.EISDIR) || !strings.Contains(err.Error(), folder) {
		t.Errorf("a folder: %v", err)
	}
	for _, part := range [][2]uint64{{1 << 63, 1}, {0, 1 << 40}} {
		if _, err := reader.ReadPart("/dev/null", part[0], part[1]); err == nil || !strings.Contains(err.Error(), "there is no part of") {
			t.Errorf("%d bytes at %d: %v", part[1], part[0], err)
		}
	}
}

// A device that hangs keeps only those waiting who asked for it; others are
// read meanwhile, and its answer still comes when it wakes.
func TestReadPartBesideAHungOne(t *testing.T) {
	folder := t.TempDir()
	hung, well := filepath.Join(folder, "hung"), filepath.Join(folder, "well")
	// Who opens a named pipe waits until somebody writes to it.
	if err := errors.Join(syscall.Mkfifo(hung, 0o600), os.WriteFile(well, []byte("well"), 0o600)); err != nil {
		t.Fatal(err)
	}
	reader := run.NewReal("/", nil)
	back := make(chan error, 1)
	go func() {
		_, err := reader.ReadPart(hung, 0, 4)
		back <- err
	}()
	for range 8 {
		if got, err := reader.ReadPart(well, 0, 4); string(got) != "well" || err != nil {
			t.Fatalf("read %q, %v", got, err)
		}
	}
	select {
	case err := <-back:
		t.Fatalf("what hangs came back: %v", err)
	default:
	}
	writer, err := os.OpenFile(hung, os.O_WRONLY, 0) // when the reader waits for it
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := <-back; !errors.Is(err, syscall.ESPIPE) { // a pipe has no places
		t.Errorf("when it woke: %v", err)
	}
}
