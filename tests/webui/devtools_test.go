package webui

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// browser is a headless Chromium with one tab. It is driven over a pipe with the DevTools protocol
// (https://chromedevtools.github.io/devtools-protocol/): messages are JSON, each followed by a zero byte.
type browser struct {
	t       *testing.T
	in      io.Writer
	out     chan message
	session string
	id      int
	seen    []message // events, in the order they came
}

type message struct {
	ID     int             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		missing(t, "chromium")
	}

	// Chromium reads commands from descriptor 3 and writes answers to descriptor 4.
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "webui-browser-")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program,
		"--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-extensions", "--disable-background-networking", "--user-data-dir="+profile, "about:blank")
	command.Env = append(os.Environ(), "HOME="+profile)
	command.ExtraFiles = []*os.File{theirIn, theirOut}
	// A browser is many processes: they are one group, and end together.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirIn.Close()
	_ = theirOut.Close()

	b := &browser{t: t, in: in, out: make(chan message, 1024)}
	go func() {
		defer close(b.out)
		reader := bufio.NewReader(out)
		for {
			text, err := reader.ReadBytes(0)
			if err != nil {
				return
			}
			var m message
			if json.Unmarshal(text[:len(text)-1], &m) == nil {
				b.out <- m
			}
		}
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		_ = command.Wait()
		_ = in.Close()
		_ = out.Close()
		// Those that are still ending may write once more.
		for deadline := time.Now().Add(30 * time.Second); os.RemoveAll(profile) != nil && time.Now().Before(deadline); {
			runtime.Gosched()
		}
	})

	var target struct {
		TargetID string `json:"targetId"`
	}
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// call sends a command and waits for its answer, keeping the events that come between.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.id++
	request := map[string]any{"id": b.id, "method": method}
	if params != nil {
		request["params"] = params
	}
	if b.session != "" {
		request["sessionId"] = b.session
	}
	text, err := json.Marshal(request)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	m := b.until(func(m message) bool { return m.ID == b.id })
	if m.Error != nil {
		b.t.Fatalf("%s: %s", method, m.Error.Message)
	}
	if result != nil {
		if err := json.Unmarshal(m.Result, result); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	}
}

func (b *browser) until(done func(message) bool) message {
	b.t.Helper()
	timeout := time.After(2 * time.Minute)
	for {
		select {
		case m, open := <-b.out:
			if !open {
				b.t.Fatal("the browser went away")
			}
			if done(m) {
				return m
			}
			b.seen = append(b.seen, m)
		case <-timeout:
			b.t.Fatal("the browser does not answer")
		}
	}
}

// open goes to an address and waits until the page is complete.
func (b *browser) open(url string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	b.loaded()
}

func (b *browser) loaded() {
	b.t.Helper()
	for i, m := range b.seen {
		if m.Method == "Page.loadEventFired" {
			b.seen = append(b.seen[:i], b.seen[i+1:]...)
			return
		}
	}
	b.until(func(m message) bool { return m.Method == "Page.loadEventFired" })
}

// eval gives the value of an expression in the page.
func (b *browser) eval(expression string) any {
	b.t.Helper()
	var answer struct {
		Result struct {
			Value any `json:"value"`
		} `json:"result"`
		ExceptionDetails json.RawMessage `json:"exceptionDetails"`
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &answer)
	if answer.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, answer.ExceptionDetails)
	}
	return answer.Result.Value
}

// submit fills the fields of the form with this action and sends it, as a click does.
func (b *browser) submit(action string, fields map[string]string) {
	b.t.Helper()
	form := fmt.Sprintf("document.querySelector('form[action=%q]')", action)
	for name, value := range fields {
		text, err := json.Marshal(value)
		if err != nil {
			b.t.Fatal(err)
		}
		b.eval(fmt.Sprintf("%s.elements[%q].value = %s", form, name, text))
	}
	b.eval(form + ".querySelector('button').click()")
	b.loaded()
}
