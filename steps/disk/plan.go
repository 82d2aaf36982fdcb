package disk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Plan adds the disks before and after, the layout, and the actions that lead
// from the one to the other. Where there is a reason against it, the reason
// is a blocker, and as much of the plan as makes sense is shown beside it.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	if !in.Answers.Host.NixOS() {
		return // its disks are not ours
	}
	p := planner{in: in, plan: plan, taken: map[string]bool{}}
	if in.Answers.Disk.Layout == layoutDocument {
		p.document()
		return
	}
	if !p.choose() {
		return
	}
	family, known := families[in.Answers.Disk.Layout]
	if !known {
		p.block("disk.layout", fmt.Sprintf("there is no layout named %q", in.Answers.Disk.Layout), "mnemonix catalog lists them")
		return
	}
	if !p.findDisks(family(p.choices).disks) || !p.divide() {
		return
	}
	p.choices.room = p.leastRoom()
	if !p.place(family(p.choices)) {
		return
	}
	p.warn()
	for _, problem := range Taken(p.plan.Layout, p.plan.Disks, in.Facts) {
		p.plan.Block(problem)
	}
	p.act()
}

// planner carries one computation from step to step.
type planner struct {
	in      steps.Input
	plan    *steps.Plan
	choices choices
	targets []*target
	taken   map[string]bool // PARTUUIDs that stay
}

// target is one disk of the layout.
type target struct {
	role   string
	disk   steps.Disk
	shared bool // it also holds what is not ours
	kept   []steps.Partition
	free   span
	esp    *steps.Partition // another system's, which is used too
	placed []placed
}

func (p *planner) block(key, text, hint string) {
	p.plan.Block(steps.Problem{Key: key, Text: text, Hint: hint})
}

// choose reads the answers. A size that cannot be read is a blocker; the
// answers were checked before, so this is the last line of defense.
func (p *planner) choose() bool {
	answers := p.in.Answers.Disk
	p.choices = choices{
		layout: answers.Layout, swapKind: answers.Swap.Kind, hibernate: answers.Swap.Hibernate,
		impermanence: answers.Impermanence, discard: true,
	}
	var errESP, errSwap error
	if p.choices.esp, errESP = espSize(answers.ESP); errESP != nil {
		p.block("disk.esp", errESP.Error(), "")
	}
	if p.choices.swap, errSwap = swapSize(answers.Swap, p.in.Facts.Memory.Total); errSwap != nil {
		p.block("disk.swap.size", errSwap.Error(), "")
	}
	return errESP == nil && errSwap == nil
}

// findDisks finds a disk for every role and says why one cannot be used.
func (p *planner) findDisks(demands []diskDemand) bool {
	found := true
	for _, demand := range demands {
		key := "disk.disks." + demand.role
		index := slices.IndexFunc(p.in.Answers.Disk.Disks, func(c steps.DiskChoice) bool { return c.Role == demand.role })
		if index < 0 {
			p.block(key, fmt.Sprintf("the layout %s needs a disk of the role %s", p.choices.layout, demand.role), "")
			found = false
			continue
		}
		disk, err := Resolve(p.in.Answers.Disk.Disks[index], p.in.Facts)
		if err != nil {
			var problem steps.Problem
			if !errors.As(err, &problem) {
				problem.Text = err.Error()
			}
			p.block(key, problem.Text, problem.Hint)
			found = false
			continue
		}
		for _, other := range p.targets {
			if other.disk.Name == disk.Name {
				p.block(key, fmt.Sprintf("%s would be both %s and %s", Title(disk), other.role, demand.role), "choose two different disks")
				found = false
			}
		}
		if len(disk.Holders) > 0 && !Assembled(disk) {
			p.block(key, Title(disk)+" is in use: "+list(disk.Holders), "free it first: unmount, swapoff, close or deactivate what is named")
		} else {
			p.checkRead(key, disk)
		}
		p.choices.discard = p.choices.discard && !disk.Rotational
		p.targets = append(p.targets, &target{role: demand.role, disk: disk})
	}
	return found
}

