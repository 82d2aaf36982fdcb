package tools

import (
	"encoding/json"
	"fmt"
)

// Smartctl asks a disk for its health. A disk that sleeps is not woken. Its
// exit status is a set of bits that says what is wrong with the disk; what it
// prints counts.
// Source: smartctl(8) of smartmontools 7.4.
func Smartctl(device string) []string {
	return []string{"smartctl", "--json=c", "--health", "--attributes", "--nocheck=standby", device}
}

// Health is what a disk says of itself.
type Health struct {
	Failing bool   `json:"failing"`         // its own verdict
	Wear    int    `json:"wear"`            // percent of its rated life that is used
	Reason  string `json:"reason"`          // why it is not well, where it says so
	Known   bool   `json:"known,omitempty"` // it gave a verdict or a wear at all
}

// ParseSmartctl reads what smartctl --json printed.
func ParseSmartctl(data []byte) (Health, error) {
	var report struct {
		Status *struct {
			Passed bool `json:"passed"`
		} `json:"smart_status"`
		Endurance *struct {
			Percent int `json:"current_percent"`
		} `json:"endurance_used"`
		NVMe *struct {
			Critical int    `json:"critical_warning"`
			Used     int    `json:"percentage_used"`
			Errors   uint64 `json:"media_errors"`
		} `json:"nvme_smart_health_information_log"`
		ATA *struct {
			Table []struct {
				ID    int `json:"id"`
				Value int `json:"value"`
				Raw   struct {
					Value uint64 `json:"value"`
				} `json:"raw"`
			} `json:"table"`
		} `json:"ata_smart_attributes"`
	}
	if err := json.Unmarshal(data, &report); err != nil {
		return Health{}, fmt.Errorf("read the output of smartctl: %w", err)
	}
	var health Health
	if report.Status != nil {
		health.Known, health.Failing = true, !report.Status.Passed
		if health.Failing {
			health.Reason = "its own test says that it is failing"
		}
	}
	if report.ATA != nil {
		for _, attribute := range report.ATA.Table {
			switch attribute.ID {
			case 177, 202, 231, 233: // wear levelling, life left: they count down from 100
				if attribute.Value > 0 && attribute.Value <= 100 {
					health.wear(100 - attribute.Value)
				}
			case 197: // sectors that could not be read
				if attribute.Raw.Value > 0 {
					health.because(fmt.Sprintf("%d sectors could not be read", attribute.Raw.Value&0xffffffff))
				}
			}
		}
	}
	if report.NVMe != nil {
		health.wear(report.NVMe.Used)
		if report.NVMe.Critical != 0 {
			health.because(critical(report.NVMe.Critical))
		}
	}
	if report.Endurance != nil {
		health.wear(report.Endurance.Percent)
	}
	return health, nil
}

func (h *Health) wear(percent int) {
	h.Known, h.Wear = true, max(h.Wear, min(max(percent, 0), 255))
}

func (h *Health) because(reason string) {
	h.Known = true
	if h.Reason == "" {
		h.Reason = reason
	}
}

// critical puts the warnings of an NVMe disk in words.
// Source: NVM Express Base Specification 2.0, figure 207, Critical Warning.
func critical(bits int) string {
	for bit, text := range []string{
		"its spare blocks are nearly used up", "its temperature is out of bounds", "it has become unreliable",
		"it has become read-only", "the backup of its memory failed",
	} {
		if bits&(1<<bit) != 0 {
			return text
		}
	}
	return fmt.Sprintf("it gives the critical warning %#x", bits)
}
