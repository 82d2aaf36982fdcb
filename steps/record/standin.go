package record

import (
	"encoding/binary"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// shortest is the length below which a serial number identifies nothing, and
// replacing it everywhere would replace other things.
const shortest = 5

// Forms in which identities stand in files, whatever key is before them;
// where there is a group, the identity is in it.
var forms = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`),     // UUID
	regexp.MustCompile(`\b[A-Za-z0-9]{6}(?:-[A-Za-z0-9]{4}){5}-[A-Za-z0-9]{6}\b`), // LVM
	regexp.MustCompile(`\bLVM-([A-Za-z0-9]{32,64})`),                              // device mapper
	regexp.MustCompile(`\bCRYPT-[A-Z0-9]+-([0-9a-f]{32})`),                        // the same for dm-crypt
	regexp.MustCompile(`\b[0-9a-f]{8}(?::[0-9a-f]{8}){3}\b`),                      // md
	regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b`),                  // MAC
	regexp.MustCompile(`\b(?:naa\.|eui\.|wwn-0x|uuid\.)([0-9a-f]{16,})`),          // WWN
}

// Identities lists what in a text has the form of an identity, whatever key
// is before it: UUIDs, MAC addresses, WWNs and their like.
func Identities(text string) []string {
	var list []string
	for _, form := range forms {
		for _, match := range form.FindAllStringSubmatch(text, -1) {
			list = append(list, match[len(match)-1])
		}
	}
	return list
}

// udevKeys are the properties of udev that hold identities.
var udevKeys = []string{
	"ID_SERIAL_SHORT", "ID_SCSI_SERIAL", "ID_USB_SERIAL_SHORT", "ID_WWN", "ID_WWN_WITH_EXTENSION", "ID_FS_UUID", "ID_FS_UUID_SUB",
	"ID_PART_ENTRY_UUID", "ID_PART_TABLE_UUID", "ID_NET_NAME_MAC",
}

// kept are UUIDs that name a kind and not a thing.
var kept = []string{"8be4df61-93ca-11d2-aa0d-00e098032b8c"} // EFI_GLOBAL_VARIABLE

// replace puts stand-ins in the place of identities, in contents, names and
// the targets of links.
func (n notes) replace() {
	known := identities(n)
	count, pairs := 0, []string{}
	standIns := map[string]string{}
	for _, one := range known {
		if lower := strings.ToLower(one); standIns[lower] == "" {
			if IsStandIn(one) {
				standIns[lower] = one
			} else {
				count++
				standIns[lower] = StandIn(one, count)
			}
		}
	}
	// The longest first: a serial number may stand in another identity.
	slices.SortStableFunc(known, func(a, b string) int { return len(b) - len(a) })
	for _, one := range known {
		pairs = append(pairs, one, standIns[strings.ToLower(one)])
	}
	replacer := strings.NewReplacer(pairs...)
	for name, data := range maps.Clone(n.files) {
		delete(n.files, name)
		if bootOption.MatchString(name) {
			data = renameOption(data, replacer)
		} else {
			data = []byte(replacer.Replace(string(data)))
		}
		n.files[replacer.Replace(name)] = data
	}
	for name, target := range maps.Clone(n.links) {
		delete(n.links, name)
		n.links[replacer.Replace(name)] = replacer.Replace(target)
	}
	for name := range maps.Clone(n.folders) {
		delete(n.folders, name)
		n.folders[replacer.Replace(name)] = true
	}
}

