// Package agent serves SSH keys that live in a TPM over the protocol of
// ssh-agent: ssh, ssh-keygen -Y sign, git and sshd (HostKeyAgent) use them
// without knowing of the TPM.
//
// Its rules:
//
//   - It only signs. Keys are neither added nor removed over the socket, and
//     there is nothing to lock: a PIN is asked for at each use.
//   - A key whose file is damaged is refused when the agent is made, not when
//     somebody needs it.
//   - A PIN goes to the TPM in an encrypted session and is not kept.
package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"

	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Agent implements the agent of golang.org/x/crypto/ssh/agent.
type Agent struct {
	keys []held
	// One use of the TPM at a time: two could not both fit into its memory.
	mu sync.Mutex
}

type held struct {
	signer  ssh.Signer
	comment string
}

var _ agent.Agent = (*Agent)(nil)

// New reads the key files, TSS2 PEM each.
func New(source key.Source, files ...[]byte) (*Agent, error) {
	a := &Agent{}
	for i, file := range files {
		signer, comment, err := Signer(source, file)
		if err != nil {
			return nil, fmt.Errorf("key file %d: %w", i+1, err)
		}
		a.keys = append(a.keys, held{signer, comment})
	}
	return a, nil
}

// Of serves signers that are at hand already, such as a key that was just
// derived and is in no TPM yet.
func Of(signers ...ssh.Signer) *Agent {
	a := &Agent{}
	for _, signer := range signers {
		a.keys = append(a.keys, held{signer: signer})
	}
	return a
}

// Signer makes an SSH signer of one key file, for use without an agent.
func Signer(source key.Source, file []byte) (signer ssh.Signer, comment string, err error) {
	parsed, err := format.ParseTSS2(file)
	if err != nil {
		return nil, "", err
	}
	if parsed.Parent != uint32(object.ParentHandle) {
		return nil, "", fmt.Errorf("key %q: its parent is %#x, not %#x", parsed.Description, parsed.Parent, uint32(object.ParentHandle))
	}
	o, err := object.Parse(parsed.Public)
	if err != nil {
		return nil, "", fmt.Errorf("key %q: %w", parsed.Description, err)
	}
	if o.Use != object.Signing {
		return nil, "", fmt.Errorf("key %q: it is no signing key", parsed.Description)
	}
	signer, err = ssh.NewSignerFromSigner(key.Signer{Stored: &key.Stored{
		Name: parsed.Description, Object: o, Private: parsed.Private, Source: source,
	}})
	if err != nil {
		return nil, "", fmt.Errorf("key %q: %w", parsed.Description, err)
	}
	return signer, parsed.Description, nil
}

// List implements agent.Agent.
func (a *Agent) List() ([]*agent.Key, error) {
	var list []*agent.Key
	for _, k := range a.keys {
		public := k.signer.PublicKey()
		list = append(list, &agent.Key{Format: public.Type(), Blob: public.Marshal(), Comment: k.comment})
	}
	return list, nil
}

// Sign implements agent.Agent.
func (a *Agent) Sign(public ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	wanted := public.Marshal()
	i := slices.IndexFunc(a.keys, func(k held) bool { return bytes.Equal(k.signer.PublicKey().Marshal(), wanted) })
	if i < 0 {
		return nil, fmt.Errorf("sign: no key %s", ssh.FingerprintSHA256(public))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.keys[i].signer.Sign(nil, data)
}

// Signers implements agent.Agent.
func (a *Agent) Signers() ([]ssh.Signer, error) {
	var signers []ssh.Signer
	for _, k := range a.keys {
		signers = append(signers, k.signer)
	}
	return signers, nil
}

// ErrOnlySigns is the answer to everything but listing and signing.
var ErrOnlySigns = errors.New("this agent only signs, with keys that live in the TPM")

// Add implements agent.Agent by refusing.
func (a *Agent) Add(agent.AddedKey) error { return ErrOnlySigns }

// Remove implements agent.Agent by refusing.
func (a *Agent) Remove(ssh.PublicKey) error { return ErrOnlySigns }

// RemoveAll implements agent.Agent by refusing.
func (a *Agent) RemoveAll() error { return ErrOnlySigns }

// Lock implements agent.Agent by refusing.
func (a *Agent) Lock([]byte) error { return ErrOnlySigns }

// Unlock implements agent.Agent by refusing.
func (a *Agent) Unlock([]byte) error { return ErrOnlySigns }

// Serve answers on a listener, a Unix socket that only its owner may enter,
// until the context ends; then it closes the listener and all connections.
func (a *Agent) Serve(ctx context.Context, listener net.Listener) error {
	var connections sync.WaitGroup
	defer connections.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	for {
		connection, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("serve keys on %s: %w", listener.Addr(), err)
		}
		connections.Go(func() { a.answer(ctx, connection) })
	}
}

// answer serves one client until it goes or the context ends.
func (a *Agent) answer(ctx context.Context, connection net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	// The error is the end of the connection; a client that sends nonsense
	// concerns nobody else.
	_ = agent.ServeAgent(a, connection)
	_ = connection.Close()
}
