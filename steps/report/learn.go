package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// facts learns what the machine's facts name.
func (p *private) facts(facts steps.Facts) {
	p.add(hostName, facts.Hostname)
	for _, disk := range facts.Disks {
		for _, part := range disk.Partitions {
			p.keep[strings.ToLower(part.TypeGUID)] = true
		}
	}
	for _, disk := range facts.Disks {
		p.disk(disk.Fingerprint())
		p.identities(disk.TableUUID)
		p.content(disk.Content)
		for _, part := range disk.Partitions {
			p.identities(part.PartUUID)
			p.label(part.Label)
			p.content(part.Content)
		}
	}
	for _, volume := range facts.Volumes {
		p.identities(volume.UUID)
		p.label(volume.Group)
		p.label(volume.Volume)
		p.label(volume.Name)
		p.content(volume.Content)
	}
	for _, mount := range facts.Mounts {
		if mount.Kind == "zfs" {
			p.pathOf(label, mount.Source)
		}
		p.pathOf(label, mount.Within)
		p.pathOf(label, mount.Place)
	}
}

// label learns what a person called a file system, unless an installer did.
func (p *private) label(name string) {
	lower := strings.ToLower(name)
	for _, usual := range []string{"efi system", "basic data", "microsoft", "linux", "primary", "nixos", "system reserved", "luks-"} {
		if strings.HasPrefix(lower, usual) {
			return
		}
	}
	p.add(label, name)
}

func (p *private) content(content steps.Content) {
	p.identities(content.UUID)
	p.label(content.Label)
}

// pathOf learns the names in a path.
func (p *private) pathOf(what kind, name string) {
	for part := range strings.SplitSeq(name, "/") {
		p.add(what, strings.TrimPrefix(part, "@"))
	}
}

// disk learns what a disk is known by. Its names in /dev/disk hold the serial
// number or the WWN, and what is left says its model.
func (p *private) disk(disk steps.Fingerprint) {
	p.identities(disk.Serial, disk.WWN, disk.TableHash, disk.EndsHash)
	if disk.ID != "" {
		p.byID(disk.ID)
	}
}

// byID learns a name of /dev/disk/by-id in which nothing known stands.
func (p *private) byID(name string) {
	for _, value := range p.values {
		if len(value.text) >= shortIdentity && strings.Contains(name, value.text) {
			return
		}
	}
	p.identities(name)
}

// identities learns serial numbers and their like, without the words before
// them that say of which kind they are.
func (p *private) identities(texts ...string) {
	for _, text := range texts {
		for _, one := range []string{text, strings.Join(strings.Fields(text), "_")} {
			for _, prefix := range []string{"0x", "eui.", "naa.", "nvme.", "uuid."} {
				one = strings.TrimPrefix(one, prefix)
			}
			if strings.ContainsAny(one, "0123456789") {
				p.add(identity, one)
			}
			if raw := strings.ReplaceAll(one, ":", ""); len(raw) == 12 && len(one) == 17 { // a MAC address without colons
				p.add(identity, raw, strings.ReplaceAll(one, ":", "-"))
			}
		}
	}
}

// people learns who has an account on the running system.
func (p *private) people(reader run.Reader) {
	const first, last = 1000, 60000
	for line := range strings.Lines(probe.Text(reader, "/etc/passwd")) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) < 6 {
			continue
		}
		if id, err := strconv.Atoi(fields[2]); err != nil || id < first || id > last {
			continue
		}
		name, _, _ := strings.Cut(fields[4], ",")
		p.person(fields[0], name)
	}
}

func (p *private) person(user, name string) {
	p.add(userName, user)
	p.add(fullName, name)
	for part := range strings.FieldsSeq(name) {
		p.add(namePart, strings.Trim(part, `"'().,${}`))
	}
}

// mail learns a mail address and its parts.
func (p *private) mail(text string) {
	p.add(address, text)
	local, at, found := strings.Cut(text, "@")
	if found {
		p.add(userName, local)
		p.add(domain, at)
	}
}

// remote learns the address of a repository: user@machine:path or a URL.
func (p *private) remote(text string) {
	p.add(remote, text, strings.TrimSuffix(text, ".git"))
	_, rest, isURL := strings.Cut(text, "://")
	if !isURL {
		rest = strings.Replace(text, ":", "/", 1)
	}
	if _, after, found := strings.Cut(rest, "@"); found {
		rest = after
	}
	machine, place, found := strings.Cut(rest, "/")
	if machine, _, _ = strings.Cut(machine, ":"); found && strings.Contains(machine, ".") && !public(machine) {
		p.add(domain, machine)
	}
	place = strings.TrimSuffix(strings.Trim(place, "/"), ".git")
	p.add(remote, place)
	p.pathOf(remote, place)
}

