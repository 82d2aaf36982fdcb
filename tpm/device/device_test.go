package device_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/internal/tpmtest"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"github.com/google/go-tpm/tpm2"
)

// system makes a tree of /dev and /sys.
func system(t *testing.T, files map[string]string) device.System {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return device.System{Dev: filepath.Join(root, "dev"), Sys: filepath.Join(root, "sys")}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	const version = "sys/class/tpm/tpm0/tpm_version_major"
	long := device.SocketStart + "/tmp/" + strings.Repeat("x", 104)
	for name, c := range map[string]struct {
		files  map[string]string
		choice string
		want   device.Condition
	}{
		"none":               {nil, device.None, device.NoTPM},
		"nothing there":      {nil, device.Auto, device.NoTPM},
		"nothing, by name":   {nil, "/dev/does/not/exist", device.DeviceMissing},
		"version 1.2":        {map[string]string{version: "1\n"}, device.Auto, device.TPM12},
		"no device":          {map[string]string{version: "2\n"}, device.Auto, device.DeviceMissing},
		"a plain file":       {map[string]string{version: "2\n", "dev/tpmrm0": ""}, device.Auto, device.DeviceMissing},
		"no socket":          {nil, device.SocketStart + "/tmp/no/socket", device.DeviceMissing},
		"a long socket path": {nil, long, device.DeviceMissing},
	} {
		t.Run(name, func(t *testing.T) {
			tpm, err := system(t, c.files).Open(c.choice)
			var fault *device.Error
			if tpm != nil || !errors.As(err, &fault) {
				t.Fatalf("got %v, %v", tpm, err)
			}
			if fault.Condition != c.want || fault.Hint() == "" || fault.Error() == "" {
				t.Errorf("got %s (%v), want %s", fault.Condition, err, c.want)
			}
		})
	}
}

