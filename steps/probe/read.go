package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// maxText is as much of a file as is taken for text: a file in /sys holds at
// most one page.
const maxText = 64 << 10

// Text reads a short file without the white space and the zero bytes around
// its content; a file that is absent or cannot be read is empty.
func Text(reader run.Reader, name string) string {
	data, err := reader.ReadFile(name)
	if err != nil {
		return ""
	}
	return Clean(data)
}

// Clean makes readable text of what a device says of itself: without the
// white space around it, control characters or broken UTF-8.
func Clean(data []byte) string {
	if len(data) > maxText {
		data = data[:maxText]
	}
	if zero := bytes.IndexByte(data, 0); zero >= 0 {
		data = data[:zero]
	}
	clean := strings.Map(func(r rune) rune {
		// U+009B begins a sequence of a terminal as escape and [ do, and the
		// marks of direction let a name be read as another one.
		if r == '\n' || r == '\t' || !unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r) && r != '\uFFFD' {
			return r
		}
		return -1
	}, strings.ToValidUTF8(string(data), ""))
	return strings.TrimSpace(clean)
}

// Line reads a short file as Text does, on one line: what a device or a file
// system is called goes to a screen, and anybody can call a USB stick
// anything.
func Line(reader run.Reader, name string) string { return OneLine(Text(reader, name)) }

// OneLine puts a text on one line.
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, text)
}

// Shown is what a device or a program says of itself as it can be shown to a
// person: on one line, without what moves the cursor.
func Shown(text string) string { return OneLine(Clean([]byte(text))) }

// Number reads a file that holds one unsigned number: decimal, or hexadecimal
// behind 0x.
func Number(reader run.Reader, name string) (uint64, bool) {
	value, err := strconv.ParseUint(Text(reader, name), 0, 64)
	return value, err == nil
}

// Flag reads a file that holds 0 or 1.
func Flag(reader run.Reader, name string) bool {
	value, ok := Number(reader, name)
	return ok && value != 0
}

// Target is the last element of where a symbolic link points to: the driver
// of a device, the subsystem that it belongs to. Empty: there is no link.
func Target(reader run.Reader, name string) string {
	target, err := reader.ReadLink(name)
	if err != nil || target == "" {
		return ""
	}
	return path.Base(target)
}

// Names lists a folder, sorted; one that is not there is empty.
func Names(reader run.Reader, folder string) []string {
	entries, err := reader.ReadDir(folder)
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}

// Exists says whether there is a file or a folder of that name.
func Exists(reader run.Reader, name string) bool {
	_, err := reader.Stat(name)
	return err == nil
}

// Recorded says whether the files are those of a recorded machine: then no
// program tells anything about it.
func Recorded(reader run.Reader) bool { return reader.Root() != "/" }

// Keeper is a Runner that keeps what probes learned otherwise than by its
// files and programs, for a record of the machine.
type Keeper interface {
	// Keep puts a file into the record, under the name by which the same
	// probe will look for it there.
	Keep(name string, data []byte)
}

// Keep hands what a probe understood to a Runner that records, as JSON; any
// other has no use for it.
func Keep(reader run.Reader, name string, understood any) {
	keeper, records := reader.(Keeper)
	if !records {
		return
	}
	if data, err := json.MarshalIndent(understood, "", "  "); err == nil {
		keeper.Keep(name, append(data, '\n'))
	}
}

// Kept reads what Keep wrote. The error wraps fs.ErrNotExist when nothing was
// kept under that name.
func Kept(reader run.Reader, name string, understood any) error {
	data, err := reader.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, understood); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// Pairs reads lines of KEY=VALUE, as in a uevent file or in os-release; a
// value may stand in quotes. Lines of another form are left out.
func Pairs(text string) map[string]string {
	pairs := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if !found || key == "" || strings.HasPrefix(key, "#") {
			continue
		}
		if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
			value = value[1 : len(value)-1]
		}
		pairs[key] = value
	}
	return pairs
}

// Udev is what udev keeps about one device in /run/udev/data.
type Udev struct {
	Properties map[string]string // the lines E:KEY=VALUE
	Links      []string          // the lines S:disk/by-id/..., in their order
}

// ParseUdev reads a file of /run/udev/data.
// Source: systemd, src/libsystemd/sd-device/device-private.c, handle_db_line.
func ParseUdev(data []byte) Udev {
	udev := Udev{Properties: map[string]string{}}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		if link, found := strings.CutPrefix(line, "S:"); found {
			udev.Links = append(udev.Links, link)
			continue
		}
		property, found := strings.CutPrefix(line, "E:")
		if !found {
			continue
		}
		if key, value, found := strings.Cut(property, "="); found && key != "" {
			udev.Properties[key] = Shown(value)
		}
	}
	return udev
}

// ReadUdev reads what udev knows of the device with that id: "b259:0" for a
// block device, "+pci:0000:00:02.0" for one on a bus. Nothing known is empty.
func ReadUdev(reader run.Reader, id string) Udev {
	data, err := reader.ReadFile("/run/udev/data/" + id)
	if err != nil {
		return Udev{Properties: map[string]string{}}
	}
	return ParseUdev(data)
}

// Unescape turns udev's \x20 back into what it stands for, on one line and
// without control characters.
func Unescape(text string) string {
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) && text[i+1] == 'x' {
			if code, err := strconv.ParseUint(text[i+2:i+4], 16, 8); err == nil {
				plain.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		plain.WriteByte(text[i])
	}
	return OneLine(Clean([]byte(plain.String())))
}
