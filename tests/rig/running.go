package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Running is a machine that is switched on.
type Running struct {
	t        testing.TB
	machine  *Machine
	command  *exec.Cmd
	keys     io.Writer // the serial console's keyboard
	monitor  string    // QEMU's socket
	out      string    // the tar that Exec's script leaves
	patience time.Duration
	ended    chan struct{}
	started  bool              // it has shown what a test waits for
	resets   int               // because its start stood still
	plugs    int               // how many disks were plugged in
	plugged  map[string]string // by serial number: QEMU's name for what was

	mutex   sync.Mutex
	console bytes.Buffer
	record  *os.File      // the same, for who looks on from outside: console in the machine's folder
	read    int           // how much of the console earlier waits have seen
	changed chan struct{} // closed and replaced after each output
}

// Write takes what the serial console shows.
func (r *Running) Write(data []byte) (int, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	close(r.changed)
	r.changed = make(chan struct{})
	_, _ = r.record.Write(data)
	return r.console.Write(data)
}

// Console returns everything that the serial console has shown.
func (r *Running) Console() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return plain(r.console.String())
}

// escapes are what terminals obey and people do not see.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?=!]*[a-zA-Z]|\x1b\][^\x1b\x07]*(\x07|\x1b\\)|\r`)

func plain(text string) string { return escapes.ReplaceAllString(text, "") }

// Wait waits until the serial console shows one of the patterns, in what no
// earlier Wait has seen, and returns which, with the text up to its end.
func (r *Running) Wait(patterns ...*regexp.Regexp) (which int, text string) {
	r.t.Helper()
	deadline := time.NewTimer(r.patience)
	defer deadline.Stop()
	for {
		r.mutex.Lock()
		changed := r.changed
		fresh := r.console.Bytes()[r.read:]
		for i, pattern := range patterns {
			if at := pattern.FindIndex(fresh); at != nil {
				r.read += at[1]
				r.started = true
				text = plain(string(fresh[:at[1]]))
				r.mutex.Unlock()
				return i, text
			}
		}
		r.mutex.Unlock()
		if r.startAgain(fresh) {
			r.mutex.Lock()
			r.read = r.console.Len()
			r.mutex.Unlock()
			deadline.Reset(r.patience)
		}
		select {
		case <-changed:
			continue
		case <-r.ended:
			r.t.Fatalf("the machine went off before %v; the console:\n%s", patterns, r.Console())
		case <-deadline.C:
			r.t.Fatalf("no sign of %v within %v; the console:\n%s", patterns, r.patience, r.Console())
		}
	}
}

// Type types on the serial console.
func (r *Running) Type(keys string) {
	r.t.Helper()
	if _, err := io.WriteString(r.keys, keys); err != nil {
		r.t.Fatalf("type on the console: %v", err)
	}
}

// PowerOff shuts the guest down and waits until the machine is off.
func (r *Running) PowerOff() {
	r.t.Helper()
	r.Type("systemctl poweroff\r")
	r.WaitOff()
}

// hasRoot is what the rig's initramfs says last: until then nothing was begun.
var hasRoot = regexp.MustCompile(`rig: root after`)

// WaitOff waits until the machine is off.
func (r *Running) WaitOff() {
	r.t.Helper()
	deadline := time.NewTimer(r.patience)
	defer deadline.Stop()
	for begun := false; ; {
		r.mutex.Lock()
		changed := r.changed
		fresh := bytes.Clone(r.console.Bytes()[r.read:])
		r.mutex.Unlock()
		if begun = begun || hasRoot.Match(fresh); !begun && r.startAgain(fresh) {
			r.mutex.Lock()
			r.read = r.console.Len()
			r.mutex.Unlock()
			deadline.Reset(r.patience)
		}
		if begun {
			changed = nil
		}
		select {
		case <-changed:
		case <-r.ended:
			return
		case <-deadline.C:
			r.t.Fatalf("the machine is still on after %v; the console:\n%s", r.patience, r.Console())
		}
	}
}

// Kill pulls the plug: nothing is written or closed.
func (r *Running) Kill() {
	_ = r.command.Process.Kill()
	<-r.ended
}

// KillTPM breaks the TPM of the running machine: it answers no more.
func (r *Running) KillTPM() {
	r.t.Helper()
	if err := r.machine.chip.Kill(); err != nil {
		r.t.Fatalf("kill the TPM: %v", err)
	}
}

// Save keeps the state of the whole machine, memory, disks and TPM, under a
// name in its disks. The machine goes on.
func (r *Running) Save(name string) { r.t.Helper(); r.human("savevm " + name) }

// Load puts the whole machine back to a saved state.
func (r *Running) Load(name string) { r.t.Helper(); r.human("loadvm " + name) }

// Key presses a key of the machine's keyboard, by QEMU's name for it: "ret",
// "shift-tab", "a".
func (r *Running) Key(name string) { r.t.Helper(); r.human("sendkey " + name) }

// Photograph writes what the screen shows as a PNG.
func (r *Running) Photograph(file string) {
	r.t.Helper()
	if _, err := r.qmp("screendump", map[string]string{"filename": file, "format": "png"}); err != nil {
		r.t.Fatalf("photograph the screen: %v", err)
	}
}

// human gives QEMU an order of its human monitor, which answers nothing when
// it went well.
func (r *Running) human(order string) {
	r.t.Helper()
	answer, err := r.qmp("human-monitor-command", map[string]string{"command-line": order})
	if err != nil {
		r.t.Fatalf("%s: %v", order, err)
	}
	var text string
	if err := json.Unmarshal(answer, &text); err != nil || strings.TrimSpace(text) != "" {
		r.t.Fatalf("%s: %s", order, answer)
	}
}

// qmp gives QEMU one order (QEMU Machine Protocol) and returns its answer.
func (r *Running) qmp(order string, arguments any) (json.RawMessage, error) {
	conn, err := r.dial()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(r.patience)); err != nil {
		return nil, err
	}
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	var answer json.RawMessage
	for _, message := range []any{nil, map[string]any{"execute": "qmp_capabilities"}, map[string]any{"execute": order, "arguments": arguments}} {
		if message == nil { // QEMU speaks first
			if err := in.Decode(&answer); err != nil {
				return nil, err
			}
			continue
		}
		if err := out.Encode(message); err != nil {
			return nil, err
		}
		if answer, err = reply(in); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// dial reaches QEMU's socket, which is there a moment after its start.
func (r *Running) dial() (net.Conn, error) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(r.patience); ; {
		conn, err := net.Dial("unix", r.monitor)
		if err == nil || time.Now().After(deadline) {
			return conn, err
		}
		select {
		case <-ticker.C:
		case <-r.ended:
			return nil, err
		}
	}
}

// reply reads up to the answer to an order; events come in between.
func reply(in *json.Decoder) (json.RawMessage, error) {
	for {
		var message struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
		}
		if err := in.Decode(&message); err != nil {
			return nil, err
		}
		switch {
		case message.Error != nil:
			return nil, fmt.Errorf("QEMU says: %s", message.Error.Desc)
		case message.Return != nil:
			return message.Return, nil
		}
	}
}
