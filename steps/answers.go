package steps

// AnswersVersion is the version of the Answers format.
const AnswersVersion = 1

// Answers is what the operator chose. It holds no secret, is kept in the
// flake at hosts/NAME/answers.yaml, and is what a later run starts from. The
// package steps/answers reads, checks and writes it. What a value may be
// stands in the tags here: a format is a rule of that package or a list of
// the catalog, and the JSON Schema is made of both.
type Answers struct {
	Version    int         `yaml:"version" jsonschema:"enum=1" jsonschema_description:"Version of this format."`
	Host       Host        `yaml:"host"`
	Locale     Locale      `yaml:"locale"`
	Users      []User      `yaml:"users" jsonschema:"minItems=1,maxItems=64" jsonschema_description:"The people of the machine; exactly one is the operator."`
	Features   []string    `yaml:"features" jsonschema:"uniqueItems=true,format=feature" jsonschema_description:"What the machine is for."`
	Desktop    string      `yaml:"desktop" jsonschema:"format=desktop" jsonschema_description:"The desktop environment; none on a machine without a screen."`
	Disk       DiskChoices `yaml:"disk,omitempty" jsonschema_description:"Absent on a host that is not NixOS (windows, home)."`
	Boot       Boot        `yaml:"boot,omitempty" jsonschema_description:"Absent on a host that is not NixOS (windows, home)."`
	TPM        TPMChoices  `yaml:"tpm"`
	Network    WifiNames   `yaml:"network,omitempty"`
	Modules    Modules     `yaml:"modules,omitempty"`
	Repository Repository  `yaml:"repository,omitempty"`
	Builders   []Builder   `yaml:"builders,omitempty" jsonschema:"maxItems=32" jsonschema_description:"Other machines that build for this one."`
	CI         string      `yaml:"ci,omitempty" jsonschema:"enum=forgejo,enum=hydra" jsonschema_description:"What this machine runs to build the flake; absent for nothing."`
}

// Host names the machine.
type Host struct {
	Name         string `yaml:"name" jsonschema:"format=host-name" jsonschema_description:"The host name, also the name of the folder hosts/NAME."`
	Type         string `yaml:"type" jsonschema:"format=host-type" jsonschema_description:"The kind of machine."`
	System       string `yaml:"system" jsonschema:"enum=x86_64-linux,enum=aarch64-linux" jsonschema_description:"Processor and kernel, as Nix spells them."`
	StateVersion string `yaml:"stateVersion" jsonschema:"format=release" jsonschema_description:"The NixOS release of the installation. Written once, never changed after."`
	KeyName      string `yaml:"keyName,omitempty" jsonschema:"format=host-name" jsonschema_description:"NAME in the labels of the keys. Written once from the host name, survives a rename."`
}

// Key returns NAME in the key labels: it is written once, from the host's
// name, and survives a rename.
func (h Host) Key() string {
	if h.KeyName != "" {
		return h.KeyName
	}
	return h.Name
}

// Locale is time, language and keyboard.
type Locale struct {
	Timezone  string `json:"timezone,omitempty" yaml:"timezone" jsonschema:"format=timezone" jsonschema_description:"As tzdata names it: Europe/Berlin."`
	Language  string `json:"language,omitempty" yaml:"language" jsonschema:"format=locale" jsonschema_description:"As glibc names it: de_DE.UTF-8."`
	Keymap    string `json:"keymap,omitempty" yaml:"keymap" jsonschema:"format=keymap" jsonschema_description:"Of the console and of the prompt that unlocks the disk."`
	XkbLayout string `json:"xkbLayout,omitempty" yaml:"xkbLayout" jsonschema:"format=xkb-layout" jsonschema_description:"Of the desktop."`
}

// User is one person on the machine; exactly one is the operator.
type User struct {
	Name     string   `yaml:"name" jsonschema:"format=user-name"`
	Operator bool     `yaml:"operator,omitempty" jsonschema_description:"Administers the machine; true for exactly one."`
	FullName string   `yaml:"fullName" jsonschema:"format=full-name"`
	Email    string   `yaml:"email" jsonschema:"format=email-or-empty" jsonschema_description:"For git; may be empty."`
	SSHKeys  []string `yaml:"sshKeys" jsonschema:"uniqueItems=true,format=ssh-key" jsonschema_description:"Public keys that may sign in, as in authorized_keys."`
}

// Operator returns the one user who administers the machine.
func (a Answers) Operator() (User, bool) {
	for _, user := range a.Users {
		if user.Operator {
			return user, true
		}
	}
	return User{}, false
}

// HasFeature says whether that feature was chosen.
func (a Answers) HasFeature(name string) bool {
	for _, feature := range a.Features {
		if feature == name {
			return true
		}
	}
	return false
}

// NixOS says whether the host is a NixOS machine: it has disks, a boot loader
// and a nixosConfiguration. The others are Windows machines and homes on
// another Linux.
func (h Host) NixOS() bool { return h.Type != "windows" && h.Type != "home" }

// DiskChoices is the disk layout and the disks that it goes to.
type DiskChoices struct {
	Layout       string       `yaml:"layout" jsonschema:"format=layout"`
	Disks        []DiskChoice `yaml:"disks" jsonschema:"maxItems=16"`
	ESP          string       `yaml:"esp" jsonschema:"format=size" jsonschema_description:"Size of the EFI system partition."`
	Swap         Swap         `yaml:"swap"`
	Keep         []string     `yaml:"keep,omitempty" jsonschema:"uniqueItems=true,format=partuuid" jsonschema_description:"PARTUUIDs of partitions that stay untouched."`
	Impermanence bool         `yaml:"impermanence,omitempty" jsonschema_description:"The root file system forgets everything that /persist does not name."`
}