// identities lists what identifies this very machine, in an order that
// follows from the record alone.
func identities(n notes) []string {
	var list []string
	kinds := slices.Clone(kept)
	add := func(values ...string) {
		for _, value := range values {
			for _, one := range []string{value, strings.Join(strings.Fields(value), "_")} {
				for _, prefix := range []string{"0x", "eui.", "naa.", "nvme.", "uuid."} {
					one = strings.TrimPrefix(one, prefix)
				}
				if len(one) >= shortest && strings.ContainsAny(one, "0123456789") && !slices.Contains(list, one) {
					list = append(list, one)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.files)) {
		data := n.files[name]
		switch {
		case name == "/tools/lsblk.json":
			rows, _ := tools.ParseLsblk(data)
			addRows(rows, add, &kinds)
		case strings.HasPrefix(name, "/run/udev/data/"):
			udev := probe.ParseUdev(data)
			for _, key := range udevKeys {
				add(udev.Properties[key])
			}
			kinds = append(kinds, udev.Properties["ID_PART_ENTRY_TYPE"])
		case path.Base(name) == "serial", path.Base(name) == "wwid":
			add(probe.Clean(data))
		case path.Base(name) == "vpd_pg80" && len(data) > 4:
			add(probe.Clean(data[4:]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.files)) {
		for _, text := range []string{name, string(n.files[name])} {
			add(Identities(text)...)
		}
	}
	return slices.DeleteFunc(list, func(one string) bool {
		return slices.ContainsFunc(kinds, func(kind string) bool { return strings.EqualFold(kind, one) })
	})
}

func addRows(rows []tools.BlockDevice, add func(...string), kinds *[]string) {
	for _, row := range rows {
		add(row.Serial, row.WWN, row.TableUUID, row.PartUUID, row.UUID)
		*kinds = append(*kinds, row.PartType)
		addRows(row.Children, add, kinds)
	}
}

// StandIn has the shape of what it stands for: zeros for its letters and
// digits, and at the end its number.
func StandIn(text string, number int) string {
	shape := []byte(text)
	digits := strconv.Itoa(number)
	for i := len(shape) - 1; i >= 0; i-- {
		if !alphanumeric(rune(shape[i])) {
			continue
		}
		shape[i] = '0'
		if digits != "" {
			shape[i], digits = digits[len(digits)-1], digits[:len(digits)-1]
		}
	}
	return string(shape)
}

// IsStandIn says whether this is one already: then it stays as it is.
func IsStandIn(text string) bool {
	digits := strings.Map(func(r rune) rune {
		if alphanumeric(r) {
			return r
		}
		return -1
	}, text)
	number, err := strconv.ParseUint(digits, 10, 16)
	return err == nil && StandIn(text, int(number)) == text
}

func alphanumeric(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

var bootOption = regexp.MustCompile(`/Boot[0-9A-F]{4}-[0-9a-f-]{36}$`)

// renameOption replaces in the name of a boot entry, and drops the path after
// it, which holds identities in binary form.
func renameOption(data []byte, replacer *strings.Replacer) []byte {
	const head = 10 // attributes of the variable and of the option, length of the path
	if len(data) < head {
		return data
	}
	var units []uint16
	for text := data[head:]; len(text) >= 2; text = text[2:] {
		unit := binary.LittleEndian.Uint16(text)
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	short := slices.Clone(data[:head])
	short[8], short[9] = 0, 0
	for _, unit := range utf16.Encode([]rune(replacer.Replace(string(utf16.Decode(units))) + "\x00")) {
		short = binary.LittleEndian.AppendUint16(short, unit)
	}
	return short
}

// omit drops what no probe needs and somebody may not want to show.
func (n notes) omit() {
	if line, found := n.files["/proc/cmdline"]; found {
		var words []string
		for word := range strings.FieldsSeq(string(line)) {
			if strings.HasPrefix(word, "root=") {
				words = append(words, word)
			}
		}
		n.files["/proc/cmdline"] = []byte(strings.Join(words, " ") + "\n")
	}
	if info, found := n.files["/proc/self/mountinfo"]; found {
		var local strings.Builder
		for line := range strings.Lines(string(info)) {
			mounts := probe.ParseMounts([]byte(line))
			if len(mounts) == 1 && (strings.HasPrefix(mounts[0].Source, "/dev/") || mounts[0].Kind == "zfs" || slices.Contains(probe.LiveMounts, mounts[0].Place)) {
				local.WriteString(line)
			}
		}
		n.files["/proc/self/mountinfo"] = []byte(local.String())
	}
}
