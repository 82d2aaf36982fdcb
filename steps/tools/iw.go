package tools

import "strings"

// Iw lists what the radios of the machine can do.
// Source: iw(8), phy info.
func Iw() []string { return []string{"iw", "phy"} }

// ParseIw returns the modes that each radio supports ("AP", "managed"), by
// the radio's name in the kernel ("phy0").
func ParseIw(text string) map[string][]string {
	radios := map[string][]string{}
	radio, modes := "", false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if name, found := strings.CutPrefix(trimmed, "Wiphy "); found {
			radio, modes = name, false
			radios[radio] = nil
			continue
		}
		if strings.HasPrefix(trimmed, "Supported interface modes:") {
			modes = radio != ""
			continue
		}
		mode, found := strings.CutPrefix(trimmed, "* ")
		if modes = modes && found; modes {
			radios[radio] = append(radios[radio], mode)
		}
	}
	return radios
}