// answers learns what the operator typed.
func (p *private) answers(chosen steps.Answers) {
	p.add(hostName, chosen.Host.Name, chosen.Host.KeyName)
	for _, user := range chosen.Users {
		p.person(user.Name, user.FullName)
		p.mail(user.Email)
		for _, key := range user.SSHKeys {
			if fields := strings.SplitN(key, " ", 3); len(fields) >= 2 {
				p.add(sshKey, fields[0]+" "+fields[1], fields[1])
				if len(fields) == 3 {
					p.comment(fields[2])
				}
			}
		}
	}
	for _, choice := range chosen.Disk.Disks {
		p.disk(steps.Fingerprint{ID: choice.Match.ID, Serial: choice.Match.Serial, WWN: choice.Match.WWN})
		if choice.Resolved != nil {
			p.disk(*choice.Resolved)
		}
	}
	p.identities(chosen.Disk.Keep...)
	p.add(network, chosen.Network.Wifi...)
	if router := chosen.Modules.TravelRouter; router != nil {
		p.add(network, router.SSID)
	}
	if tv := chosen.Modules.WinTV; tv != nil {
		p.add(domain, tv.Domain, machineOf(tv.Kiosk))
	}
	p.remote(chosen.Repository.Remote)
	for _, builder := range chosen.Builders {
		if strings.Contains(builder.Host, ".") {
			p.add(domain, builder.Host)
		} else {
			p.add(hostName, builder.Host)
		}
	}
}

// comment learns what stands behind an SSH key: mostly who made it, and where.
func (p *private) comment(text string) {
	if user, machine, found := strings.Cut(text, "@"); found {
		p.add(userName, user)
		p.add(hostName, machine)
		return
	}
	p.pathOf(userName, text)
}

// learn learns what the record of an installation names.
func (i *installation) learn(known *private) {
	for _, file := range i.files {
		switch {
		case path.Base(file.Path) == "answers.yaml":
			if chosen, err := readAnswers(file.Content); err == nil {
				known.answers(chosen)
			}
		case strings.HasPrefix(file.Path, "flake/keys/"):
			known.leaves(file.Content)
		}
	}
	if !i.known {
		return
	}
	known.add(hostName, i.plan.Host)
	if i.plan.Origin != nil {
		known.remote(i.plan.Origin.Source)
	}
	for _, disk := range i.plan.Disks {
		known.disk(disk.Disk)
		for _, region := range append(append([]steps.Region{}, disk.Before...), disk.After...) {
			known.identities(region.PartUUID)
			known.label(region.Label)
		}
	}
	for _, file := range i.plan.Files { // the other hosts of the flake
		parts := strings.Split(file.Path, "/")
		switch {
		case len(parts) == 3 && parts[0] == "hosts" && parts[1] != "common":
			known.add(hostName, parts[1])
		case len(parts) == 2 && (parts[0] == "keys" || parts[0] == "secrets"):
			known.add(hostName, strings.TrimSuffix(parts[1], path.Ext(parts[1])))
		}
	}
	for _, action := range i.plan.Actions {
		for _, name := range action.Secrets {
			if wifi, found := strings.CutPrefix(name, "wifi."); found {
				known.add(network, wifi)
			}
		}
	}
}

// leaves learns every text of a file with public keys.
func (p *private) leaves(text string) {
	decoder := json.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if err != nil {
			return
		}
		leaf, isText := token.(string)
		switch {
		case !isText || len(leaf) < 16 && !strings.HasPrefix(leaf, "age1"):
		case strings.HasPrefix(leaf, "ecdsa-") || strings.HasPrefix(leaf, "ssh-"):
			_, blob, _ := strings.Cut(leaf, " ")
			p.add(sshKey, leaf, blob)
		default:
			p.add(publicKey, leaf)
		}
	}
}

// readAnswers reads answers whose values may be wrong: a file with a fault is
// what a report is about. A key that is not known could hold anything.
func readAnswers(text string) (steps.Answers, error) {
	var chosen steps.Answers
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.KnownFields(true)
	err := decoder.Decode(&chosen)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return chosen, err
}