func TestOpenNotPermitted(t *testing.T) {
	if os.Getuid() == 0 {
		// Root may open everything: the errors of the kernel are tested by
		// their mapping alone.
		for err, want := range map[error]device.Condition{
			&os.PathError{Op: "open", Path: "/dev/tpmrm0", Err: syscall.EACCES}: device.NotPermitted,
			&os.PathError{Op: "open", Path: "/dev/tpmrm0", Err: syscall.EPERM}:  device.NotPermitted,
			&os.PathError{Op: "open", Path: "/dev/tpm0", Err: syscall.EBUSY}:    device.Busy,
			&os.PathError{Op: "open", Path: "/dev/tpm0", Err: syscall.ENODEV}:   device.DeviceMissing,
			&os.PathError{Op: "open", Path: "/dev/tpm0", Err: syscall.EIO}:      device.Failed,
		} {
			if got := device.ConditionOf(device.OpenFault("/dev/tpmrm0", err)); got != want {
				t.Errorf("%v: %s, want %s", err, got, want)
			}
		}
		return
	}
	folder := t.TempDir()
	socket := filepath.Join(folder, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	if err := os.Chmod(socket, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := device.Open(device.SocketStart + socket); device.ConditionOf(err) != device.NotPermitted {
		t.Errorf("got %v", err)
	}
}

func TestStatus(t *testing.T) {
	machine := tpmtest.Start(t)
	status, err := device.ReadStatus(machine)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(status.Vendor, "  ") {
		t.Errorf("the vendor is %q", status.Vendor)
	}
	if !strings.HasPrefix(status.Vendor, "IBM") || status.Firmware == "0.0.0.0" || !strings.HasPrefix(status.Revision, "1.") {
		t.Errorf("%q, %q, %q", status.Vendor, status.Firmware, status.Revision)
	}
	if !status.Enabled || status.OwnerAuth || status.InLockout || status.MaxWrongPINs == 0 || status.Tries() != status.MaxWrongPINs ||
		status.StorageKey != nil || len(status.Conditions) != 0 || !status.Ready() || status.PersistRoom == 0 {
		t.Errorf("%+v", status)
	}
	parent, created, err := device.EnsureParent(machine)
	if err != nil || !created {
		t.Fatal(err)
	}
	again, created, err := device.EnsureParent(machine)
	if err != nil || created || !bytes.Equal(again.Name, parent.Name) {
		t.Fatalf("the second time: created %v, %v", created, err)
	}
	status, err = device.ReadStatus(machine)
	if err != nil || status.StorageKey == nil || status.StorageKey.Kind != "ECC P-256" || len(status.StorageKey.Name) != 68 {
		t.Fatalf("%+v, %v", status, err)
	}
	text, err := json.Marshal(status)
	if err != nil || !bytes.Contains(text, []byte(`"conditions":[]`)) {
		t.Errorf("%s, %v", text, err)
	}
	if random, err := device.Random(machine); err != nil || len(random) != 32 {
		t.Errorf("%d random bytes, %v", len(random), err)
	}
	machine.NoneLoaded(t)
}

func conditions(t *testing.T, machine *tpmtest.Machine) []device.Condition {
	t.Helper()
	status, err := device.ReadStatus(machine)
	if err != nil {
		t.Fatal(err)
	}
	if status.Ready() != !slices.ContainsFunc(status.Conditions, func(c device.Condition) bool { return c != device.RSAParent && c != device.Lockout }) {
		t.Errorf("ready: %v with %v", status.Ready(), status.Conditions)
	}
	return status.Conditions
}

func TestRSAParent(t *testing.T) {
	machine := tpmtest.Start(t)
	if err := machine.Persist(t, tpm2.RSASRKTemplate, object.ParentHandle); err != nil {
		t.Fatal(err)
	}
	if got := conditions(t, machine); !slices.Equal(got, []device.Condition{device.RSAParent}) {
		t.Errorf("conditions %v", got)
	}
	parent, created, err := device.EnsureParent(machine)
	if err != nil || created || parent.Kind() != "RSA 2048" {
		t.Errorf("%v, created %v, %v", parent, created, err)
	}
}

func TestOwnerAuth(t *testing.T) {
	machine := tpmtest.Start(t)
	machine.SetOwnerAuth(t, "secret of the owner")
	if got := conditions(t, machine); !slices.Equal(got, []device.Condition{device.OwnerAuth}) {
		t.Errorf("conditions %v", got)
	}
	if _, _, err := device.EnsureParent(machine); device.ConditionOf(err) != device.OwnerAuth {
		t.Errorf("got %v", err)
	}
	// A storage root key that was there before goes on serving.
	other := tpmtest.Start(t)
	if _, _, err := device.EnsureParent(other); err != nil {
		t.Fatal(err)
	}
	other.SetOwnerAuth(t, "secret of the owner")
	if got := conditions(t, other); len(got) != 0 {
		t.Errorf("conditions %v", got)
	}
	if _, created, err := device.EnsureParent(other); err != nil || created {
		t.Errorf("created %v, %v", created, err)
	}
}

func TestNVFull(t *testing.T) {
	machine := tpmtest.Start(t)
	full := false
	for i := range tpm2.TPMHandle(500) {
		template := object.StorageTemplate()
		if err := machine.Persist(t, template, 0x81010000+i); err != nil {
			if !errors.Is(err, tpm2.TPMRCNVSpace) {
				t.Fatal(err)
			}
			full = true
			break
		}
	}
	if !full {
		t.Fatal("there is room for 500 keys")
	}
	if _, _, err := device.EnsureParent(machine); device.ConditionOf(err) != device.NVFull {
		t.Errorf("got %v", err)
	}
	if got := conditions(t, machine); !slices.Equal(got, []device.Condition{device.NVFull}) {
		t.Errorf("conditions %v", got)
	}
	machine.NoneLoaded(t)
}

func TestDisabled(t *testing.T) {
	machine := tpmtest.Start(t)
	// TPM2_HierarchyControl(platform, owner, off), which go-tpm does not know
	// (TPM 2.0 part 3, 24.2).
	command := []byte{
		0x80, 0x02, 0, 0, 0, 32, 0, 0, 0x01, 0x21,
		0x40, 0, 0, 0x0c, 0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0,
		0x40, 0, 0, 0x01, 0,
	}
	response, err := machine.Send(command)
	if err != nil || binary.BigEndian.Uint32(response[6:]) != 0 {
		t.Fatalf("%x, %v", response, err)
	}
	if got := conditions(t, machine); !slices.Equal(got, []device.Condition{device.Disabled}) {
		t.Errorf("conditions %v", got)
	}
	if _, _, err := device.EnsureParent(machine); device.ConditionOf(err) != device.Disabled {
		t.Errorf("got %v", err)
	}
}

func TestTPM12Answers(t *testing.T) {
	answer := []byte{0, 0xc4, 0, 0, 0, 10, 0, 0, 0, 0x1e}
	if _, err := device.ReadStatus(&tpmtest.Scripted{Responses: [][]byte{answer}}); device.ConditionOf(err) != device.TPM12 {
		t.Errorf("got %v", err)
	}
}

// A key whose private half somebody knows, put where the storage root key is
// looked for, in every way in which it can be done.
func TestPlantedParents(t *testing.T) {
	t.Run("imported", func(t *testing.T) {
		machine := tpmtest.Start(t)
		planted := object.StorageTemplate()
		planted.ObjectAttributes.FixedTPM = false
		planted.ObjectAttributes.FixedParent = false
		planted.ObjectAttributes.SensitiveDataOrigin = false
		known, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point := known.PublicKey().Bytes()
		planted.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: point[1:33]}, Y: tpm2.TPM2BECCParameter{Buffer: point[33:]},
		})
		plant(t, machine, planted, known.Bytes())
		refused(t, machine)
	})
	t.Run("imported with a flag that lies", func(t *testing.T) {
		machine := tpmtest.Start(t)
		planted := object.StorageTemplate()
		planted.ObjectAttributes.FixedTPM = false
		planted.ObjectAttributes.FixedParent = false // sensitiveDataOrigin stays set
		known, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point := known.PublicKey().Bytes()
		planted.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: point[1:33]}, Y: tpm2.TPM2BECCParameter{Buffer: point[33:]},
		})
		plant(t, machine, planted, known.Bytes())
		refused(t, machine)
	})
	t.Run("a child of a storage key", func(t *testing.T) {
		machine := tpmtest.Start(t)
		primary, name := primaryKey(t, machine, tpm2.TPMRHOwner)
		made, err := tpm2.Create{
			ParentHandle: tpm2.AuthHandle{Handle: primary, Name: name, Auth: tpm2.PasswordAuth(nil)},
			InPublic:     tpm2.New2B(object.StorageTemplate()),
		}.Execute(machine)
		if err != nil {
			t.Fatal(err)
		}
		persistChild(t, machine, primary, name, made.OutPrivate, made.OutPublic)
		refused(t, machine)
	})
	t.Run("a primary of the endorsement hierarchy", func(t *testing.T) {
		machine := tpmtest.Start(t)
		primary, name := primaryKey(t, machine, tpm2.TPMRHEndorsement)
		persist(t, machine, primary, name)
		refused(t, machine)
	})
	t.Run("a signing key", func(t *testing.T) {
		machine := tpmtest.Start(t)
		template := object.StorageTemplate()
		template.ObjectAttributes.Decrypt, template.ObjectAttributes.Restricted = false, false
		template.ObjectAttributes.SignEncrypt = true
		template.Parameters = tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256})
		if err := machine.Persist(t, template, object.ParentHandle); err != nil {
			t.Fatal(err)
		}
		refused(t, machine)
	})
}

