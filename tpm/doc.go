// Package tpm is the family of packages that turns 24 words into keys, and a
// TPM into the place where they live. It stands by itself: nothing here knows
// of the wizard.
//
//	tpm/secret   bytes that must not leave the process; hardening of the process
//	tpm/words    24 words of BIP39: made, read, refused
//	tpm/derive   every key of the operator and of the machines, from the words
//	tpm/object   what a key looks like inside a TPM
//	tpm/format   the key files of ssh-tpm-agent, OpenSSH, age, LUKS; keys/NAME.json
//	tpm/device   opening a TPM, its state in named conditions, the storage root key
//	tpm/key      loading and using a key in the TPM
//	tpm/enroll   bringing the keys into the TPM
//	tpm/agent    using them by SSH
//	tpm/ageid    using them by age and sops, also without a TPM
//
// Imports only go one way: agent, ageid and enroll use key and format, key uses
// device and object, object and format use derive, derive uses words, and all
// of them use secret, which uses none.
//
// Its rules:
//
//   - It opens the TPM and nothing else; files are bytes that come in and go out.
//   - The derivation is frozen. A label never changes its meaning.
//   - Secrets travel as secret.Secret and have no printed or written form.
//   - What other programs can load is written in their formats, byte for byte.
//   - Every error says what was tried and on what; many have a method
//     Hint() string that says what can be done.
//
// # What this protects against, and what not
//
// After enrolment the P-256 private keys exist in the clear only inside the
// TPM. Their files are useless on another machine and after the TPM is cleared.
// Somebody who takes the disk, or listens on the bus while keys are enrolled or
// used by this code, learns none of them, and no PIN.
//
// It does not protect against these, and says so where a person decides:
//
//   - Whoever has the words (and the passphrase, if there is one) has every key,
//     on any machine, for ever. Generations replace single keys; leaked words
//     need new words.
//   - While keys are enrolled, words, seed and private keys are in RAM. They are
//     kept in locked pages and wiped. A build with GOEXPERIMENT=runtimesecret
//     also erases the copies that the standard library makes; a plain build
//     cannot, and they stay in freed memory until it is used again.
//   - Root on the running machine, and whoever may open /dev/tpmrm0, can use
//     (not copy) every key that has no PIN.
//   - ssh-tpm-agent and age-plugin-tpm send a PIN in clear over the bus of a
//     discrete TPM. The code here does not.
//   - An active attacker between processor and TPM at the first enrolment can
//     pose as the TPM. The Name of the storage root key stands in
//     keys/NAME.json, so that a change is seen later.
//   - LUKS volume keys, WireGuard keys and decrypted secrets are in RAM while the
//     machine runs; the recovery passphrase is a string by nature.
//   - Imported keys cannot be attested as born in hardware.
//   - A machine without a TPM keeps its own keys in plain files, protected by the
//     encryption of its disk alone.
package tpm
