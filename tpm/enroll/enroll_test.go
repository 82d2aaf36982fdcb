package enroll_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/internal/tpmtest"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

const (
	phrase = "muscle crucial dynamic immense roof raw dirt feed laugh spell clown column kangaroo rocket liberty start dog load approve identify ball mosquito escape panic"
	pin    = "4711-Übung"
)

func rootOf(t testing.TB, text string) *derive.Root {
	t.Helper()
	m, err := words.Parse(secret.FromString(text))
	if err != nil {
		t.Fatal(err)
	}
	root, err := derive.New(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func request(t testing.TB, pin string) enroll.Request {
	t.Helper()
	return enroll.Request{
		Root: rootOf(t, phrase), Name: "slax", Operator: true, PIN: secret.FromString(pin), Comment: "alice@slax",
	}
}

func enrolled(t testing.TB, tpm transport.TPM, r enroll.Request) *enroll.Result {
	t.Helper()
	result, err := enroll.Enroll(tpm, r)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func files(result *enroll.Result) map[enroll.Slot][]byte {
	present := map[enroll.Slot][]byte{}
	for _, f := range result.Files {
		present[f.Slot] = f.Private
	}
	return present
}

func states(result *enroll.Result) []enroll.State {
	var all []enroll.State
	for _, f := range result.Files {
		all = append(all, f.State)
	}
	return all
}

func times(state enroll.State, n int) []enroll.State {
	return slices.Repeat([]enroll.State{state}, n)
}

// The same words in two machines: the same public keys, other blobs.
func TestTwoMachines(t *testing.T) {
	a, b := tpmtest.Start(t), tpmtest.Start(t)
	onA, onB := enrolled(t, a, request(t, "")), enrolled(t, b, request(t, ""))
	if onA.Keys.SRK.Name == onB.Keys.SRK.Name {
		t.Error("both machines have the same storage root key")
	}
	want, err := format.NewPublicKeys(rootOf(t, phrase), "slax", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range []*enroll.Result{onA, onB} {
		if !result.ParentCreated || result.ParentKind != "ECC P-256" || !result.Changed() {
			t.Errorf("parent created: %v, %s, changed: %v", result.ParentCreated, result.ParentKind, result.Changed())
		}
		got := *result.Keys
		got.SRK = nil
		if diff := cmp.Diff(want, &got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(times(enroll.New, 5), states(result)); diff != "" {
			t.Error(diff)
		}
	}
	for i, file := range onA.Files {
		other := onB.Files[i]
		if !bytes.Equal(file.Public, other.Public) || file.Label != other.Label {
			t.Errorf("%s: the public parts differ", file.Slot)
		}
		if bytes.Equal(file.Private, other.Private) {
			t.Errorf("%s: the wrapped parts are the same", file.Slot)
		}
	}
	// A's keys are useless in B.
	r := request(t, "")
	r.Present = files(onA)
	if got := states(enrolled(t, b, r)); !slices.Equal(got, times(enroll.Restored, 5)) {
		t.Errorf("A's files on B: %v", got)
	}
	a.NoneLoaded(t)
	b.NoneLoaded(t)
}

func TestFilesSayWhatTheyAre(t *testing.T) {
	result := enrolled(t, tpmtest.Start(t), request(t, pin))
	for _, file := range result.Files {
		var public []byte
		if strings.HasSuffix(string(file.Slot), "/age") {
			identity, err := format.ParseAgeTPMIdentity(format.IdentityLines(file.Private)[0])
			if err != nil {
				t.Fatal(err)
			}
			if identity.PIN != file.Slot.Operators() || file.Public != nil {
				t.Errorf("%s: PIN %v, .pub %q", file.Slot, identity.PIN, file.Public)
			}
			public = identity.Public
		} else {
			parsed, err := format.ParseTSS2(file.Private)
			if err != nil {
				t.Fatal(err)
			}
			comment := map[bool]string{true: "alice@slax", false: "slax"}[file.Slot.Operators()]
			if parsed.EmptyAuth == file.Slot.Operators() || parsed.Description != comment || parsed.Parent != 0x81000001 {
				t.Errorf("%s: %+v", file.Slot, parsed)
			}
			if !bytes.HasSuffix(file.Public, []byte(" "+comment+"\n")) {
				t.Errorf("%s: %s", file.Slot, file.Public)
			}
			public = parsed.Public
		}
		o, err := object.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		if o.PIN != file.Slot.Operators() || o.Public.ObjectAttributes.NoDA == o.PIN {
			t.Errorf("%s: PIN %v, noDA %v", file.Slot, o.PIN, o.Public.ObjectAttributes.NoDA)
		}
	}
	host := request(t, pin)
	host.Operator = false
	if got := enrolled(t, tpmtest.Start(t), host); len(got.Files) != 2 || got.Files[0].Slot != enroll.HostSSH || got.Files[1].Slot != enroll.HostAge {
		t.Errorf("without the operator's keys: %+v", got.Files)
	}
}

func TestAgainChangesNothing(t *testing.T) {
	for name, pin := range map[string]string{"with a PIN": pin, "without": ""} {
		t.Run(name, func(t *testing.T) {
			machine := tpmtest.Start(t)
			first := enrolled(t, machine, request(t, pin))
			again := request(t, pin)
			again.Present = files(first)
			recorder := &tpmtest.Recorder{TPM: machine}
			second := enrolled(t, recorder, again)
			if second.Changed() || second.ParentCreated || !slices.Equal(states(second), times(enroll.Unchanged, 5)) {
				t.Errorf("changed: %v", states(second))
			}
			for i, file := range second.Files {
				if !bytes.Equal(file.Private, first.Files[i].Private) || !bytes.Equal(file.Public, first.Files[i].Public) {
					t.Errorf("%s is another file", file.Slot)
				}
			}
			if slices.Contains(recorder.Codes(), tpm2.TPMCCImport) {
				t.Error("a key was imported again")
			}
			machine.NoneLoaded(t)
		})
	}
}

func TestOtherWordsAreAskedAbout(t *testing.T) {
	machine := tpmtest.Start(t)
	first := enrolled(t, machine, request(t, ""))
	other := request(t, "")
	other.Root = rootOf(t, strings.Repeat("zoo ", 23)+"vote")
	other.Present = files(first)
	recorder := &tpmtest.Recorder{TPM: machine}
	_, err := enroll.Enroll(recorder, other)
	var others *enroll.OtherKeysError
	if !errors.As(err, &others) || !slices.Equal(others.Slots, enroll.Slots(true)) || others.Hint() == "" {
		t.Fatalf("got %v", err)
	}
	if slices.Contains(recorder.Codes(), tpm2.TPMCCImport) {
		t.Error("a key was imported before anybody was asked")
	}
	other.Replace = true
	if got := states(enrolled(t, machine, other)); !slices.Equal(got, times(enroll.Replaced, 5)) {
		t.Errorf("states %v", got)
	}
	machine.NoneLoaded(t)
}

func TestDamagedFilesAreAskedAbout(t *testing.T) {
	machine := tpmtest.Start(t)
	first := enrolled(t, machine, request(t, ""))
	swap := files(first)
	swap[enroll.UserSSH], swap[enroll.UserSign] = swap[enroll.UserSign], swap[enroll.UserSSH]
	swap[enroll.HostAge] = []byte("AGE-SECRET-KEY-1 whatever")
	swap[enroll.HostSSH] = swap[enroll.HostSSH][:100]
	swap[enroll.UserAge] = append(bytes.Clone(swap[enroll.UserAge]), swap[enroll.UserAge]...)
	r := request(t, "")
	r.Present = swap
	_, err := enroll.Enroll(machine, r)
	var others *enroll.OtherKeysError
	if !errors.As(err, &others) || len(others.Slots) != 5 {
		t.Fatalf("got %v", err)
	}
	r.Replace = true
	result := enrolled(t, machine, r)
	r.Present, r.Replace = files(result), false
	if got := enrolled(t, machine, r); got.Changed() {
		t.Errorf("after replacing: %v", states(got))
	}
}

func TestGenerations(t *testing.T) {
	machine := tpmtest.Start(t)
	first := enrolled(t, machine, request(t, ""))
	next := request(t, "")
	next.Generations = format.Generations{"mnemonix/v1/host/slax/age": 1}
	next.Present = files(first)
	_, err := enroll.Enroll(machine, next)
	var others *enroll.OtherKeysError
	if !errors.As(err, &others) || !slices.Equal(others.Slots, []enroll.Slot{enroll.HostAge}) {
		t.Fatalf("got %v", err)
	}
	next.Replace = true
	result := enrolled(t, machine, next)
	want := []enroll.State{enroll.Unchanged, enroll.Replaced, enroll.Unchanged, enroll.Unchanged, enroll.Unchanged}
	if got := states(result); !slices.Equal(got, want) {
		t.Errorf("states %v", got)
	}
	if result.Files[1].Label.String() != "mnemonix/v1/host/slax/age@1" || result.Keys.Generations["mnemonix/v1/host/slax/age"] != 1 {
		t.Errorf("label %s, generations %v", result.Files[1].Label, result.Keys.Generations)
	}
}

// A cleared TPM loses its keys; the words bring back the same ones.
func TestClearAndEnrolAgain(t *testing.T) {
	machine := tpmtest.Start(t)
	first := enrolled(t, machine, request(t, pin))
	machine.Clear(t)
	again := request(t, pin)
	again.Present = files(first)
	second := enrolled(t, machine, again)
	if got := states(second); !slices.Equal(got, times(enroll.Restored, 5)) || !second.ParentCreated {
		t.Errorf("states %v", got)
	}
	if first.Keys.SRK.Name == second.Keys.SRK.Name || first.Keys.Host != second.Keys.Host || first.Keys.User != second.Keys.User {
		t.Error("the keys are not the same under a new storage root key")
	}
}

// A look uses every key, and what is not there is an error and not made: no
// storage root key, no import.
func TestLook(t *testing.T) {
	machine := tpmtest.Start(t)
	look := request(t, pin)
	look.Look = true
	writes := []tpm2.TPMCC{tpm2.TPMCCCreatePrimary, tpm2.TPMCCEvictControl, tpm2.TPMCCImport}
	try := func(what string, good bool) *enroll.NotEnrolledError {
		t.Helper()
		missing := &enroll.NotEnrolledError{}
		recorder := &tpmtest.Recorder{TPM: machine}
		result, err := enroll.Enroll(recorder, look)
		if good {
			if err != nil || result.Changed() {
				t.Fatalf("%s: %v", what, err)
			}
		} else if !errors.As(err, &missing) || missing.Hint() == "" {
			t.Fatalf("%s: %v", what, err)
		}
		for _, code := range recorder.Codes() {
			if slices.Contains(writes, code) {
				t.Errorf("%s: %v", what, code)
			}
		}
		machine.NoneLoaded(t)
		return missing
	}
	if !try("a new TPM", false).NoParent {
		t.Error("a new TPM is said to have a storage root key")
	}
	first := enrolled(t, machine, request(t, pin))
	if got := try("no files", false).Slots; len(got) != 5 {
		t.Errorf("no files: %v are missing", got)
	}
	look.Present = files(first)
	if got := try("all is there", true); got.NoParent || len(got.Slots) > 0 {
		t.Errorf("all is there: %v", got)
	}
	delete(look.Present, enroll.UserAge)
	if got := try("one is missing", false).Slots; !slices.Equal(got, []enroll.Slot{enroll.UserAge}) {
		t.Errorf("one file: %v are missing", got)
	}
	look.Present = files(first)
	machine.Clear(t)
	if !try("cleared", false).NoParent {
		t.Error("a cleared TPM is said to have a storage root key")
	}
	enrolled(t, machine, request(t, pin))
	if got := try("cleared and used again", false).Slots; len(got) != 5 {
		t.Errorf("cleared: %v are missing", got)
	}
}

// A key with a PIN is used with it, refuses a wrong one and is locked after
// too many; keys without a PIN go on, and enrolling says what is the matter.
func TestPIN(t *testing.T) {
	machine := tpmtest.Start(t)
	first := enrolled(t, machine, request(t, pin))
	wrong := request(t, "4712")
	wrong.Present = files(first)
	_, err := enroll.Enroll(machine, wrong)
	var others *enroll.OtherKeysError
	if !errors.As(err, &others) || !slices.Equal(others.Slots, []enroll.Slot{enroll.UserSSH, enroll.UserAge, enroll.UserSign}) {
		t.Fatalf("a wrong PIN: %v", err)
	}
	if !strings.Contains(others.Hint(), "the keys are the right ones") {
		t.Errorf("the hint of a wrong PIN: %s", others.Hint())
	}
	status, err := device.ReadStatus(machine)
	if err != nil {
		t.Fatal(err)
	}
	if status.WrongPINs != 1 || status.InLockout {
		t.Fatalf("one wrong PIN for three keys counted as %d, lockout %v", status.WrongPINs, status.InLockout)
	}
	for range status.MaxWrongPINs {
		_, _ = enroll.Enroll(machine, wrong)
	}
	status, err = device.ReadStatus(machine)
	if err != nil || !status.InLockout || status.Tries() != 0 || !slices.Equal(status.Conditions, []device.Condition{device.Lockout}) {
		t.Fatalf("after many: %+v, %v", status, err)
	}
	right := request(t, pin)
	right.Present = files(first)
	if _, err := enroll.Enroll(machine, right); device.ConditionOf(err) != device.Lockout {
		t.Errorf("the right PIN in a lockout: %v", err)
	}
	host := request(t, "")
	host.Operator, host.Present = false, files(first)
	if got := states(enrolled(t, machine, host)); !slices.Equal(got, times(enroll.Unchanged, 2)) {
		t.Errorf("the machine's own keys in a lockout: %v", got)
	}
	machine.NoneLoaded(t)
}

func TestPINSettingIsNotChangedSilently(t *testing.T) {
	machine := tpmtest.Start(t)
	withPIN, without := request(t, pin), request(t, "")
	operators := []enroll.Slot{enroll.UserSSH, enroll.UserAge, enroll.UserSign}
	for _, order := range [][2]enroll.Request{{withPIN, without}, {without, withPIN}} {
		first := enrolled(t, machine, order[0])
		second := order[1]
		second.Present = files(first)
		_, err := enroll.Enroll(machine, second)
		var others *enroll.OtherKeysError
		if !errors.As(err, &others) || !slices.Equal(others.Slots, operators) {
			t.Errorf("got %v", err)
		}
	}
	for name, bad := range map[string]string{"33 bytes": strings.Repeat("x", 33), "a zero byte": "12\x0034"} {
		if _, err := enroll.Enroll(machine, request(t, bad)); !errors.Is(err, key.ErrPIN) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := enrolled(t, machine, request(t, strings.Repeat("x", 32))); len(got.Files) != 5 {
		t.Error("a PIN of 32 bytes was refused")
	}
}

// An RSA storage root key, as Windows makes it, serves as well; so does one
// whose TPM got an owner password afterwards.
func TestOtherParents(t *testing.T) {
	machine := tpmtest.Start(t)
	if err := machine.Persist(t, tpm2.RSASRKTemplate, object.ParentHandle); err != nil {
		t.Fatal(err)
	}
	machine.SetOwnerAuth(t, "secret of the owner")
	first := enrolled(t, machine, request(t, pin))
	if first.ParentKind != "RSA 2048" || first.ParentCreated || first.Keys.Host.SSH.Public == "" {
		t.Errorf("%s, created %v", first.ParentKind, first.ParentCreated)
	}
	again := request(t, pin)
	again.Present = files(first)
	if got := enrolled(t, machine, again); got.Changed() {
		t.Errorf("states %v", states(got))
	}
	machine.NoneLoaded(t)
}

// Nothing is encrypted to a parent that is not the TPM's own.
func TestForeignParentIsRefused(t *testing.T) {
	machine := tpmtest.Start(t)
	template := object.StorageTemplate()
	template.ObjectAttributes.Decrypt, template.ObjectAttributes.Restricted = false, false
	template.ObjectAttributes.SignEncrypt = true
	template.Parameters = tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256})
	if err := machine.Persist(t, template, object.ParentHandle); err != nil {
		t.Fatal(err)
	}
	recorder := &tpmtest.Recorder{TPM: machine}
	result, err := enroll.Enroll(recorder, request(t, ""))
	if device.ConditionOf(err) != device.ForeignParent || result != nil || len(recorder.Commands) != 1 {
		t.Errorf("got %v after %d commands", err, len(recorder.Commands))
	}
}
