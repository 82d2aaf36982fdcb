package tpmtest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Recorder remembers everything that crosses the bus.
type Recorder struct {
	transport.TPM
	Commands  [][]byte
	Responses [][]byte
}

// Send implements transport.TPM.
func (r *Recorder) Send(command []byte) ([]byte, error) {
	r.Commands = append(r.Commands, bytes.Clone(command))
	response, err := r.TPM.Send(command)
	r.Responses = append(r.Responses, bytes.Clone(response))
	return response, err
}

// Close implements io.Closer.
func (r *Recorder) Close() error { return nil }

// Codes lists the command codes, in order.
func (r *Recorder) Codes() []tpm2.TPMCC {
	var codes []tpm2.TPMCC
	for _, command := range r.Commands {
		codes = append(codes, tpm2.TPMCC(binary.BigEndian.Uint32(command[6:])))
	}
	return codes
}

// Find says in which forms something crossed the bus: raw, reversed, in
// hexadecimal or in base64, wherever in the encoded text it begins.
func (r *Recorder) Find(what []byte) []string {
	traffic := bytes.Join(append(append([][]byte{}, r.Commands...), r.Responses...), []byte("|"))
	return Forms(traffic, what)
}

// Forms says in which forms something occurs in data.
func Forms(data, what []byte) []string {
	reversed := bytes.Clone(what)
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	forms := map[string][]byte{
		"raw":      what,
		"reversed": reversed,
		"hex":      []byte(hex.EncodeToString(what)),
		"HEX":      []byte(strings.ToUpper(hex.EncodeToString(what))),
	}
	for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		for before := range 3 { // of the bytes that come before it
			text := encoding.EncodeToString(append(make([]byte, before), what...))
			// The first letters also hold what is before, the last what follows.
			forms[name+" "+strconv.Itoa(before)] = []byte(text[[]int{0, 2, 3}[before] : len(text)-len(text)%4/2])
		}
	}
	var found []string
	for form, text := range forms {
		if bytes.Contains(data, text) {
			found = append(found, form)
		}
	}
	return found
}

// Scripted answers from a list, then says no more; for fuzzing without a TPM.
type Scripted struct {
	Responses [][]byte
	next      int
}

// Send implements transport.TPM.
func (s *Scripted) Send([]byte) ([]byte, error) {
	if s.next >= len(s.Responses) {
		return nil, nil
	}
	s.next++
	return bytes.Clone(s.Responses[s.next-1]), nil
}

// Changed passes everything on, but changes the response with this number.
type Changed struct {
	transport.TPM
	At     int
	Change func(response []byte) []byte
	seen   int
}

// Send implements transport.TPM.
func (c *Changed) Send(command []byte) ([]byte, error) {
	response, err := c.TPM.Send(command)
	if c.seen == c.At && err == nil {
		response = c.Change(bytes.Clone(response))
	}
	c.seen++
	return response, err
}

// Stopped passes a number of commands on and then fails, as when the machine
// is switched off in between.
type Stopped struct {
	transport.TPM
	After int
	Err   error
}

// Send implements transport.TPM.
func (s *Stopped) Send(command []byte) ([]byte, error) {
	if s.After == 0 {
		return nil, s.Err
	}
	s.After--
	return s.TPM.Send(command)
}

// NoneLoaded fails the test when keys or sessions stayed in the TPM's memory.
func (m *Machine) NoneLoaded(t testing.TB) {
	t.Helper()
	if left := m.Loaded(t); len(left) > 0 {
		t.Errorf("left in the TPM's memory: %#x", left)
	}
}
