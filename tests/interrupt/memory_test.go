package interrupt

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/tests/pty"
)

// chatter prints 200 MB of what Nix says of a build, line by line, while
// something is built that takes its time.
const chatter = `echo $$ >>"$OUT/hung"
echo '@nix {"action":"start","fields":["/nix/store/00000000000000000000000000000000-linux-6.12.drv","",1,1],"id":4,"level":3,"parent":1,"text":"building","type":105}' >&2
yes '@nix {"action":"result","fields":["  CC [M]  drivers/net/ethernet/mellanox/mlx5/core/en_main.o with a few words more"],"id":4,"type":101}' | head -n 1500000 >&2
yes 'a line of a program that says nothing in JSON' | head -n 100000 >&2
echo second >>"$OUT/done"`

// mostMemory is what the program may need, in kB, however much is said.
const mostMemory = 60 << 10

// A log of 200 MB flows through the page, the plain lines and the events, and
// the program stays small.
func TestStaysSmall(t *testing.T) {
	program := built(t)
	for name, args := range map[string][]string{
		"wizard":     {"resume"},
		"plain":      {"--plain", "resume"},
		"unattended": {"resume", "--yes", "--events", "/dev/null"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "plain" && os.Getenv("MNEMONIX_FULL") != "1" {
				t.Skip("the terminal of the test takes long for so many lines: only at length")
			}
			s := newScene(t, program, chatter, "internal-json")
			held := filepath.Join(s.out, "held")
			if err := os.WriteFile(held, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			terminal := s.start(pty.Options{Patience: 5 * time.Minute}, args...)
			s.accept(terminal, name)
			terminal.Wait("do the last thing")
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", processOf(t, s.program)))
			if err != nil {
				t.Fatal(err)
			}
			peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
			if peak == nil {
				t.Fatalf("no peak in\n%s", status)
			}
			kilobytes, err := strconv.Atoi(string(peak[1]))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("at most %d MiB", kilobytes>>10)
			if kilobytes > mostMemory {
				t.Errorf("it took %d kB, and may take %d", kilobytes, mostMemory)
			}
			if err := os.Remove(held); err != nil {
				t.Fatal(err)
			}
			terminal.Wait("installed")
			terminal.Type("q")
			if status := terminal.Status(); status != 0 {
				t.Errorf("ended with %d:\n%s", status, terminal.Screen())
			}
		})
	}
}
