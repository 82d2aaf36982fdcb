package format

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"golang.org/x/crypto/ssh"
)

// ErrSSH says that a text is no SSH public key of P-256.
var ErrSSH = errors.New("not an ecdsa-sha2-nistp256 key")

// SSHPublic is one line of a .pub or authorized_keys file, without a line feed.
// The comment may be empty and must not contain line breaks.
func SSHPublic(key *ecdsa.PublicKey, comment string) (string, error) {
	if strings.ContainsAny(comment, "\r\n\x00") {
		return "", fmt.Errorf("write ssh public key: the comment %q has line breaks", comment)
	}
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("write ssh public key: %w", err)
	}
	line := strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(public)), "\n")
	if comment != "" {
		line += " " + comment
	}
	return line, nil
}

// SSHFingerprint is what ssh-keygen -l prints: SHA256: and 43 letters of base64.
func SSHFingerprint(key *ecdsa.PublicKey) (string, error) {
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("fingerprint ssh key: %w", err)
	}
	return ssh.FingerprintSHA256(public), nil
}

// ParseSSHPublic reads one line as SSHPublic writes it; options, other
// algorithms and further lines are refused.
func ParseSSHPublic(line string) (key *ecdsa.PublicKey, comment string, err error) {
	public, comment, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return nil, "", fmt.Errorf("read ssh public key: %w", errors.Join(err, ErrSSH))
	}
	if len(options) > 0 || len(bytes.TrimSpace(rest)) > 0 || public.Type() != ssh.KeyAlgoECDSA256 {
		return nil, "", fmt.Errorf("read ssh public key of type %s: %w", public.Type(), ErrSSH)
	}
	holder, ok := public.(ssh.CryptoPublicKey)
	if !ok {
		return nil, "", fmt.Errorf("read ssh public key: %w", ErrSSH)
	}
	key, ok = holder.CryptoPublicKey().(*ecdsa.PublicKey)
	if !ok {
		return nil, "", fmt.Errorf("read ssh public key: %w", ErrSSH)
	}
	return key, comment, nil
}

// SSHPrivate is an OpenSSH private key file for a machine without a TPM. With a
// passphrase it is encrypted (bcrypt KDF, aes256-ctr); without one whoever
// reads the file has the key, which is for host keys alone: nothing can ask for
// a passphrase while a machine boots.
func SSHPrivate(key *ecdsa.PrivateKey, comment string, passphrase *secret.Secret) (*secret.Secret, error) {
	var block *pem.Block
	var err error
	if passphrase.Len() == 0 {
		block, err = ssh.MarshalPrivateKey(key, comment)
	} else {
		passphrase.Use(func(view []byte) {
			block, err = ssh.MarshalPrivateKeyWithPassphrase(key, comment, view)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("write ssh private key: %w", err)
	}
	defer clear(block.Bytes)
	return secret.New(pem.EncodeToMemory(block)), nil
}