func refused(t *testing.T, machine *tpmtest.Machine) {
	t.Helper()
	if _, _, err := device.EnsureParent(machine); device.ConditionOf(err) != device.ForeignParent || !errors.Is(err, object.ErrNotStorageRoot) {
		t.Errorf("got %v", err)
	}
	status, err := device.ReadStatus(machine)
	if err != nil || status.Ready() || status.StorageKey == nil || status.StorageKey.Refused == "" ||
		!slices.Contains(status.Conditions, device.ForeignParent) {
		t.Errorf("%+v, %v", status, err)
	}
}

func primaryKey(t *testing.T, machine *tpmtest.Machine, hierarchy tpm2.TPMHandle) (tpm2.TPMHandle, tpm2.TPM2BName) {
	t.Helper()
	made, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.AuthHandle{Handle: hierarchy, Auth: tpm2.PasswordAuth(nil)},
		InPublic:      tpm2.New2B(object.StorageTemplate()),
	}.Execute(machine)
	if err != nil {
		t.Fatal(err)
	}
	return made.ObjectHandle, made.Name
}

// plant imports a key with a known private part and stores it.
func plant(t *testing.T, machine *tpmtest.Machine, public tpm2.TPMTPublic, scalar []byte) {
	t.Helper()
	primary, name := primaryKey(t, machine, tpm2.TPMRHOwner)
	sensitive := tpm2.Marshal(tpm2.New2B(tpm2.TPMTSensitive{
		SensitiveType: tpm2.TPMAlgECC,
		SeedValue:     tpm2.TPM2BDigest{Buffer: make([]byte, 32)},
		Sensitive:     tpm2.NewTPMUSensitiveComposite(tpm2.TPMAlgECC, &tpm2.TPM2BECCParameter{Buffer: scalar}),
	}))
	imported, err := tpm2.Import{
		ParentHandle: tpm2.AuthHandle{Handle: primary, Name: name, Auth: tpm2.PasswordAuth(nil)},
		ObjectPublic: tpm2.New2B(public),
		Duplicate:    tpm2.TPM2BPrivate{Buffer: sensitive},
		Symmetric:    tpm2.TPMTSymDef{Algorithm: tpm2.TPMAlgNull},
	}.Execute(machine)
	if err != nil {
		t.Fatal(err)
	}
	persistChild(t, machine, primary, name, imported.OutPrivate, tpm2.New2B(public))
}

