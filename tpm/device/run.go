package device

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Command is any command of go-tpm with the response R.
type Command[R any] interface {
	Execute(tpm transport.TPM, sessions ...tpm2.Session) (*R, error)
}

// Run executes a command. task says for the error what it was to do, in the
// form "load ssh key". The error is an *Error.
func Run[R any](tpm transport.TPM, task string, command Command[R], sessions ...tpm2.Session) (response *R, err error) {
	// A decoder that meets an answer which no TPM sends is to fail, and the
	// program to go on.
	defer func() {
		if broken := recover(); broken != nil {
			response, err = nil, fault(Failed, task, fmt.Errorf("the answer of the TPM makes no sense: %v", broken))
		}
	}()
	response, err = command.Execute(Checked(tpm), sessions...)
	if err != nil {
		return nil, Fault(task, err)
	}
	return response, nil
}

// Fault makes an *Error of what a command of go-tpm returned.
func Fault(task string, err error) error { return fault(conditionOfCode(err), task, err) }

// Checked looks at the frame of every answer before it is decoded. Run does so
// by itself; this is for the parts of go-tpm that send commands on their own.
func Checked(tpm transport.TPM) transport.TPM {
	if _, already := tpm.(checked); already {
		return tpm
	}
	return checked{tpm}
}

type checked struct{ transport.TPM }

// Tags of answers (TPM 2.0 part 2, 6.9).
const (
	tagNoSessions = 0x8001
	tagSessions   = 0x8002
	tag12         = 0x00c4 // TPM_TAG_RSP_COMMAND of TPM 1.2, also sent for TPM_BADTAG
)

var (
	errFrame = errors.New("the answer of the TPM is cut short or garbled")
	err12    = errors.New("it answers as a TPM 1.2")
)

// The TPM asks for the same command again, as after it noted for the first time
// that a key with a PIN is used (TPM 2.0 part 1, 19.8.6).
const (
	codeRetry  = uint32(tpm2.TPMRCRetry)
	maxRetries = 8
	firstPause = time.Millisecond // doubled each time: a quarter of a second in all
)

// Send implements transport.TPM.
func (c checked) Send(command []byte) ([]byte, error) {
	pause := firstPause
	for retry := 0; ; retry++ {
		response, err := c.TPM.Send(command)
		if err != nil {
			return nil, err
		}
		if err := checkFrame(command, response); err != nil {
			return nil, err
		}
		if binary.BigEndian.Uint32(response[6:]) != codeRetry || retry == maxRetries {
			return response, nil
		}
		time.Sleep(pause) //nolint:forbidigo // a TPM has no event for it
		pause *= 2
	}
}

func checkFrame(command, response []byte) error {
	if len(command) < headerBytes || len(response) < headerBytes {
		return errFrame
	}
	withSessions := binary.BigEndian.Uint16(command) == tagSessions
	succeeded := binary.BigEndian.Uint32(response[6:]) == 0
	switch binary.BigEndian.Uint16(response) {
	case tagSessions:
		if !withSessions || !succeeded {
			return errFrame
		}
	case tagNoSessions:
		// An answer without the proof of a session is only good for an error.
		if withSessions && succeeded {
			return errFrame
		}
	case tag12:
		return fault(TPM12, "talk to the TPM", err12)
	default:
		return errFrame
	}
	if int64(binary.BigEndian.Uint32(response[2:])) != int64(len(response)) {
		return errFrame
	}
	return nil
}

// maxRandom is what every TPM gives at once: the size of a SHA-256 digest.
const maxRandom = 32

// Random reads 32 bytes from the TPM's random generator.
func Random(tpm transport.TPM) ([]byte, error) {
	response, err := Run(tpm, "read randomness from the TPM", tpm2.GetRandom{BytesRequested: maxRandom})
	if err != nil {
		return nil, err
	}
	return response.RandomBytes.Buffer, nil
}
