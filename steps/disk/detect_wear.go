package disk

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// wearOfCard reads the life of an eMMC: life_time holds one estimate for
// each kind of cell, in steps of ten percent, and pre_eol_info how many of
// the spare blocks are gone.
// Source: JEDEC JESD84-B51, 7.4.29 to 7.4.31 (EXT_CSD 267 to 269); the
// kernel's Documentation/driver-api/mmc/mmc-dev-attrs.rst.
func wearOfCard(reader run.Reader, sys string) (health string, wear int) {
	for estimate := range strings.FieldsSeq(probe.Line(reader, sys+"/device/life_time")) {
		switch step, ok := hexadecimal(estimate); {
		case !ok || step == 0: // not defined
		case step <= 10:
			wear = max(wear, step*10)
		case step == 11:
			health = "it has outlived the life that its maker estimated"
			wear = 100
		}
	}
	switch probe.Line(reader, sys+"/device/pre_eol_info") {
	case "0x02":
		health = first(health, "it has used 80 % of its spare blocks")
	case "0x03":
		health = "it has used 90 % of its spare blocks and is near its end"
	}
	return health, wear
}

func hexadecimal(text string) (int, bool) {
	digits, found := strings.CutPrefix(text, "0x")
	if !found || len(digits) != 2 {
		return 0, false
	}
	value := 0
	for _, digit := range strings.ToLower(digits) {
		place := strings.IndexRune("0123456789abcdef", digit)
		if place < 0 {
			return 0, false
		}
		value = value<<4 | place
	}
	return value, true
}
