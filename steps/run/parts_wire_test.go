package run

import (
	"bytes"
	"io"
	"reflect"
	"testing"
)

// FuzzWire feeds both ends of the pipe with anything: what is understood is
// what would be written, and nothing asks for more memory than a part has.
func FuzzWire(f *testing.F) {
	var asked, answer bytes.Buffer
	_ = partAsked{Number: 1, Offset: 2, Size: 3, Name: "/dev/sda"}.write(&asked)
	_ = partAnswer{Number: 1, Errno: 5, Fault: "x", Data: []byte("data")}.write(&answer)
	f.Add(asked.Bytes())
	f.Add(answer.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		again := func(what string, written []byte, rest io.Reader) {
			left, _ := io.ReadAll(rest)
			if !bytes.Equal(append(written, left...), data) {
				t.Errorf("%s is written in another way than it was read", what)
			}
		}
		from := bytes.NewReader(data)
		if question, err := readAsked(from); err == nil {
			var to bytes.Buffer
			_ = question.write(&to)
			again("a question", to.Bytes(), from)
		}
		from = bytes.NewReader(data)
		if said, err := readAnswer(from); err == nil {
			var to bytes.Buffer
			_ = said.write(&to)
			again("an answer", to.Bytes(), from)
			if back, err := readAnswer(&to); err != nil || !reflect.DeepEqual(back, said) {
				t.Errorf("%+v came back as %+v, %v", said, back, err)
			}
		}
	})
}
