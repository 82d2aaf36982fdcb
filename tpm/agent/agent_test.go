package agent_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/agent"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/internal/tpmtest"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"
)

// serve starts an agent and gives its socket.
func serve(t *testing.T, source key.Source, files ...[]byte) string {
	t.Helper()
	made, err := agent.New(source, files...)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "agent") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(folder, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- made.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(folder)
	})
	return socket
}

func client(t *testing.T, socket string) sshagent.ExtendedAgent {
	t.Helper()
	connection, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return sshagent.NewClient(connection)
}

func TestAgentSigns(t *testing.T) {
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "4711")
	asked := 0
	remote := client(t, serve(t, machine.Source("4711", &asked), files[enroll.UserSSH].Private, files[enroll.HostSSH].Private))
	keys, err := remote.List()
	if err != nil || len(keys) != 2 {
		t.Fatalf("%v, %v", keys, err)
	}
	for i, slot := range []enroll.Slot{enroll.UserSSH, enroll.HostSSH} {
		if got := keys[i].String() + "\n"; got != string(files[slot].Public) {
			t.Errorf("lists %s, not %s", got, files[slot].Public)
		}
		signature, err := remote.Sign(keys[i], []byte("data"))
		if err != nil {
			t.Fatal(err)
		}
		if err := keys[i].Verify([]byte("data"), signature); err != nil {
			t.Error(err)
		}
		if err := keys[i].Verify([]byte("other data"), signature); err == nil {
			t.Error("the signature is good for other data")
		}
	}
	if asked != 1 {
		t.Errorf("asked for a PIN %d times for one use of one key with a PIN", asked)
	}
	for name, err := range map[string]error{
		"add": remote.Add(sshagent.AddedKey{}), "remove": remote.Remove(keys[0]), "remove all": remote.RemoveAll(),
		"lock": remote.Lock([]byte("x")), "unlock": remote.Unlock([]byte("x")),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if again, err := remote.List(); err != nil || len(again) != 2 {
		t.Errorf("afterwards: %v, %v", again, err)
	}
	machine.NoneLoaded(t)
}

func TestWrongPINAndLockout(t *testing.T) {
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "4711")
	signer, _, err := agent.Signer(machine.Source("0815", nil), files[enroll.UserSSH].Private)
	if err != nil {
		t.Fatal(err)
	}
	want := device.WrongPIN
	for range 40 {
		if _, err = signer.Sign(nil, []byte("x")); device.ConditionOf(err) != want {
			if device.ConditionOf(err) == device.Lockout && want == device.WrongPIN {
				want = device.Lockout
				break
			}
			t.Fatalf("got %v", err)
		}
	}
	right, _, err := agent.Signer(machine.Source("4711", nil), files[enroll.UserSSH].Private)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := right.Sign(nil, []byte("x")); device.ConditionOf(err) != device.Lockout || want != device.Lockout {
		t.Errorf("the right PIN after many wrong ones: %v", err)
	}
	// The machine's own key has no PIN and goes on.
	host, _, err := agent.Signer(machine.Source("", nil), files[enroll.HostSSH].Private)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.Sign(nil, []byte("x")); err != nil {
		t.Errorf("a key without a PIN in a lockout: %v", err)
	}
	machine.NoneLoaded(t)
}

