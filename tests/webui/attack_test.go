package webui

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

var posts = []string{
	"/logout", "/wifi/scan", "/wifi/join", "/portal", "/hotspot/switch", "/hotspot/change", "/vpn/switch", "/vpn/load", "/reboot",
}

func TestNothingWithoutSigningIn(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.visit()
	for _, path := range []string{"/", "/wifi", "/hotspot", "/vpn", "/clients", "/reboot"} {
		answer := v.get(path)
		if !strings.Contains(answer.body, `type="password"`) || strings.Contains(answer.body, "<nav>") {
			t.Errorf("GET %s shows more than the sign-in page:\n%s", path, answer.body)
		}
	}
	// With the token of the sign-in page, which is the strongest thing a stranger has.
	for _, path := range posts {
		if answer := v.post(path, url.Values{"radio": {clientRadio}, "ssid": {"net"}}); answer.code != http.StatusForbidden {
			t.Errorf("POST %s: code %d", path, answer.code)
		}
	}
	if got := r.read("calls"); got != "" {
		t.Errorf("a stranger made it call:\n%s", got)
	}
}

func TestFormsNeedTheirToken(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	other := r.signedIn()
	for _, path := range posts {
		for name, token := range map[string]string{"none": "", "wrong": "x", "of another": other.token, "not ascii": "ü"} {
			if answer := v.post(path, url.Values{"token": {token}}); answer.code != http.StatusForbidden {
				t.Errorf("POST %s with token %s: code %d", path, name, answer.code)
			}
		}
	}
	if got := r.calls(); len(got) != 0 {
		t.Errorf("called %q", got)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	for _, origin := range []string{"http://evil.example", "null", "http://127.0.0.1.evil.example"} {
		v.origin = origin
		if answer := v.post("/reboot", nil); answer.code != http.StatusForbidden {
			t.Errorf("a form from %s: code %d", origin, answer.code)
		}
	}
	v.origin = ""
	// DNS rebinding: the name of the attacker points to the router.
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "router.lan.evil.example:80"} {
		v.host = host
		if answer := v.get("/"); answer.code != http.StatusMisdirectedRequest {
			t.Errorf("host %q: code %d", host, answer.code)
		}
	}
	v.host = "router.lan"
	if answer := v.get("/login"); answer.code != http.StatusOK {
		t.Errorf("host router.lan: code %d", answer.code)
	}
	if got := r.calls(); len(got) != 0 {
		t.Errorf("called %q", got)
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	for _, path := range []string{"/", "/login", "/style.css", "/nothing", "/wifi", "/%2e%2e/etc/passwd"} {
		header := v.get(path).header
		policy := header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") ||
			!strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'self'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Server": "travel-router",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	cookie := r.visit().get("/login").header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
}

func TestSigningInGivesANewSession(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.visit()
	planted := v.get("/login").header.Get("Set-Cookie")
	answer := v.post("/login", url.Values{"password": {password}})
	if got := answer.header.Get("Set-Cookie"); got == planted {
		t.Error("the session of before signing in became the signed-in one")
	}
	// The planted one is worth nothing, and neither is the old one after signing out.
	base, _ := url.Parse(r.base)
	signedIn := v.client.Jar.Cookies(base)
	v.get("/")
	v.follow("/logout", nil)
	v.client.Jar.SetCookies(base, signedIn)
	if strings.Contains(v.get("/").body, "<nav>") {
		t.Error("the session lived on after signing out")
	}
}

func TestSignInGoesToPagesOfOursOnly(t *testing.T) {
	t.Parallel()
	r := start(t)
	for next, want := range map[string]string{
		"/wifi": "/wifi", "http://evil.example/": "/", "//evil.example/": "/", `/\evil.example`: "/", "/style.css": "/", "": "/",
	} {
		v := r.visit()
		v.get("/login")
		answer := v.post("/login", url.Values{"password": {password}, "next": {next}})
		if got := answer.header.Get("Location"); got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
	}
}

func TestHashesThatNobodyKnows(t *testing.T) {
	t.Parallel()
	// Without pauses: each guess is looked at.
	r := start(t, func(settings map[string]any) { settings["lockoutSeconds"] = 0.0 })
	for _, hash := range []string{"", "!", "*", "x", "$y$nonsense", "$9$x$y", passwordHash[:20]} {
		r.write("password-hash", hash+"\n")
		for _, guess := range []string{password, "", hash, "*0", "\x00"} {
			v := r.visit()
			v.get("/login")
			if answer := v.post("/login", url.Values{"password": {guess}}); answer.code != http.StatusForbidden {
				t.Errorf("hash %q: %q gives code %d", hash, guess, answer.code)
			}
		}
	}
}

func TestAStormOfWrongPasswords(t *testing.T) {
	t.Parallel()
	r := start(t, func(settings map[string]any) { settings["lockoutSeconds"] = 5.0 })
	keeper := r.signedIn()

	// All at once: so many as are free may be tried, and no more, however they overlap.
	var group sync.WaitGroup
	codes := make(chan int, 24)
	for i := range cap(codes) {
		group.Go(func() {
			v := r.visit()
			v.get("/login")
			codes <- v.post("/login", url.Values{"password": {fmt.Sprint("guess ", i)}}).code
		})
	}
	group.Wait()
	close(codes)
	tried := 0
	for code := range codes {
		switch code {
		case http.StatusForbidden:
			tried++
		case http.StatusTooManyRequests:
		default:
			t.Errorf("code %d", code)
		}
	}
	if tried < 5 || tried > 8 {
		t.Errorf("%d guesses were tried, want 5 and at most what fits between the first pauses", tried)
	}

	// The pause holds for the right password too, or guessing would go on behind it; then it ends.
	v := r.visit()
	v.get("/login")
	answer := v.post("/login", url.Values{"password": {password}})
	if answer.code != http.StatusTooManyRequests || answer.header.Get("Retry-After") == "" {
		t.Errorf("during the pause: code %d, Retry-After %q", answer.code, answer.header.Get("Retry-After"))
	}
	// Who is signed in already stays so.
	if !strings.Contains(keeper.get("/").body, "<nav>") {
		t.Error("the storm signed out who was there")
	}
	for deadline := time.Now().Add(3 * time.Minute); answer.code == http.StatusTooManyRequests; {
		if time.Now().After(deadline) {
			t.Fatal("the pause does not end")
		}
		answer = v.post("/login", url.Values{"password": {password}})
	}
	if answer.code != http.StatusSeeOther {
		t.Errorf("after the pause: code %d", answer.code)
	}
}

// Names of networks, of clients and of connections come from strangers nearby.
var hostile = []string{
	`<script>document.title="owned"</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onfocus=alert(1) autofocus='`,
	`</title><svg onload=alert(1)>`,
	`javascript:alert(1)`,
	`&lt;b&gt;`,
	"\u202eevil",
}

func TestNamesFromStrangersAreEscaped(t *testing.T) {
	t.Parallel()
	r := start(t)
	var networks, devices, leases strings.Builder
	terse := strings.NewReplacer(`\`, `\\`, ":", `\:`)
	for _, name := range hostile {
		fmt.Fprintf(&networks, " :%s:50:WPA2\n", terse.Replace(name))
		fmt.Fprintf(&devices, "%s:wifi:disconnected:%s\n", "wl0", terse.Replace(name))
		fmt.Fprintf(&leases, "1 02:00:00:00:00:01 10.42.0.9 %s 01\n", strings.ReplaceAll(name, " ", "_"))
	}
	r.write("networks", networks.String())
	r.write("devices", devices.String())
	r.write("leases", leases.String())
	r.write("hotspot", hostile[1]+"\n")
	v := r.signedIn()
	for _, path := range []string{"/", "/wifi", "/hotspot", "/clients", "/wifi?radio=" + url.QueryEscape(hostile[1])} {
		body := v.get(path).body
		for _, bad := range []string{"<script", "<img", "<svg", "onfocus=alert(1) autofocus='", `"><` + "img"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s shows %q unescaped", path, bad)
			}
		}
	}
	for _, name := range hostile {
		body := v.follow("/wifi/join", url.Values{"radio": {"wl0"}, "ssid": {name}, "passphrase": {"12345678"}}).body
		if strings.Contains(body, "<script") || strings.Contains(body, "<img") || strings.Contains(body, "<svg") {
			t.Errorf("the message about %q is not escaped:\n%s", name, body)
		}
	}
}

