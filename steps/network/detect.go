package network

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

const class = "/sys/class/net/"

// Detect lists the links and says whether the world is in reach.
func (Step) Detect(ctx context.Context, runner run.Runner) steps.Finding {
	finding := probe.Together(ctx,
		probe.Probe{Name: "network", Look: func(context.Context) (steps.Finding, error) {
			links, err := readLinks(runner)
			online := online(runner)
			return func(facts *steps.Facts) { facts.Network = steps.Network{Links: links, Online: online} }, err
		}},
		probe.Probe{Name: "radios", Look: func(ctx context.Context) (steps.Finding, error) {
			return lookRadios(ctx, runner)
		}},
	)
	return func(facts *steps.Facts) {
		facts.Network.Links = []steps.Link{} // in JSON a list, also when the probe is out of time
		finding(facts)
	}
}

func readLinks(reader run.Reader) ([]steps.Link, error) {
	links := []steps.Link{}
	if !probe.Exists(reader, class) {
		return links, &probe.NotHere{Name: "/sys/class/net"}
	}
	for _, name := range probe.Names(reader, class) {
		at := class + name
		if !probe.Exists(reader, at+"/device") {
			continue
		}
		links = append(links, steps.Link{
			Name:   name,
			Kind:   kindOf(reader, at),
			Up:     probe.Text(reader, at+"/operstate") == "up",
			Driver: cmp.Or(probe.Target(reader, at+"/device/driver"), probe.Target(reader, at+"/device/device/driver")),
		})
	}
	return links, nil
}

// kindOf tells the kind of a link by what the kernel says in its uevent; type
// 1 is ARPHRD_ETHER, which Wi-Fi and many modems have too.
func kindOf(reader run.Reader, at string) string {
	switch probe.Pairs(probe.Text(reader, at+"/uevent"))["DEVTYPE"] {
	case "wlan":
		return "wifi"
	case "wwan":
		return "cellular"
	}
	switch {
	case probe.Exists(reader, at+"/wireless"), probe.Exists(reader, at+"/phy80211"):
		return "wifi"
	case probe.Text(reader, at+"/type") == "1":
		return "ethernet"
	}
	return "other"
}

// lookRadios asks which of the radios can be an access point: the kernel
// tells that over netlink only, so it takes the program iw.
func lookRadios(ctx context.Context, runner run.Runner) (steps.Finding, error) {
	radios := map[string][]string{} // links by the name of their radio
	for _, name := range probe.Names(runner, class) {
		if radio := probe.Target(runner, class+name+"/phy80211"); radio != "" {
			radios[radio] = append(radios[radio], name)
		}
	}
	if len(radios) == 0 {
		return nil, nil
	}
	text, err := iw(ctx, runner)
	if err != nil {
		return nil, err
	}
	var able []string
	for radio, modes := range tools.ParseIw(text) {
		if slices.Contains(modes, "AP") {
			able = append(able, radios[radio]...)
		}
	}
	return func(facts *steps.Facts) {
		for i, link := range facts.Network.Links {
			facts.Network.Links[i].AccessPoint = slices.Contains(able, link.Name)
		}
	}, nil
}

func iw(ctx context.Context, runner run.Runner) (string, error) {
	if probe.Recorded(runner) {
		text, err := runner.ReadFile("/tools/iw.txt")
		if err != nil {
			return "", probe.NoProgram("iw")
		}
		return string(text), nil
	}
	argv := tools.Iw()
	if _, err := runner.LookPath(argv[0]); err != nil {
		return "", err
	}
	result, err := runner.Run(ctx, run.Command{Argv: argv, Timeout: probe.DefaultLimit})
	return string(result.Stdout), err
}

// online says whether there is a default route over a link with a carrier.
func online(reader run.Reader) bool {
	v4, _ := reader.ReadFile("/proc/net/route")
	v6, _ := reader.ReadFile("/proc/net/ipv6_route")
	for _, link := range append(defaultRoutes(string(v4)), defaultRoutes6(string(v6))...) {
		if probe.Flag(reader, class+link+"/carrier") {
			return true
		}
	}
	return false
}

// Flags of routes. Source: kernel, include/uapi/linux/route.h.
const (
	routeUp     = 0x0001
	routeReject = 0x0200
)

// defaultRoutes returns the links of the default routes in /proc/net/route:
// link, destination, gateway, flags, three counters, mask, all in
// hexadecimal.
func defaultRoutes(text string) []string {
	var links []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 8 || fields[1] != "00000000" || fields[7] != "00000000" || !usable(fields[3]) {
			continue
		}
		links = append(links, fields[0])
	}
	return links
}

// defaultRoutes6 does the same for /proc/net/ipv6_route: destination, length
// of its prefix, source, length of its prefix, next hop, metric, two
// counters, flags, link.
func defaultRoutes6(text string) []string {
	var links []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 10 || strings.Trim(fields[0], "0") != "" || fields[1] != "00" || !usable(fields[8]) || fields[9] == "lo" {
			continue
		}
		links = append(links, fields[9])
	}
	return links
}

func usable(flags string) bool {
	value, err := strconv.ParseUint(flags, 16, 32)
	return err == nil && value&routeUp != 0 && value&routeReject == 0
}