// DiskChoice is one disk of a layout. Match is resolved once, at install;
// what it resolved to is stored beside it and never matched again.
type DiskChoice struct {
	Role     string       `yaml:"role" jsonschema:"format=role"`
	Match    Match        `yaml:"match" jsonschema_description:"Finds one disk: by id, serial, wwn or path alone, or by properties and pick."`
	Resolved *Fingerprint `yaml:"resolved,omitempty" jsonschema_description:"The disk that the match came to, at install."`
}

// Match finds one disk: by id, serial, wwn or path alone, or by properties. A
// path names a place in the machine, not a disk: it is for the virtual disks
// that have no other name.
type Match struct {
	ID        string `yaml:"id,omitempty" jsonschema:"format=disk-id" jsonschema_description:"Name in /dev/disk/by-id."`
	Serial    string `yaml:"serial,omitempty" jsonschema:"format=disk-serial"`
	WWN       string `yaml:"wwn,omitempty" jsonschema:"format=disk-wwn"`
	Path      string `yaml:"path,omitempty" jsonschema:"format=disk-path" jsonschema_description:"Name in /dev/disk/by-path, for a disk that has no other."`
	Transport string `yaml:"transport,omitempty" jsonschema:"enum=nvme,enum=sata,enum=sas,enum=usb,enum=mmc,enum=virtio,enum=scsi,enum=ata"`
	SSD       *bool  `yaml:"ssd,omitempty"`
	Model     string `yaml:"model,omitempty" jsonschema:"format=glob" jsonschema_description:"A pattern with * and ?."`
	MinSize   string `yaml:"minSize,omitempty" jsonschema:"format=size"`
	MaxSize   string `yaml:"maxSize,omitempty" jsonschema:"format=size"`
	Pick      string `yaml:"pick,omitempty" jsonschema:"enum=largest,enum=smallest,enum=only" jsonschema_description:"Which one, when the properties fit several."`
}

// Swap is where memory goes when it is full.
type Swap struct {
	Kind     string `yaml:"kind" jsonschema:"enum=partition,enum=file,enum=zram,enum=none"`
	Size     string `yaml:"size,omitempty" jsonschema:"format=size-or-auto" jsonschema_description:"Of a partition or a file; auto follows the memory."`
	Resolved string `yaml:"resolved,omitempty" jsonschema:"format=size" jsonschema_description:"What auto came to, at install."`
	// Hibernate lets the machine sleep without power: its memory goes to the
	// swap partition, which lies inside LUKS where the disk is encrypted.
	Hibernate bool `yaml:"hibernate,omitempty" jsonschema_description:"The machine can sleep without power; needs a swap partition."`
}

// Boot is the boot loader and what opens the disk.
type Boot struct {
	Loader string `yaml:"loader" jsonschema:"enum=systemd-boot,enum=lanzaboote"`
	Unlock string `yaml:"unlock" jsonschema:"enum=tpm,enum=tpm-pin,enum=tpm-without-secure-boot,enum=passphrase,enum=none" jsonschema_description:"tpm needs lanzaboote; tpm-without-secure-boot is the consent to a TPM that gives the key to whatever kernel is started on this machine."`
}

// UnlockWithoutSecureBoot is the operator's consent to a weaker unlock: the
// TPM alone opens the disk, although the firmware starts any kernel and so
// anybody who has the machine gets the key.
const UnlockWithoutSecureBoot = "tpm-without-secure-boot"

// ByTPM says whether the TPM opens the disk, alone or with a PIN.
func (b Boot) ByTPM() bool {
	return b.Unlock == "tpm" || b.Unlock == "tpm-pin" || b.Unlock == UnlockWithoutSecureBoot
}

// TPMChoices says which keys go into the TPM.
type TPMChoices struct {
	Keys         bool  `yaml:"keys" jsonschema_description:"False: no TPM here, the keys are files."`
	OperatorKeys *bool `yaml:"operatorKeys,omitempty" jsonschema_description:"The operator's own keys on this machine too; default: true on desktops and laptops."`
	PIN          *bool `yaml:"pin,omitempty" jsonschema_description:"A PIN on the operator's keys; default: true."`
}

// HoldsOperatorKeys says whether the operator's own keys live on this
// machine too: what was chosen, else true on desktops and laptops only.
func (a Answers) HoldsOperatorKeys() bool {
	if a.TPM.OperatorKeys != nil {
		return *a.TPM.OperatorKeys
	}
	return a.TPM.Keys && (a.Host.Type == "desktop" || a.Host.Type == "laptop")
}

// WantsPIN says whether the operator's keys are used with a PIN.
func (a Answers) WantsPIN() bool {
	return a.TPM.PIN == nil || *a.TPM.PIN
}

// WifiNames are the networks that the machine joins; their keys are secrets.
type WifiNames struct {
	Wifi []string `yaml:"wifi,omitempty" jsonschema:"uniqueItems=true,format=wifi-name" jsonschema_description:"Names only: the keys are secrets."`
}

// Repository is where the flake is kept besides the machine.
type Repository struct {
	Remote string `yaml:"remote" jsonschema:"format=remote-or-empty"`
	Branch string `yaml:"branch,omitempty" jsonschema:"format=branch"`
}

// Builder is another machine that builds for this one.
type Builder struct {
	Host    string `yaml:"host" jsonschema:"format=network-name"`
	System  string `yaml:"system" jsonschema:"enum=x86_64-linux,enum=aarch64-linux"`
	MaxJobs int    `yaml:"maxJobs" jsonschema:"minimum=1,maximum=1024"`
}
