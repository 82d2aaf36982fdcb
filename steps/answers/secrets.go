package answers

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// MaxSecrets is the largest object that Secrets reads, in bytes.
const MaxSecrets = 64 << 10

const secretNames = "words, wordsPassphrase, diskPassphrase, userPassword, pin, wifi.NAME and services.NAME"

// Secrets reads the JSON object of --secrets-fd to its end. Its members are
// texts: words, wordsPassphrase, diskPassphrase, userPassword, pin, and
// wifi.NAME and services.NAME, which may also be written as objects
// {"wifi": {"NAME": ...}}. One line feed at the end of a text is dropped.
//
// encoding/json would leave copies in memory that cannot be wiped, and its
// errors repeat what they read: this reader has one buffer, wipes it, and
// names no more than the place of a fault.
func Secrets(stream io.Reader) (steps.Secrets, error) {
	buffer := make([]byte, MaxSecrets+1)
	defer clear(buffer)
	count, err := io.ReadFull(stream, buffer)
	switch {
	case err == nil:
		return steps.Secrets{}, fmt.Errorf("read the secrets: there are more than %d bytes", MaxSecrets)
	case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		return steps.Secrets{}, fmt.Errorf("read the secrets: %w", err)
	}
	var secrets steps.Secrets
	reader := secretReader{data: buffer[:count], into: &secrets}
	if err := reader.file(); err != nil {
		secrets.Wipe()
		return steps.Secrets{}, fmt.Errorf("read the secrets: byte %d: %w", reader.at+1, err)
	}
	return secrets, nil
}

type secretReader struct {
	data []byte
	at   int
	into *steps.Secrets
}

func (r *secretReader) file() error {
	if err := r.object(""); err != nil {
		return err
	}
	if r.space(); r.at < len(r.data) {
		return errors.New("something follows the object")
	}
	return nil
}

// object reads {"name": value, ...}; group is the name that it stands under.
func (r *secretReader) object(group string) error {
	if !r.take('{') {
		return errors.New("here must be one JSON object, with the members " + secretNames)
	}
	for first := true; !r.take('}'); first = false {
		if !first && !r.take(',') {
			return errors.New("here must be a comma or the end of the object")
		}
		name, err := r.text()
		if err != nil {
			return err
		}
		if !r.take(':') {
			return errors.New("here must be a colon")
		}
		if err := r.member(group, string(name)); err != nil {
			return err
		}
	}
	return nil
}

// serviceName is what SERVICE may be in the label of a service's key.
var serviceName = regexp.MustCompile(`^[a-z0-9-]+$`)

func (r *secretReader) member(group, name string) error {
	if group == "" && (name == "wifi" || name == "services") {
		return r.object(name + ".")
	}
	value, err := r.text()
	if err != nil {
		return err
	}
	if last := len(value) - 1; last >= 0 && value[last] == '\n' {
		value = value[:last]
	}
	name = group + name
	held := secret.New(value)
	switch service, isService := strings.CutPrefix(name, "services."); {
	case r.into.Named(name) != nil:
		err = errors.New("this member stands there twice")
	case isService && !serviceName.MatchString(service):
		err = errors.New("the name of a service has only lower-case letters, digits and hyphens")
	case !r.into.Put(name, held):
		err = errors.New("no member has this name; the members are " + secretNames)
	default:
		return nil
	}
	held.Wipe()
	return err
}

// text reads a JSON string (RFC 8259, section 7) into a buffer of its own.
func (r *secretReader) text() ([]byte, error) {
	if !r.take('"') {
		return nil, errors.New(`here must be a text in quotes ("...")`)
	}
	text := make([]byte, 0, len(r.data)-r.at) // never grows, so that no copy stays behind
	fail := func(problem string) ([]byte, error) {
		clear(text[:cap(text)])
		return nil, errors.New(problem)
	}
	for r.at < len(r.data) {
		switch char := r.data[r.at]; {
		case char == '"':
			r.at++
			return text, nil
		case char < ' ':
			return fail("a control character must be written as an escape (\\n)")
		case char == '\\':
			decoded, size := unescape(r.data[r.at:])
			if size == 0 {
				return fail("this escape is not one of JSON's")
			}
			text = utf8.AppendRune(text, decoded)
			r.at += size
		default:
			decoded, size := utf8.DecodeRune(r.data[r.at:])
			if decoded == utf8.RuneError && size == 1 {
				return fail("the text is not UTF-8")
			}
			text = append(text, r.data[r.at:r.at+size]...)
			r.at += size
		}
	}
	return fail("the text does not end")
}

// unescape decodes the escape that data begins with, and returns its length;
// 0 when it is none.
func unescape(data []byte) (rune, int) {
	if len(data) < 2 {
		return 0, 0
	}
	if data[1] != 'u' {
		const names, values = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
		if i := strings.IndexByte(names, data[1]); i >= 0 {
			return rune(values[i]), 2
		}
		return 0, 0
	}
	first, ok := hex4(data[2:])
	switch {
	case !ok || first == 0:
		return 0, 0
	case !utf16.IsSurrogate(first):
		return first, 6
	case len(data) < 8 || data[6] != '\\' || data[7] != 'u':
		return 0, 0
	}
	second, ok := hex4(data[8:])
	if both := utf16.DecodeRune(first, second); ok && both != utf8.RuneError {
		return both, 12
	}
	return 0, 0
}

func hex4(data []byte) (rune, bool) {
	if len(data) < 4 {
		return 0, false
	}
	var value rune
	for _, char := range data[:4] {
		switch {
		case char >= '0' && char <= '9':
			value = value<<4 | rune(char-'0')
		case char|0x20 >= 'a' && char|0x20 <= 'f':
			value = value<<4 | rune(char|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return value, true
}

// take skips white space and then this character, if it is there.
func (r *secretReader) take(char byte) bool {
	if r.space(); r.at < len(r.data) && r.data[r.at] == char {
		r.at++
		return true
	}
	return false
}

func (r *secretReader) space() {
	for r.at < len(r.data) && strings.IndexByte(" \t\r\n", r.data[r.at]) >= 0 {
		r.at++
	}
}
