package tools

import (
	"fmt"
	"strings"
	"testing"
)

func take(l *NixLog, lines ...string) (texts []string) {
	for _, line := range lines {
		if text := l.Take([]byte(line)); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// A build as Nix tells it: two paths of a thousand bytes are copied, one
// derivation is built, and a warning is for people.
func TestNixLog(t *testing.T) {
	log := NewNixLog()
	hash := strings.Repeat("a", 32)
	texts := take(log,
		`@nix {"action":"start","id":1,"level":5,"parent":0,"text":"","type":104}`,
		`@nix {"action":"start","id":2,"level":5,"parent":0,"text":"","type":103}`,
		`@nix {"action":"result","fields":[0,1,0,0],"id":1,"type":105}`,
		`@nix {"action":"result","fields":[0,2,0,0],"id":2,"type":105}`,
		`@nix {"action":"result","fields":[100,2000],"id":2,"type":106}`,
		`@nix {"action":"start","fields":["/nix/store/`+hash+`-glibc-2.40","https://cache.nixos.org","local"],"id":3,"level":3,"parent":2,"text":"copying path","type":100}`,
		`@nix {"action":"result","fields":[400,1000,0,0],"id":3,"type":105}`,
		`@nix {"action":"msg","level":1,"msg":"warning: something"}`,
		`@nix {"action":"msg","level":5,"msg":"chatter"}`,
		`evaluation warning: as it stands`,
	)
	if got := strings.Join(texts, "|"); got != "warning: something|evaluation warning: as it stands" {
		t.Errorf("told %q", got)
	}
	if got, want := log.State(), (NixState{Paths: 0, PathsTotal: 3, Bytes: 400, BytesTotal: 2000, Now: "copying glibc-2.40"}); got != want {
		t.Errorf("halfway: %+v, want %+v", got, want)
	}
	take(log,
		`@nix {"action":"result","fields":[1000,1000,0,0],"id":3,"type":105}`,
		`@nix {"action":"stop","id":3}`,
		`@nix {"action":"result","fields":[1,2,0,0],"id":2,"type":105}`,
		`@nix {"action":"start","fields":["/nix/store/`+hash+`-linux-6.12.drv","",1,1],"id":4,"level":3,"parent":1,"text":"building","type":105}`,
		`@nix {"action":"result","fields":["CC main.o"],"id":4,"type":101}`,
	)
	if got, want := log.State(), (NixState{Paths: 1, PathsTotal: 3, Bytes: 1000, BytesTotal: 2000, Now: "building linux-6.12"}); got != want {
		t.Errorf("later: %+v, want %+v", got, want)
	}
	take(log, `@nix {"action":"stop","id":4}`, `@nix {"action":"result","fields":[1,1,0,0],"id":1,"type":105}`, `@nix {"action":"result","fields":[2,2,0,0],"id":2,"type":105}`,
		`@nix {"action":"stop","id":1}`, `@nix {"action":"stop","id":2}`)
	if got := log.State(); got.Paths != 3 || got.PathsTotal != 3 || got.Now != "" {
		t.Errorf("at the end: %+v", got)
	}
}

// What Nix says is wrong is its last error, without colours.
func TestNixLogError(t *testing.T) {
	log := NewNixLog()
	take(log, `@nix {"action":"msg","level":0,"msg":"\u001b[31;1merror:\u001b[0m\n       … while calling\n\n       \u001b[31;1merror:\u001b[0m attribute 'x' missing\n       at /nix/store"}`)
	if got, want := log.Error(), "error: attribute 'x' missing"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// However garbled the log is, what it comes to can be shown: nothing is done
// that was not expected, and nothing grows with the number of lines.
func FuzzNixLog(f *testing.F) {
	f.Add("@nix {\"action\":\"start\",\"id\":1,\"type\":100}\n@nix {\"action\":\"result\",\"id\":1,\"type\":105,\"fields\":[5,3]}\n@nix {}")
	f.Add("@nix {\"action\":\"result\",\"id\":7,\"type\":106,\"fields\":[100,18446744073709551615]}\n@nix")
	f.Add("@nix {\"action\":\"start\",\"id\":1,\"type\":103}\n@nix {\"action\":\"result\",\"id\":1,\"type\":106,\"fields\":[-1,\"x\"]}\n@nix {\"action\":\"stop\",\"id\":1}")
	f.Fuzz(func(t *testing.T, text string) {
		log := NewNixLog()
		for line := range strings.Lines(text) {
			log.Take([]byte(strings.TrimSuffix(line, "\n")))
		}
		if state := log.State(); state.Bytes > state.BytesTotal {
			t.Errorf("%+v", state)
		}
	})
}

// What has ended leaves nothing behind in memory.
func TestNixLogStaysSmall(t *testing.T) {
	log := NewNixLog()
	for i := range 10000 {
		take(log, fmt.Sprintf(`@nix {"action":"start","id":%d,"type":105,"fields":["/nix/store/x-y.drv"]}`, i), fmt.Sprintf(`@nix {"action":"stop","id":%d}`, i))
	}
	if len(log.activities) > 0 || len(log.running) > 0 {
		t.Errorf("%d activities and %d running are left", len(log.activities), len(log.running))
	}
}

func BenchmarkNixLog(b *testing.B) {
	line := []byte(`@nix {"action":"result","fields":["[ 50%] Building C object src/CMakeFiles/x.dir/file.c.o"],"id":4,"type":101}`)
	log := NewNixLog()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		log.Take(line)
	}
}
