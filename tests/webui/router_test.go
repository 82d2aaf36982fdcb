// Package webui tests the web page of the travel router as its users and its attackers meet it: over HTTP and
// in a browser, never by calling into it.
//
// Its rules:
//
//   - The program under test is the one that is shipped, started as systemd starts it. Only nmcli and
//     systemctl are ours: one script that writes down its arguments and answers from files.
//   - A test waits for something to be true, never for time to pass.
//   - Python is part of what is tested, so it must be there; the browser may be missing outside ./check.
package webui

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	password = "correct horse"
	// crypt(3) of the password, as mkpasswd writes it: yescrypt.
	passwordHash = "$y$j9T$abcdefghijklmnop$0Hi8KsZH/hAMRN9Bam6ce3nmi5QAIz3R/KeaXG/c7p9"

	// The interfaces have names that no code would guess.
	apRadio     = "wlx00c0caab"
	clientRadio = "wlp9s0f4"
)

// router is a running page with its own fake system.
type router struct {
	t    *testing.T
	dir  string // the fake's files
	base string // http://127.0.0.1:PORT
}

// missing says that a tool is not there: a failure in ./check, a skip elsewhere.
func missing(t *testing.T, tool string) {
	t.Helper()
	if os.Getenv("MNEMONIX_CHECK") == "1" {
		t.Fatalf("%s is not installed", tool)
	}
	t.Skipf("%s is not installed", tool)
}

// source is the folder of the program. Its files are read here too, so that `go test` knows that a result of
// before a change is no longer one.
func source(t *testing.T) string {
	t.Helper()
	folder := filepath.Join("..", "..", "assets", "flake", "packages", "travel-router-ui", "travel_router_ui")
	files, err := filepath.Glob(filepath.Join(folder, "*.py"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no program in %s: %v", folder, err)
	}
	for _, file := range append(files, filepath.Join("testdata", "fake")) {
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// start runs the page. Options change its settings before that.
func start(t *testing.T, options ...func(settings map[string]any)) *router {
	t.Helper()
	if testing.Short() {
		t.Skip("a server and its attackers: not in the inner loop")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		missing(t, "python3")
	}
	dir := t.TempDir()
	fake, err := os.ReadFile("testdata/fake")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nmcli", "systemctl"} {
		if err := os.WriteFile(filepath.Join(dir, name), fake, 0o700); err != nil {
			t.Fatal(err)
		}
	}

	settings := map[string]any{
		"address":           "10.42.0.1",
		"hosts":             []string{"127.0.0.1", "router.lan"},
		"apInterface":       apRadio,
		"uplinkInterface":   nil,
		"hotspotConnection": "travel-router",
		"passphraseFile":    filepath.Join(dir, "passphrase"),
		"vpnConnection":     "wg-vpn",
		"vpnIsDeclared":     false,
		"portalUnit":        "travel-router-portal.service",
		"leasesFile":        filepath.Join(dir, "leases"),
		"nmcli":             filepath.Join(dir, "nmcli"),
		"systemctl":         filepath.Join(dir, "systemctl"),
		"libcrypt":          "libcrypt.so.1",
		"listen":            "127.0.0.1:0",
	}
	for _, option := range options {
		option(settings)
	}
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	r := &router{t: t, dir: dir}
	r.write("settings.json", string(text))
	r.write("password-hash", passwordHash+"\n")
	r.write("connectivity", "full\n")
	r.write("devices", apRadio+":wifi:connected:travel-router\n"+clientRadio+":wifi:disconnected:\neno1:ethernet:unavailable:\nlo:loopback:connected (externally):lo\n")
	r.write("networks", " :Café Zürich:71:WPA2\n :open\\:air:44:\n")
	r.write("active", "travel-router\n")
	r.write("connections", "travel-router\n")
	r.write("hotspot", "Road\n")

	command := exec.CommandContext(t.Context(), python, "-I", "-B",
		source(t), filepath.Join(dir, "settings.json"))
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"CREDENTIALS_DIRECTORY=" + dir,
		"RUNTIME_DIRECTORY=" + dir,
		"SECRET_OF_THE_UNIT=must not reach commands",
	}
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the page did not start: %v", err)
	}
	r.base = "http://" + strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
	return r
}

func (r *router) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *router) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	return string(text)
}

// calls lists what nmcli and systemctl were asked to change: looking is left out.
func (r *router) calls() []string {
	r.t.Helper()
	var changes []string
	for line := range strings.Lines(r.read("calls")) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.Contains(line, "\t--terse\t") && !strings.Contains(line, "\t--get-values\t") {
			changes = append(changes, line)
		}
	}
	return changes
}

// visitor is a browser without scripts: it keeps cookies and does not follow redirects by itself.
type visitor struct {
	*router
	client *http.Client
	host   string // the Host header, if another than the address
	origin string
	token  string // from the last page with a form
}

func (r *router) visit() *visitor {
	r.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &visitor{router: r, client: &http.Client{
		Jar:     jar,
		Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
}

// signedIn is a visitor who gave the right password.
func (r *router) signedIn() *visitor {
	r.t.Helper()
	v := r.visit()
	v.get("/login")
	if answer := v.post("/login", url.Values{"password": {password}}); answer.code != http.StatusSeeOther {
		r.t.Fatalf("sign in: code %d\n%s", answer.code, answer.body)
	}
	v.get("/")
	return v
}

type answer struct {
	code   int
	header http.Header
	body   string
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

func (v *visitor) get(path string) answer {
	v.t.Helper()
	return v.send(http.MethodGet, path, nil, nil)
}

// post sends a form with the token of the page that was seen last, unless the form has one.
func (v *visitor) post(path string, form url.Values) answer {
	v.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	if !form.Has("token") {
		form.Set("token", v.token)
	}
	return v.send(http.MethodPost, path, strings.NewReader(form.Encode()), http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"},
	})
}

func (v *visitor) send(method, path string, body io.Reader, header http.Header) answer {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if v.host != "" {
		request.Host = v.host
	}
	if v.origin != "" {
		request.Header.Set("Origin", v.origin)
	}
	response, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if found := tokenField.FindStringSubmatch(string(text)); found != nil {
		v.token = found[1]
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// follow posts a form and gives the page that the redirect leads to.
func (v *visitor) follow(path string, form url.Values) answer {
	v.t.Helper()
	sent := v.post(path, form)
	if sent.code != http.StatusSeeOther {
		v.t.Fatalf("POST %s: code %d, want a redirect\n%s", path, sent.code, sent.body)
	}
	return v.get(sent.header.Get("Location"))
}
