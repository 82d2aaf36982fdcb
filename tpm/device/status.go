package device

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Status is what a TPM tells about itself. It holds no secret.
type Status struct {
	Vendor       string `json:"vendor"`       // "INTC Intel", "IBM SW TPM"
	Firmware     string `json:"firmware"`     // "600.18.0.0"
	Revision     string `json:"revision"`     // of the TPM library specification: "1.38"
	OwnerAuth    bool   `json:"ownerAuth"`    // the owner hierarchy has a password
	LockoutAuth  bool   `json:"lockoutAuth"`  // resetting a lockout needs a password
	Enabled      bool   `json:"enabled"`      // the owner hierarchy is switched on
	InLockout    bool   `json:"inLockout"`    // keys with a PIN do not work now
	WrongPINs    int    `json:"wrongPINs"`    // counted so far
	MaxWrongPINs int    `json:"maxWrongPINs"` // before the lockout
	Recovery     int    `json:"recovery"`     // seconds until one wrong PIN is forgotten
	PersistRoom  int    `json:"persistRoom"`  // how many more persistent keys there is room for

	StorageKey *StorageStatus `json:"storageKey,omitempty"` // what is at 0x81000001; absent: nothing yet
	Conditions []Condition    `json:"conditions"`           // what a person should know; empty when all is well
}

// StorageStatus is the key at 0x81000001.
type StorageStatus struct {
	Kind    string `json:"kind,omitempty"`    // "ECC P-256", "RSA 2048"
	Name    string `json:"name,omitempty"`    // in hexadecimal
	Refused string `json:"refused,omitempty"` // why it cannot be a parent of our keys
}

// Ready says whether keys can be enrolled.
func (s *Status) Ready() bool {
	for _, c := range s.Conditions {
		if c != RSAParent && c != Lockout {
			return false
		}
	}
	return true
}

// Tries is how many wrong PINs are left before the lockout.
func (s *Status) Tries() int {
	if s.InLockout {
		return 0
	}
	return max(0, s.MaxWrongPINs-s.WrongPINs)
}

// Properties and bits that go-tpm does not name (TPM 2.0 part 2, 6.13, 8.6, 8.7).
const (
	propertyVendorString = tpm2.TPMPT(0x106) // and the three after it
	propertyFirmware     = tpm2.TPMPT(0x10b) // and the one after it
	permanentOwnerAuth   = 1 << 0
	permanentLockoutAuth = 1 << 2
	permanentInLockout   = 1 << 9
	startupStorageOn     = 1 << 1
	propertiesAtOnce     = 64
)

// ReadStatus asks the TPM about itself, with three commands that change nothing.
func ReadStatus(tpm transport.TPM) (*Status, error) {
	properties := map[tpm2.TPMPT]uint32{}
	for _, group := range []tpm2.TPMPT{tpm2.TPMPTFamilyIndicator, tpm2.TPMPTPermanent} {
		if err := readProperties(tpm, group, properties); err != nil {
			return nil, err
		}
	}
	if _, found := properties[tpm2.TPMPTPermanent]; !found {
		return nil, fault(Failed, "ask the TPM about itself", errFrame)
	}
	permanent, startup := properties[tpm2.TPMPTPermanent], properties[tpm2.TPMPTStartupClear]
	status := &Status{
		Vendor:       vendor(properties),
		Firmware:     firmware(properties),
		Revision:     fmt.Sprintf("%d.%02d", properties[tpm2.TPMPTRevision]/100, properties[tpm2.TPMPTRevision]%100),
		OwnerAuth:    permanent&permanentOwnerAuth != 0,
		LockoutAuth:  permanent&permanentLockoutAuth != 0,
		InLockout:    permanent&permanentInLockout != 0,
		Enabled:      startup&startupStorageOn != 0,
		WrongPINs:    int(properties[tpm2.TPMPTLockoutCounter]),
		MaxWrongPINs: int(properties[tpm2.TPMPTMaxAuthFail]),
		Recovery:     int(properties[tpm2.TPMPTLockoutInterval]),
		PersistRoom:  int(properties[tpm2.TPMPTHRPersistentAvail]),
		Conditions:   []Condition{},
	}
	parent, err := FindParent(tpm)
	switch condition := ConditionOf(err); {
	case condition == ForeignParent:
		status.StorageKey = &StorageStatus{Refused: err.Error()}
	case condition == Disabled:
		status.Enabled = false
	case err != nil:
		return nil, err
	case parent != nil:
		status.StorageKey = &StorageStatus{Kind: parent.Kind(), Name: hex.EncodeToString(parent.Name)}
	}
	status.judge()
	return status, nil
}

// judge lists the conditions, the gravest first.
func (s *Status) judge() {
	add := func(holds bool, condition Condition) {
		if holds {
			s.Conditions = append(s.Conditions, condition)
		}
	}
	key := s.StorageKey
	add(!s.Enabled, Disabled)
	add(key != nil && key.Refused != "", ForeignParent)
	// Both matter only while the storage root key has still to be made.
	add(key == nil && s.Enabled && s.OwnerAuth, OwnerAuth)
	add(key == nil && s.Enabled && s.PersistRoom == 0, NVFull)
	add(s.InLockout, Lockout)
	add(key != nil && strings.HasPrefix(key.Kind, "RSA"), RSAParent)
}

func readProperties(tpm transport.TPM, first tpm2.TPMPT, into map[tpm2.TPMPT]uint32) error {
	const task = "ask the TPM about itself"
	response, err := Run(tpm, task, tpm2.GetCapability{
		Capability: tpm2.TPMCapTPMProperties, Property: uint32(first), PropertyCount: propertiesAtOnce,
	})
	if err != nil {
		return err
	}
	list, err := response.CapabilityData.Data.TPMProperties()
	if err != nil {
		return fault(Failed, task, err)
	}
	for _, property := range list.TPMProperty {
		into[property.Property] = property.Value
	}
	return nil
}

// vendor joins the manufacturer's four letters and the vendor string, which
// comes in four times four letters padded with zeros, or with spaces: those
// are none of its own.
func vendor(properties map[tpm2.TPMPT]uint32) string {
	text := letters(properties[tpm2.TPMPTManufacturer]) + " "
	for i := range tpm2.TPMPT(4) {
		text += letters(properties[propertyVendorString+i])
	}
	return strings.Join(strings.Fields(text), " ")
}

func letters(value uint32) string {
	text := ""
	for shift := 24; shift >= 0; shift -= 8 {
		if letter := rune(value >> shift & 0xff); letter >= ' ' && letter <= '~' {
			text += string(letter)
		}
	}
	return text
}

func firmware(properties map[tpm2.TPMPT]uint32) string {
	high, low := properties[propertyFirmware], properties[propertyFirmware+1]
	return fmt.Sprintf("%d.%d.%d.%d", high>>16, high&0xffff, low>>16, low&0xffff)
}
