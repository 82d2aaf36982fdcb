package ageid_test

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base64"
	"testing"
)

// agreed reads the point out of a file's header and agrees on the secret with
// a scalar.
func agreed(t *testing.T, scalar, file []byte) []byte {
	t.Helper()
	private, err := ecdh.P256().NewPrivateKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(file) {
		fields := bytes.Fields(line)
		if len(fields) != 4 || string(fields[1]) != "p256tag" {
			continue
		}
		point, err := base64.RawStdEncoding.DecodeString(string(fields[3]))
		if err != nil {
			t.Fatal(err)
		}
		peer, err := ecdh.P256().NewPublicKey(point)
		if err != nil {
			t.Fatal(err)
		}
		shared, err := private.ECDH(peer)
		if err != nil {
			t.Fatal(err)
		}
		return shared
	}
	t.Fatal("the file has no p256tag stanza")
	return nil
}