func persistChild(t *testing.T, machine *tpmtest.Machine, primary tpm2.TPMHandle, name tpm2.TPM2BName, private tpm2.TPM2BPrivate, public tpm2.TPM2BPublic) {
	t.Helper()
	loaded, err := tpm2.Load{
		ParentHandle: tpm2.AuthHandle{Handle: primary, Name: name, Auth: tpm2.PasswordAuth(nil)},
		InPrivate:    private, InPublic: public,
	}.Execute(machine)
	if err != nil {
		t.Fatal(err)
	}
	persist(t, machine, loaded.ObjectHandle, loaded.Name)
	if err := device.Flush(machine, primary); err != nil {
		t.Fatal(err)
	}
}

func persist(t *testing.T, machine *tpmtest.Machine, handle tpm2.TPMHandle, name tpm2.TPM2BName) {
	t.Helper()
	_, err := tpm2.EvictControl{
		Auth:             tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		ObjectHandle:     tpm2.NamedHandle{Handle: handle, Name: name},
		PersistentHandle: object.ParentHandle,
	}.Execute(machine)
	if err != nil {
		t.Fatal(err)
	}
	if err := device.Flush(machine, handle); err != nil {
		t.Fatal(err)
	}
}

func TestHintsExist(t *testing.T) {
	for _, c := range []device.Condition{
		device.NoTPM, device.TPM12, device.Disabled, device.DeviceMissing, device.NotPermitted, device.Busy, device.Lockout,
		device.OwnerAuth, device.NVFull, device.ForeignParent, device.ParentAuth, device.RSAParent, device.WrongPIN, device.OtherTPM, device.Failed,
	} {
		if hint := c.Hint(); hint == "" || strings.HasSuffix(hint, ".") {
			t.Errorf("%s: hint %q", c, hint)
		}
	}
	if device.ConditionOf(nil) != "" || device.ConditionOf(errors.New("x")) != device.Failed {
		t.Error("ConditionOf is wrong about strangers")
	}
}
