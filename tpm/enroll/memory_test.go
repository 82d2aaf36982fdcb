package enroll_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/internal/tpmtest"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"golang.org/x/sys/unix"
)

// What a scan of the process's own memory finds after an enrolment, when
// everything was wiped and collected:
//
//   - the words, the seed and the PRK: nothing, in either build;
//   - the scalars and the PIN: nothing with GOEXPERIMENT=runtimesecret. In a
//     plain build the standard library's and go-tpm's own copies stay in freed
//     heap memory until it is used again; they are counted and shown by
//     `go test -v`.
//
// The scan runs in a copy of the test program, which gets what to look for
// masked, so that looking leaves no copies.

const (
	childMode = "MNEMONIX_TEST_MEMORY" // "wipe", or "keep" for the positive control
	mask      = 0xa5
)

type order struct {
	Socket  string
	Needles map[string][]byte // masked
}

func TestMemoryAfterEnrolment(t *testing.T) {
	if mode := os.Getenv(childMode); mode != "" {
		child(t, mode)
		return
	}
	machine := tpmtest.Start(t)
	needles := map[string][]byte{}
	for name, what := range secrets(t, request(t, pin)) {
		if !strings.HasPrefix(name, "word ") { // single words stand in the list
			needles[name] = masked(what)
		}
	}
	kept := scan(t, "keep", order{machine.Socket, needles})
	for name, count := range kept {
		if count == 0 {
			t.Errorf("positive control: %s was kept and not found", name)
		}
	}
	wiped := scan(t, "wipe", order{machine.Socket, needles})
	for _, name := range slices.Sorted(maps.Keys(wiped)) {
		if name == "recovery passphrase" && wiped[name] == 0 {
			continue // never made in the child
		}
		t.Logf("after wiping: %s found %d times (kept: %d)", name, wiped[name], kept[name])
		librarys := name == "PIN" || strings.HasPrefix(name, "scalar ")
		if wiped[name] > 0 && (secret.Erases() || !librarys) {
			t.Errorf("%s is still in memory, %d times", name, wiped[name])
		}
	}
}

func masked(what []byte) []byte {
	out := make([]byte, len(what))
	for i, b := range what {
		out[i] = b ^ mask
	}
	return out
}

func scan(t *testing.T, mode string, o order) map[string]int {
	t.Helper()
	input, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], "-test.run=^TestMemoryAfterEnrolment$", "-test.v=false")
	command.Env = append(os.Environ(), childMode+"="+mode)
	command.Stdin = bytes.NewReader(input)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	counts := map[string]int{}
	if err := json.Unmarshal(line, &counts); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(counts) != len(o.Needles) {
		t.Fatalf("looked for %d things, not %d", len(counts), len(o.Needles))
	}
	return counts
}

var keep [][]byte // global, so that nothing is collected

func child(t *testing.T, mode string) {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	var o order
	if err := json.Unmarshal(input, &o); err != nil {
		t.Fatal(err)
	}
	enrolAndWipe(t, o)
	if mode == "keep" {
		for _, needle := range o.Needles {
			keep = append(keep, masked(needle)) // masking twice unmasks
		}
	}
	for range 4 {
		runtime.GC()
		debug.FreeOSMemory()
	}
	counts, err := find(o.Needles)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(counts)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(string(text))
	runtime.KeepAlive(keep)
}

func enrolAndWipe(t *testing.T, o order) {
	typed, pin := secret.New(masked(o.Needles["phrase"])), secret.New(masked(o.Needles["PIN"]))
	phrase, err := words.Parse(typed)
	if err != nil {
		t.Fatal(err)
	}
	root, err := derive.New(phrase, nil)
	if err != nil {
		t.Fatal(err)
	}
	tpm, err := device.Open(device.SocketStart + o.Socket)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enroll.Enroll(tpm, enroll.Request{Root: root, Name: "slax", Operator: true, PIN: pin}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []interface{ Wipe() }{typed, pin, phrase, root} {
		s.Wipe()
	}
}

// find counts each needle in all readable private memory of this process.
func find(needles map[string][]byte) (map[string]int, error) {
	const chunk, overlap = 1 << 20, 256
	buffer, err := unix.Mmap(-1, 0, chunk+overlap, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, err
	}
	own := uint64(uintptr(ptr(buffer)))
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return nil, err
	}
	defer func() { _ = memory.Close() }()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for name := range needles {
		counts[name] = 0
	}
	lines := bufio.NewScanner(bytes.NewReader(maps))
	for lines.Scan() {
		var begin, end uint64
		var access string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %4s", &begin, &end, &access); err != nil {
			return nil, err
		}
		// Constants of the program are no traces; the test phrase is one.
		constants := access[1] != 'w' && strings.Contains(lines.Text(), "/")
		if access[0] != 'r' || constants || access[2] == 'x' || strings.Contains(lines.Text(), "[v") || begin <= own && own < end && end-begin <= chunk+2*overlap+8192 {
			continue
		}
		for at := begin; at < end; at += chunk {
			size := min(chunk+overlap, end-at)
			n, err := memory.ReadAt(buffer[:size], int64(at))
			if err != nil && n == 0 {
				continue // reserved and never touched
			}
			part := buffer[:n]
			if at <= own && own < at+size { // the buffer itself, merged into a larger mapping
				from := own - at
				clear(part[from:min(uint64(len(part)), from+chunk+overlap)])
			}
			for name, needle := range needles {
				counts[name] += count(part, needle, chunk)
			}
		}
	}
	clear(buffer)
	return counts, lines.Err()
}

// count counts the matches that begin in the first limit bytes.
func count(data, needle []byte, limit int) int {
	found := 0
	for at := 0; ; at++ {
		next := bytes.IndexByte(data[at:], needle[0]^mask)
		if next < 0 {
			return found
		}
		if at += next; at >= limit || at+len(needle) > len(data) {
			return found
		}
		same := true
		for i, b := range needle {
			if data[at+i]^mask != b {
				same = false
				break
			}
		}
		if same {
			found++
		}
	}
}
