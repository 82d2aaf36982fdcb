package hardware

import (
	"path"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// lookClock reads the clock that runs while the machine is off.
// Source: kernel, Documentation/ABI/testing/sysfs-class-rtc; adjtime(5).
func lookClock(reader run.Reader) (steps.Finding, error) {
	const folder = "/sys/class/rtc/rtc0"
	seconds, ok := probe.Number(reader, folder+"/since_epoch")
	if !ok {
		return nil, &probe.NotHere{Name: folder}
	}
	clock := steps.Clock{}
	if seconds < 1<<34 { // the year 2514
		clock.Hardware = time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
	}
	lines := strings.Split(probe.Text(reader, "/etc/adjtime"), "\n")
	clock.Local = len(lines) > 2 && strings.TrimSpace(lines[2]) == "LOCAL"
	return func(facts *steps.Facts) { facts.Clock = clock }, nil
}

// maxSensors is how many temperatures a report can hold; a server has more.
const maxSensors = 32

// lookSensors reads the temperatures that the kernel measures, one of each
// chip and label. Source: kernel, Documentation/hwmon/sysfs-interface.rst.
func lookSensors(reader run.Reader) (steps.Finding, error) {
	const folder = "/sys/class/hwmon"
	var list []steps.Sensor
	for _, chip := range probe.Names(reader, folder) {
		at := path.Join(folder, chip)
		name := probe.Line(reader, at+"/name")
		for _, file := range probe.Names(reader, at) {
			input, found := strings.CutSuffix(file, "_input")
			if !found || !strings.HasPrefix(input, "temp") {
				continue
			}
			celsius, ok := degrees(reader, path.Join(at, file))
			if !ok || len(list) == maxSensors {
				continue
			}
			sensor := steps.Sensor{Name: strings.TrimSpace(name + " " + probe.Line(reader, path.Join(at, input+"_label"))), Celsius: celsius}
			sensor.Critical, _ = degrees(reader, path.Join(at, input+"_crit"))
			list = append(list, sensor)
		}
	}
	return func(facts *steps.Facts) { facts.Sensors = list }, nil
}

// degrees reads thousandths of a degree. What no part of a computer has is
// the answer of a sensor that is not connected.
func degrees(reader run.Reader, name string) (int, bool) {
	thousandths, ok := probe.Number(reader, name)
	const unit, hottest = 1000, 200
	if !ok || thousandths == 0 || thousandths > hottest*unit {
		return 0, false
	}
	return int(thousandths / unit), true
}
