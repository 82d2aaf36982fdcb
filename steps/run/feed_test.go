package run_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

func lost(count int) []byte { return fmt.Appendf(nil, "lost %d\n", count) }

// pipe is a named pipe that nobody reads.
func pipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// within fails the test where something waits for a reader.
func within(t *testing.T, limit time.Duration, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("%s waits for a reader", what)
	}
}

const spareLines = 40000 // of 100 bytes: more than waits for anybody

// flood adds more than waits for a reader, and what must not be left out.
func flood(feed *run.Feed) {
	feed.Add([]byte("first\n"), false)
	for i := range spareLines {
		feed.Add(fmt.Appendf(nil, "%099d\n", i), true)
	}
	feed.Add([]byte("middle\n"), false)
	feed.Add(fmt.Appendf(nil, "%099d\n", spareLines), true)
	feed.Add([]byte("last\n"), false)
}

// Nobody ever reads: nothing waits, neither to open it nor to add to it, and
// the end only a little.
func TestFeedThatNobodyReads(t *testing.T) {
	name := pipe(t)
	within(t, 20*time.Second, "the feed", func() {
		feed, err := run.OpenFeed(name, lost)
		if err != nil {
			t.Error(err)
			return
		}
		flood(feed)
		untaken, err := feed.Close()
		if err != nil || untaken < spareLines-1000 {
			t.Errorf("%d were not taken, %v", untaken, err)
		}
		feed.Add([]byte("after the end\n"), false)
	})
}

// Who reads late reads what must not be left out, in its order, and how much
// else there was.
func TestFeedThatIsReadLate(t *testing.T) {
	name := pipe(t)
	feed, err := run.OpenFeed(name, lost)
	if err != nil {
		t.Fatal(err)
	}
	feed.Redact(func(text []byte) []byte { return []byte(strings.ReplaceAll(string(text), "middle", "[redacted]")) })
	within(t, 20*time.Second, "adding", func() { flood(feed) })
	reader, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	read := make(chan []string, 1)
	go func() {
		var lines []string
		for scanner := bufio.NewScanner(reader); scanner.Scan(); {
			lines = append(lines, scanner.Text())
		}
		read <- lines
	}()
	untaken, err := feed.Close()
	if err != nil {
		t.Error(err)
	}
	lines := <-read
	var said []string
	spare, gaps := 0, 0
	for _, line := range lines {
		var count int
		switch {
		case strings.HasPrefix(line, "0"):
			spare++
		case strings.HasPrefix(line, "lost "):
			_, _ = fmt.Sscanf(line, "lost %d", &count)
			gaps += count
		default:
			said = append(said, line)
		}
	}
	if strings.Join(said, " ") != "first [redacted] last" {
		t.Errorf("read %q", said)
	}
	if gaps == 0 || gaps != untaken || spare+gaps != spareLines+1 || spare < 1000 {
		t.Errorf("%d were read, %d are said to be lost and %d not taken, of %d", spare, gaps, untaken, spareLines+1)
	}
}

// A file is written like any other, to its end, and what is there stays.
func TestFeedIsAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	for _, text := range []string{"one\n", "two\n"} {
		feed, err := run.OpenFeed(name, lost)
		if err != nil {
			t.Fatal(err)
		}
		feed.Add([]byte(text), true)
		if untaken, err := feed.Close(); untaken != 0 || err != nil {
			t.Errorf("%d, %v", untaken, err)
		}
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "one\ntwo\n" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// A disk that is full is a failure, and stops nobody.
func TestFeedOfAFullDisk(t *testing.T) {
	feed, err := run.OpenFeed("/dev/full", lost)
	if err != nil {
		t.Fatal(err)
	}
	feed.Add([]byte("line\n"), false)
	if _, err := feed.Close(); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("%v", err)
	}
}
