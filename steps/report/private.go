package report

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/record"
)

// kind is what a private value names.
type kind string

// The kinds, as README calls them.
const (
	hostName  kind = "host names"
	userName  kind = "user names"
	fullName  kind = "full names"
	namePart  kind = "parts of full names"
	address   kind = "mail addresses"
	domain    kind = "domains and machines of the network"
	network   kind = "Wi-Fi names"
	remote    kind = "git remotes and what is part of them"
	sshKey    kind = "SSH keys"
	publicKey kind = "other public keys, fingerprints and identifiers of words"
	identity  kind = "serial numbers, MAC addresses, UUIDs, WWNs and hashes of disks"
	label     kind = "labels and names of volumes"
	ipAddress kind = "IP addresses"
)

// kinds are all of them, in the order of README.
var kinds = []kind{
	hostName, userName, fullName, namePart, address, domain, network, remote, sshKey, publicKey, identity, label, ipAddress,
}

// How long a value has to be. A name of two letters names nobody and stands
// in every other word; one that is shorter than anywhere is replaced only
// where it is a word of its own: desk is not part of desktop.
const (
	shortest      = 3
	shortIdentity = 5 // as record has it
	anywhere      = 5
)

// ordinary are names that say nothing about anybody, because they are
// everybody's.
var ordinary = strings.Fields(`
	nixos root user users admin guest test localhost localdomain local example nix git home host server desktop laptop main master none null true false
	boot efi esp swap data backup system recovery windows linux debian ubuntu fedora cryptroot cryptdata crypted crypt luks vg0 pool rpool tank zroot bpool
	persist tmp var log opt srv mnt media media run usr etc disk disks part mnemonix cidata iso config new old this that the and none
	vfat ext4 btrfs xfs zfs snapshots games cache docker containers lib volume group default public private share shared storage
`)

// private is everything that is known to be private, in the order in which it
// was found: the numbers of the stand-ins follow it.
type private struct {
	values  []value
	seen    map[string]bool // in lower case
	keep    map[string]bool // names a kind, not a thing: types of partitions
	counted map[kind]int
}

// value is one private text with what stands for it.
type value struct {
	text  string
	stand string
	word  bool // only where it is a word of its own
}

func newPrivate() *private {
	known := &private{seen: map[string]bool{}, keep: map[string]bool{}, counted: map[kind]int{}}
	for _, guid := range kindsOfThings {
		known.keep[guid] = true
	}
	return known
}

// add makes texts known as private values of that kind.
func (p *private) add(what kind, texts ...string) {
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if !p.worth(what, text) {
			continue
		}
		p.seen[strings.ToLower(text)] = true
		number := p.next(what, text)
		p.enter(text, p.standIn(what, text, number))
	}
}

// worth says whether a text identifies anything.
func (p *private) worth(what kind, text string) bool {
	lower := strings.ToLower(text)
	if p.seen[lower] || p.keep[lower] || len(text) < shortest {
		return false
	}
	switch what {
	case ipAddress:
		return true
	case identity:
		return len(text) >= shortIdentity && !record.IsStandIn(text)
	}
	return !slices.Contains(ordinary, lower) && strings.Trim(text, "0123456789.") != ""
}

// next is a number with which the stand-in is not itself something private.
func (p *private) next(what kind, text string) int {
	for {
		p.counted[what]++
		if !p.seen[strings.ToLower(p.standIn(what, text, p.counted[what]))] {
			return p.counted[what]
		}
	}
}

// enter enters a text in all the ways in which it may be written.
func (p *private) enter(text, stand string) {
	for _, form := range spellings(text) {
		if form == text || !p.seen[strings.ToLower(form)] {
			p.seen[strings.ToLower(form)] = true
			p.values = append(p.values, value{text: form, stand: stand, word: len(form) < anywhere})
		}
	}
}

// standIn is of the same form as what it stands for, so that a file stays
// what it was: answers can be read, facts can be replayed.
func (p *private) standIn(what kind, text string, number int) string {
	switch what {
	case hostName:
		return fmt.Sprintf("host%d", number)
	case userName:
		return fmt.Sprintf("user%d", number)
	case fullName:
		return fmt.Sprintf("Person %d", number)
	case namePart:
		return fmt.Sprintf("Name%d", number)
	case address:
		return fmt.Sprintf("mail%d@example.invalid", number)
	case domain:
		return fmt.Sprintf("domain%d.invalid", number)
	case network:
		return fmt.Sprintf("wifi%d", number)
	case remote:
		if strings.ContainsAny(text, ":@") {
			return fmt.Sprintf("https://example.invalid/remote%d.git", number)
		}
		return fmt.Sprintf("remote%d", number)
	case sshKey:
		return sshStandIn(text, number)
	case publicKey:
		if prefix, _, found := strings.Cut(text, ":"); found && prefix == "SHA256" {
			return fmt.Sprintf("SHA256:key%d", number)
		}
		return fmt.Sprintf("key%d", number)
	case label:
		return fmt.Sprintf("label%d", number)
	case ipAddress:
		return fmt.Sprintf("ip%d.invalid", number)
	}
	return record.StandIn(text, number)
}

// sshStandIn is a key that OpenSSH can read and that nobody has.
func sshStandIn(text string, number int) string {
	const kind = "ssh-ed25519"
	blob := binary.BigEndian.AppendUint32(nil, uint32(len(kind)))
	blob = append(blob, kind...)
	blob = binary.BigEndian.AppendUint32(blob, 32)
	blob = append(blob, make([]byte, 24)...)
	blob = binary.BigEndian.AppendUint64(blob, uint64(max(number, 0)))
	encoded := base64.StdEncoding.EncodeToString(blob)
	if strings.Contains(text, " ") {
		return kind + " " + encoded
	}
	return encoded
}

// kindsOfThings are GUIDs that name a kind of partition or a maker.
// Source: UAPI Discoverable Partitions Specification; UEFI 2.10; Microsoft.
var kindsOfThings = []string{
	"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", // EFI system partition
	"8be4df61-93ca-11d2-aa0d-00e098032b8c", // EFI_GLOBAL_VARIABLE
	"4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", // systemd's variables
	"4f68bce3-e8cd-4db1-96e7-fbcaf984b709", // root, x86-64
	"b921b045-1df0-41c3-af44-4c6f280d3fae", // root, arm64
	"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", // swap
	"0fc63daf-8483-4772-8e79-3d69d8477de4", // Linux data
	"ca7d7ccb-63ed-4c53-861c-1742536059cc", // LUKS
	"e6d6d379-f507-44c2-a23c-238f2a3df928", // LVM
	"a19d880f-05fc-4d3b-a006-743f0f84911e", // md
	"ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", // Microsoft data
	"e3c9e316-0b5c-4db8-817d-f92df00215ae", // Microsoft reserved
	"de94bba4-06d1-4d40-a16a-bfd50179d6ac", // Windows recovery
	"21686148-6449-6e6f-744e-656564454649", // BIOS boot
	"6a898cc3-1dd2-11b2-99a6-080020736631", // ZFS
}
