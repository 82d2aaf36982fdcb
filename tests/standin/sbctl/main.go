// Command sbctl stands in for the program that makes a machine's own Secure
// Boot keys: it has the one command line that mnemonix uses, and refuses every
// other. Keys that are there stay as they are. It signs nothing: what a
// firmware of the tests trusts was signed beforehand.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbctl:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	// Source: sbctl(8), create-keys.
	if len(args) == 1 && args[0] == "--version" {
		fmt.Println("0.17")
		return nil
	}
	if len(args) != 6 || args[0] != "--disable-landlock" || args[1] != "create-keys" || args[2] != "--export" || args[4] != "--database-path" {
		return fmt.Errorf("this stand-in has no such command line: %q", args)
	}
	for _, name := range []string{"PK", "KEK", "db"} {
		file := filepath.Join(args[3], name, name+".key")
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		text, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text}), 0o400); err != nil {
			return err
		}
	}
	return os.WriteFile(args[5], []byte("8ec4b2c3-dc7f-4362-b9a3-0cc17e5a34cd"), 0o644)
}