func TestAgentRefusesFiles(t *testing.T) {
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "")
	good, err := format.ParseTSS2(files[enroll.HostSSH].Private)
	if err != nil {
		t.Fatal(err)
	}
	marshal := func(change func(*format.TSS2Key)) []byte {
		key := *good
		key.Public = bytes.Clone(good.Public)
		change(&key)
		file, err := key.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	identity, err := format.ParseAgeTPMIdentity(format.IdentityLines(files[enroll.HostAge].Private)[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"empty":           nil,
		"an age identity": files[enroll.HostAge].Private,
		"another parent":  marshal(func(k *format.TSS2Key) { k.Parent = 0x40000001 }),
		"an age key":      marshal(func(k *format.TSS2Key) { k.Public = identity.Public }),
		"attributes":      marshal(func(k *format.TSS2Key) { k.Public[9] ^= 2 }),
	} {
		if _, err := agent.New(machine.Source("", nil), file); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	// A wrapped part that was changed is refused by the TPM.
	bent := marshal(func(k *format.TSS2Key) { k.Private = bytes.Clone(k.Private); k.Private[40] ^= 1 })
	signer, _, err := agent.Signer(machine.Source("", nil), bent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signer.Sign(nil, []byte("x")); device.ConditionOf(err) != device.OtherTPM {
		t.Errorf("a changed wrapped part: %v", err)
	}
	machine.Clear(t)
	whole, _, err := agent.Signer(machine.Source("", nil), files[enroll.HostSSH].Private)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := whole.Sign(nil, []byte("x")); device.ConditionOf(err) != device.OtherTPM {
		t.Errorf("after clearing the TPM: %v", err)
	}
	machine.NoneLoaded(t)
}

// ssh-keygen signs through the agent and verifies, as git does for commits.
func TestSSHKeygen(t *testing.T) {
	program := tpmtest.Tool(t, "ssh-keygen")
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "4711")
	sign := files[enroll.UserSign]
	socket := serve(t, machine.Source("4711", nil), sign.Private)
	public := tpmtest.Write(t, "sign.pub", sign.Public)
	allowed := tpmtest.Write(t, "allowed", append([]byte("alice@slax "), sign.Public...))
	run := func(input string, arguments ...string) (string, error) {
		command := exec.Command(program, arguments...)
		command.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
		command.Stdin = strings.NewReader(input)
		out, err := command.CombinedOutput()
		return string(out), err
	}
	signature, err := run("a commit\n", "-Y", "sign", "-n", "git", "-f", public)
	if err != nil {
		t.Fatalf("%v: %s", err, signature)
	}
	// The signature is written to standard output after a line of chatter.
	_, armored, found := strings.Cut(signature, "-----BEGIN SSH SIGNATURE-----")
	if !found {
		t.Fatalf("no signature in %s", signature)
	}
	file := tpmtest.Write(t, "signature", []byte("-----BEGIN SSH SIGNATURE-----"+armored))
	verify := []string{"-Y", "verify", "-n", "git", "-I", "alice@slax", "-f", allowed, "-s", file}
	if out, err := run("a commit\n", verify...); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := run("another commit\n", verify...); err == nil {
		t.Errorf("verified for another text: %s", out)
	}
}

// A server that knows the key lets us in through the agent: the whole
// protocol, with the TPM behind it.
func TestSSHLogin(t *testing.T) {
	machine := tpmtest.Start(t)
	files := machine.Enrol(t, "")
	user := client(t, serve(t, machine.Source("", nil), files[enroll.UserSSH].Private))
	host := client(t, serve(t, machine.Source("", nil), files[enroll.HostSSH].Private))
	hostSigners, err := host.Signers()
	if err != nil || len(hostSigners) != 1 {
		t.Fatalf("%v, %v", hostSigners, err)
	}
	authorized, _, _, _, err := ssh.ParseAuthorizedKey(files[enroll.UserSSH].Public)
	if err != nil {
		t.Fatal(err)
	}
	server := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(key.Marshal(), authorized.Marshal()) {
			return nil, errors.New("unknown key")
		}
		return nil, nil
	}}
	server.AddHostKey(hostSigners[0])
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() {
		far, err := listener.Accept()
		if err != nil {
			served <- err
			return
		}
		connection, _, _, err := ssh.NewServerConn(far, server)
		if err == nil {
			_ = connection.Close()
		}
		served <- err
	}()
	hostKey, _, _, _, err := ssh.ParseAuthorizedKey(files[enroll.HostSSH].Public)
	if err != nil {
		t.Fatal(err)
	}
	connection, _, _, err := ssh.NewClientConn(near, "slax", &ssh.ClientConfig{
		User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeysCallback(user.Signers)}, HostKeyCallback: ssh.FixedHostKey(hostKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = connection.Close()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
}

// git signs a commit with the key in the TPM, and verifies it.
func TestGitCommit(t *testing.T) {
	program := tpmtest.Tool(t, "git")
	tpmtest.Tool(t, "ssh-keygen")
	machine := tpmtest.Start(t)
	sign := machine.Enrol(t, "4711")[enroll.UserSign]
	socket := serve(t, machine.Source("4711", nil), sign.Private)
	allowed := tpmtest.Write(t, "allowed", append([]byte("alice@example.org "), sign.Public...))
	folder := t.TempDir()
	fields := strings.Fields(string(sign.Public))
	git := func(arguments ...string) {
		t.Helper()
		command := exec.Command(program, append([]string{
			"-C", folder, "-c", "gpg.format=ssh", "-c", "gpg.ssh.allowedSignersFile=" + allowed,
			"-c", "user.signingKey=key::" + fields[0] + " " + fields[1], "-c", "user.name=Alice", "-c", "user.email=alice@example.org",
		}, arguments...)...)
		command.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v: %s", strings.Join(arguments, " "), err, out)
		}
	}
	git("init", "--quiet")
	git("commit", "--quiet", "--allow-empty", "--gpg-sign", "--message", "signed")
	git("verify-commit", "HEAD")
}
