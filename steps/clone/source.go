package clone

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Error is a source that cannot be used, and what can be done about it.
type Error struct {
	err  error
	hint string
}

func (e *Error) Error() string { return e.err.Error() }

func (e *Error) Unwrap() error { return e.err }

// Hint is what can be done about it.
func (e *Error) Hint() string { return e.hint }

// The forms in which git names what is reached over ssh:
// ssh://[user@]host[:port]/path and [user@]host:path.
// Source: git-clone(1), GIT URLS.
var (
	scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	helper = regexp.MustCompile(`^[A-Za-z0-9]+::`)
	scp    = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^:].*$`)
)

// Source is a source as git takes it: a URL of https or ssh, or the absolute
// path of a repository or a bundle. The spellings of flakes (git+ssh://,
// path:) are understood. A password has no place in it.
func Source(reader run.Reader, typed string) (string, error) {
	source := strings.TrimPrefix(strings.TrimPrefix(typed, "git+"), "path:")
	switch {
	case source == "":
		return "", &Error{errors.New("no place of a flake was named"), "a git URL, a path or a bundle"}
	case source != probe.Shown(source) || strings.HasPrefix(source, "-"):
		return "", &Error{fmt.Errorf("%q is no place of a flake", typed), "a git URL, a path or a bundle"}
	case helper.MatchString(source):
		return "", &Error{fmt.Errorf("%s names a helper program of git, and none is run for a flake that nobody has looked at", typed), "use https, ssh, a path or a bundle"}
	}
	if kind := scheme.FindStringSubmatch(source); kind != nil {
		return fromURL(typed, source, strings.ToLower(kind[1]))
	}
	if _, err := reader.Stat(source); err != nil && scp.MatchString(source) && !strings.HasPrefix(source, "/") {
		return source, nil
	}
	absolute, err := filepath.Abs(source)
	if err != nil {
		return "", err
	}
	if _, err := reader.Stat(absolute); errors.Is(err, fs.ErrNotExist) {
		return "", &Error{fmt.Errorf("there is no %s", absolute), "is the stick mounted, and the path right?"}
	}
	return absolute, nil
}

func fromURL(typed, source, kind string) (string, error) {
	parsed, err := url.Parse(source)
	if err != nil {
		return "", &Error{errors.New("the URL of the flake cannot be read"), "https://HOST/PATH or ssh://USER@HOST/PATH"}
	}
	if _, has := parsed.User.Password(); has {
		return "", &Error{
			errors.New("there is a password in the URL of the flake, and programs would be started with it in sight of everybody"),
			"leave it out; over ssh your own key from the words is offered",
		}
	}
	switch kind {
	case "https", "ssh":
		if parsed.Hostname() == "" || strings.HasPrefix(parsed.Hostname(), "-") {
			return "", &Error{fmt.Errorf("%s names no host", typed), ""}
		}
		return source, nil
	case "file":
		return filepath.Clean(parsed.Path), nil
	}
	return "", &Error{fmt.Errorf("a flake is not fetched over %s", kind), "use https, ssh, a path or a bundle"}
}

// Remote says whether a source is somewhere else, so that it can be the remote
// of the new machine too.
func Remote(source string) bool { return !strings.HasPrefix(source, "/") }

func sorted(branches map[string]string) []string { return slices.Sorted(maps.Keys(branches)) }
