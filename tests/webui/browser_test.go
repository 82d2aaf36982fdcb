package webui

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestInABrowser goes through the pages with names that attack them all around, as a person would.
func TestInABrowser(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	r := start(t)
	terse := strings.NewReplacer(`\`, `\\`, ":", `\:`)
	var networks strings.Builder
	for _, name := range hostile {
		networks.WriteString(" :" + terse.Replace(name) + ":50:WPA2\n")
	}
	networks.WriteString(" :Café Zürich:71:WPA2\n")
	r.write("networks", networks.String())
	r.write("leases", "1 02:00:00:00:00:01 10.42.0.9 <script>document.title='owned'</script> 01\n")

	b.open(r.base + "/")
	b.submit("/login", map[string]string{"password": "wrong"})
	if text := b.text(); !strings.Contains(text, "that is not the password") {
		t.Errorf("a wrong password shows %q", text)
	}
	b.submit("/login", map[string]string{"password": password})
	if got := b.eval("location.pathname"); got != "/" {
		t.Errorf("signing in leads to %v", got)
	}

	for _, path := range []string{"/", "/wifi", "/hotspot", "/vpn", "/clients", "/reboot"} {
		b.open(r.base + path)
		if got := b.eval("document.scripts.length"); got != 0.0 {
			t.Errorf("%s has %v scripts", path, got)
		}
		if title := b.eval("document.title"); strings.Contains(title.(string), "owned") {
			t.Errorf("%s ran a stranger's script", path)
		}
		// The style sheet came through the policy.
		if got := b.eval("getComputedStyle(document.querySelector('nav')).display"); got != "flex" {
			t.Errorf("%s has no style: nav is %v", path, got)
		}
		// Every field has a name that a screen reader can say.
		unnamed := b.eval(`[...document.querySelectorAll('input:not([type=hidden]),textarea,select')]
			.filter(field => !field.labels.length && !field.getAttribute('aria-label')).length`)
		if unnamed != 0.0 {
			t.Errorf("%s has %v fields without a label", path, unnamed)
		}
	}

	// Names are shown as they are, character by character.
	b.open(r.base + "/wifi")
	shown := b.eval("[...document.querySelectorAll('tbody td:first-child')].map(cell => cell.textContent).join('\\n')").(string)
	for _, name := range append([]string{"Café Zürich"}, hostile...) {
		if !strings.Contains(shown, name) {
			t.Errorf("the list of networks lacks %q:\n%s", name, shown)
		}
	}

	// A form as the browser sends it, with the origin that it gives.
	b.eval(`[...document.querySelectorAll('form[action="/wifi/join"]')]
		.find(form => form.elements.ssid.value === 'Café Zürich').id = 'cafe'`)
	b.eval("document.getElementById('cafe').elements.passphrase.value = 'correct horse battery'")
	b.eval("document.querySelector('#cafe button').click()")
	b.loaded()
	if text := b.text(); !strings.Contains(text, "joined Café Zürich") {
		t.Errorf("after joining: %q", text)
	}
	if got := r.read("stdin"); !strings.Contains(got, `correct\040horse\040battery`) {
		t.Errorf("nmcli was given %q", got)
	}

	// The policy stops a script that gets into the page after all.
	b.eval("const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s)")
	if got := b.eval("window.ran === true"); got != false {
		t.Error("the browser runs inline scripts on this page")
	}

	b.submit("/logout", nil)
	b.open(r.base + "/clients")
	if got := b.eval("document.querySelectorAll('nav').length"); got != 0.0 {
		t.Error("signed out, but the pages are still there")
	}
	b.noComplaints()
}

func (b *browser) text() string {
	b.t.Helper()
	return b.eval("document.body.innerText").(string)
}

// noComplaints fails on dialogs, exceptions, and everything the browser refused but the script of the test.
func (b *browser) noComplaints() {
	b.t.Helper()
	refused := 0
	for _, m := range b.seen {
		switch m.Method {
		case "Page.javascriptDialogOpening", "Runtime.exceptionThrown":
			b.t.Errorf("%s: %s", m.Method, m.Params)
		case "Log.entryAdded":
			var entry struct {
				Entry struct {
					Source string `json:"source"`
					Level  string `json:"level"`
					Text   string `json:"text"`
				} `json:"entry"`
			}
			if err := json.Unmarshal(m.Params, &entry); err != nil {
				b.t.Fatal(err)
			}
			if entry.Entry.Source == "security" {
				refused++
			} else if entry.Entry.Source != "network" && (entry.Entry.Level == "warning" || entry.Entry.Level == "error") {
				b.t.Errorf("the browser says: %s", entry.Entry.Text)
			}
		}
	}
	if refused != 1 {
		b.t.Errorf("the policy refused %d things, want only the script of the test", refused)
	}
}
