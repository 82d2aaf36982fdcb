package device

import (
	"encoding/binary"
	"errors"
	"fmt"

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
	response, err = command.Execute(checked{tpm}, sessions...)
	if err != nil {
		return nil, fault(conditionOfCode(err), task, err)
	}
	return response, nil
}

// checked looks at the frame of every answer before it is decoded.
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

// Send implements transport.TPM.
func (c checked) Send(command []byte) ([]byte, error) {
	response, err := c.TPM.Send(command)
	if err != nil {
		return nil, err
	}
	if len(response) < headerBytes {
		return nil, errFrame
	}
	switch binary.BigEndian.Uint16(response) {
	case tagSessions:
		// With sessions asked for, without sessions not answered.
		if binary.BigEndian.Uint16(command) != tagSessions {
			return nil, errFrame
		}
	case tagNoSessions:
		if binary.BigEndian.Uint16(command) == tagSessions && binary.BigEndian.Uint32(response[6:]) == 0 {
			return nil, errFrame
		}
	case tag12:
		return nil, fault(TPM12, "talk to the TPM", err12)
	default:
		return nil, errFrame
	}
	if int64(binary.BigEndian.Uint32(response[2:])) != int64(len(response)) {
		return nil, errFrame
	}
	return response, nil
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