func TestNamesThatAreNoNames(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	for _, name := range []string{"", strings.Repeat("x", 33), strings.Repeat("ü", 17), "a\nb", "a\x00b", "a\x1bb", "a\x7fb"} {
		page := v.follow("/wifi/join", url.Values{"radio": {clientRadio}, "ssid": {name}})
		contains(t, page.body, "1 to 32 bytes")
		page = v.follow("/hotspot/change", url.Values{"ssid": {name}})
		contains(t, page.body, "1 to 32 bytes")
	}
	if got := r.calls(); len(got) != 0 {
		t.Errorf("called %q", got)
	}
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := r.signedIn()
	address := strings.TrimPrefix(r.base, "http://")
	form := "Content-Type: application/x-www-form-urlencoded\r\n"
	for name, c := range map[string]struct {
		request string
		code    string
	}{
		"no host":           {"GET / HTTP/1.1\r\n\r\n", "421"},
		"garbage":           {"\x16\x03\x01\x02\x00\x01\r\n\r\n", "400"},
		"unknown method":    {"DELETE / HTTP/1.1\r\nHost: " + address + "\r\n\r\n", "501"},
		"huge form":         {"POST /login HTTP/1.1\r\nHost: " + address + "\r\n" + form + "Content-Length: 99999999\r\n\r\n", "413"},
		"no length":         {"POST /login HTTP/1.1\r\nHost: " + address + "\r\n" + form + "\r\n", "411"},
		"negative length":   {"POST /login HTTP/1.1\r\nHost: " + address + "\r\n" + form + "Content-Length: -1\r\n\r\n", "411"},
		"chunked":           {"POST /login HTTP/1.1\r\nHost: " + address + "\r\n" + form + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0", "411"},
		"json":              {"POST /login HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", "415"},
		"not utf-8":         {"POST /login HTTP/1.1\r\nHost: " + address + "\r\n" + form + "Content-Length: 2\r\n\r\n\xff\xfe", "400"},
		"many fields":       {"POST /login HTTP/1.1\r\nHost: " + address + "\r\n" + form + "Content-Length: 60\r\n\r\n" + strings.Repeat("a=&", 20), "400"},
		"broken cookie":     {"GET / HTTP/1.1\r\nHost: " + address + "\r\nCookie: a=\"\x01; =;;\r\n\r\n", "200"},
		"long request line": {"GET /" + strings.Repeat("x", 70000) + " HTTP/1.1\r\n\r\n", "414"},
	} {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = connection.SetDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.WriteString(connection, c.request); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(connection).ReadString('\n')
		if err != nil || !strings.Contains(line, " "+c.code+" ") {
			t.Errorf("%s: %q, %v; want %s", name, line, err, c.code)
		}
		_ = connection.Close()
	}
	if answer := v.get("/"); answer.code != http.StatusOK {
		t.Errorf("afterwards: code %d", answer.code)
	}
}

func TestSlowConnectionsDoNotFillIt(t *testing.T) {
	t.Parallel()
	r := start(t)
	address := strings.TrimPrefix(r.base, "http://")
	var open []net.Conn
	for range 120 {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, connection)
		_, _ = io.WriteString(connection, "GET / HTTP/1.1\r\n")
	}
	// The ones beyond the limit are closed at once.
	closed := 0
	for _, connection := range open[60:] {
		_ = connection.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := connection.Read(make([]byte, 1)); err != nil {
			closed++
		}
	}
	if closed != 60 {
		t.Errorf("%d of the last 60 connections were turned away", closed)
	}
	for _, connection := range open {
		_ = connection.Close()
	}
	deadline := time.Now().Add(time.Minute)
	for {
		response, err := http.Get(r.base + "/login") //nolint:noctx // the loop has its own end
		if err == nil {
			_ = response.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the page did not come back: %v", err)
		}
	}
}