// divide decides for every disk what of it stays and what is free for us.
func (p *planner) divide() bool {
	if !p.keepIsThere() {
		return false
	}
	for _, t := range p.targets {
		for _, partition := range t.disk.Partitions {
			if p.choices.layout == layoutBeside || p.keeps(partition) {
				t.kept = append(t.kept, partition)
			}
		}
		t.shared = len(t.kept) > 0 || p.choices.layout == layoutBeside
		t.free = usableSpan(t.disk)
		if t.shared && !p.share(t) {
			return false
		}
	}
	for _, disk := range p.in.Facts.Disks {
		for _, partition := range disk.Partitions {
			if p.stays(disk, partition) {
				p.taken[strings.ToLower(partition.PartUUID)] = true
			}
		}
	}
	return true
}

func (p *planner) keeps(partition steps.Partition) bool {
	return slices.ContainsFunc(p.in.Answers.Disk.Keep, func(uuid string) bool { return strings.EqualFold(uuid, partition.PartUUID) })
}

// stays says whether a partition is there after the plan is carried out.
func (p *planner) stays(disk steps.Disk, partition steps.Partition) bool {
	for _, t := range p.targets {
		if t.disk.Name == disk.Name {
			return slices.ContainsFunc(t.kept, func(k steps.Partition) bool { return k.Start == partition.Start })
		}
	}
	return true
}

// keepIsThere checks that every partition that is to stay is on a disk of the
// layout: a typing mistake there would be a partition lost.
func (p *planner) keepIsThere() bool {
	there := true
	for _, uuid := range p.in.Answers.Disk.Keep {
		count := 0
		for _, t := range p.targets {
			for _, partition := range t.disk.Partitions {
				if strings.EqualFold(uuid, partition.PartUUID) {
					count++
				}
			}
		}
		if count != 1 {
			p.block("disk.keep", fmt.Sprintf("%d partitions of the chosen disks have the PARTUUID %s, which is to be kept", count, uuid),
				"lsblk --output NAME,PARTUUID lists them")
			there = false
		}
	}
	return there
}

// share finds the room on a disk that also holds what is not ours.
func (p *planner) share(t *target) bool {
	key := "disk.disks." + t.role
	refuse := func(reason, hint string) bool {
		p.block(key, Title(t.disk)+" cannot be shared: "+reason, hint)
		return false
	}
	switch {
	case len(t.disk.Partitions) == 0 && !t.disk.Content.Empty():
		return refuse("it holds "+Describe(t.disk.Content)+" without a partition table", "")
	case len(t.disk.Partitions) == 0:
		return refuse("there is nothing on it beside which something could be", "choose the layout luks-btrfs to use it as a whole")
	case t.disk.Table != "gpt":
		return refuse("its partition table is "+t.disk.Table+" and not gpt, and converting it could leave the other system unable to start",
			"convert it with the other system's own tools, or use another disk")
	}
	if reason := consistent(t.disk); reason != "" {
		return refuse(reason, "repair the table first")
	}
	if slices.ContainsFunc(t.disk.Partitions, func(p steps.Partition) bool { return p.Content.Hibernated }) {
		return refuse("a system sleeps on it, and would go on with the table and the files that it remembers",
			"start it and shut it down; Windows with fast start sleeps after every shutdown: shutdown /s /t 0")
	}
	for _, partition := range t.kept {
		// A table cannot hold the same PARTUUID twice, but a cloned one does.
		if partition.PartUUID == "" {
			return refuse(fmt.Sprintf("its partition %d has no PARTUUID", partition.Number), "")
		}
	}
	t.free = largest(freeSpans(t.kept, usableSpan(t.disk)))
	if t.role == roleSystem {
		t.esp = roomyESP(t.kept, espNeedOf(p.in.Answers.Boot.Loader).want)
		p.choices.shareESP = t.esp != nil
	}
	return true
}

// roomyESP returns a kept ESP with that much room for our kernels. How much of it is
// used must be known: an ESP that fills up at the first update leaves two
// systems that do not start.
func roomyESP(kept []steps.Partition, room uint64) *steps.Partition {
	for i, partition := range kept {
		content := partition.Content
		if partition.TypeGUID == typeESP && content.Kind == "vfat" && content.Used > 0 && partition.Size >= content.Used+room {
			return &kept[i]
		}
	}
	return nil
}

func (p *planner) leastRoom() uint64 {
	least := ^uint64(0)
	for _, t := range p.targets {
		least = min(least, t.free.aligned().size())
	}
	return least
}
