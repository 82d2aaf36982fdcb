package clone_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"codeberg.org/mnemonix/mnemonix/steps/clone"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// serve is a server on this machine that knows one key, and lets its owner
// fetch with git. It returns its address.
func serve(t *testing.T, allowed ssh.PublicKey) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(offered.Marshal(), allowed.Marshal()) {
			return nil, errors.New("an unknown key")
		}
		return &ssh.Permissions{}, nil
	}}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go fetches(conn, config)
		}
	}()
	return listener.Addr().String()
}

// fetches lets one connection fetch.
func fetches(conn net.Conn, config *ssh.ServerConfig) {
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	defer server.Close()
	go ssh.DiscardRequests(requests)
	for wanted := range channels {
		channel, requests, err := wanted.Accept()
		if err != nil {
			return
		}
		for request := range requests {
			var order struct{ Command string }
			_ = ssh.Unmarshal(request.Payload, &order)
			place, can := strings.CutPrefix(order.Command, "git-upload-pack ")
			_ = request.Reply(request.Type == "exec" && can || request.Type == "env", nil)
			if request.Type != "exec" || !can {
				continue
			}
			command := exec.Command("git", "-c", "safe.directory=*", "upload-pack", strings.Trim(place, "'"))
			command.Stdin, command.Stdout, command.Stderr = channel, channel, channel.Stderr()
			status := []byte{0, 0, 0, 0}
			if command.Run() != nil {
				status[3] = 1
			}
			_, _ = channel.SendRequest("exit-status", false, status)
			_ = channel.Close()
		}
	}
}

// The operator's key of the words opens a private repository, and nobody
// else's does; of the host's key nothing stays behind.
func TestFetchBySSH(t *testing.T) {
	need.Program(t, "ssh")
	signer := root(t, mine)
	o := newOrigin(t, signer)
	own, _, _, _, err := ssh.ParseAuthorizedKey([]byte(keysOf(t, signer, "first", nil).User.SSH.Public))
	if err != nil {
		t.Fatal(err)
	}
	url := "ssh://git@" + serve(t, own) + o.folder
	fetch := func(root *derive.Root) (*clone.Clone, error) {
		return clone.Fetch(t.Context(), clone.Options{Runner: run.NewReal("/", nil), Source: url, Base: t.TempDir(), Root: root})
	}
	cloned, err := fetch(signer)
	if err != nil {
		t.Fatal(err)
	}
	if cloned.Trust != clone.Signed || cloned.Branch != "main" {
		t.Errorf("it is believed as %v, on %s", cloned.Trust, cloned.Branch)
	}
	if home, err := os.UserHomeDir(); err == nil {
		known, err := os.ReadFile(filepath.Join(home, ".ssh", "known_hosts"))
		if address, _, _ := strings.Cut(strings.TrimPrefix(url, "ssh://git@"), "/"); err == nil && strings.Contains(string(known), address[strings.LastIndex(address, ":"):]+" ") {
			t.Errorf("the host's key stays in %s", home)
		}
	}
	if err := cloned.Remove(); err != nil {
		t.Error(err)
	}
	var problem *clone.Error
	if _, err := fetch(root(t, others)); !errors.As(err, &problem) ||
		!strings.Contains(problem.Error(), "Permission denied (publickey)") || !strings.Contains(problem.Hint(), "its server wants to know who asks") {
		t.Errorf("with other words: %v, %+v", err, problem)
	}
}
