package enroll

import (
	"path"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
)

// Place is where a key's files lie on a machine.
type Place struct {
	Private  string // mode 0600
	Public   string // mode 0644; empty for age keys, whose public half is in keys/NAME.json
	Operator bool   // in the operator's home, and the operator's
}

// Places says where the files of each key lie, below the root that the
// machine's file systems are mounted at.
//
// The machine's age identity and its SSH host key are needed before anybody
// is there, and on a root that forgets they are named by their place on
// /persist. The agent that answers sshd offers every key of its folder, so
// the host key has that folder to itself, and the operator's signing key is
// kept away from the operator's SSH key for the same reason. Without a TPM
// the names are those by which OpenSSH itself looks for keys.
func Places(answers steps.Answers, root string) map[tpmenroll.Slot]Place {
	lasting := root
	if answers.Disk.Impermanence {
		lasting = path.Join(root, "persist")
	}
	home := homeOf(answers, root)
	places := map[tpmenroll.Slot]Place{
		tpmenroll.HostAge:  {Private: path.Join(lasting, "var/lib/mnemonix/age-identity.txt")},
		tpmenroll.UserAge:  {Private: path.Join(home, ".config/sops/age/keys.txt"), Operator: true},
		tpmenroll.HostSSH:  {Private: path.Join(lasting, "etc/ssh/ssh_host_ecdsa_key")},
		tpmenroll.UserSSH:  {Private: path.Join(home, ".ssh/id_ecdsa"), Operator: true},
		tpmenroll.UserSign: {Private: path.Join(home, ".local/share/mnemonix/sign"), Operator: true},
	}
	if answers.TPM.Keys {
		places[tpmenroll.HostSSH] = Place{Private: path.Join(lasting, "etc/ssh/ssh_tpm_host_ecdsa_key")}
	}
	for _, slot := range []tpmenroll.Slot{tpmenroll.HostSSH, tpmenroll.UserSSH, tpmenroll.UserSign} {
		place := places[slot]
		place.Public = place.Private + ".pub"
		if answers.TPM.Keys {
			place.Private += ".tpm"
		}
		places[slot] = place
	}
	return places
}

// homeOf is the operator's home. Where /home is no file system of its own and
// the root forgets, it is mounted from /persist as soon as the machine runs.
func homeOf(answers steps.Answers, root string) string {
	operator, _ := answers.Operator()
	layout, known := assets.Load().Layout(answers.Disk.Layout)
	if known && answers.Disk.Impermanence && !layout.Home {
		root = path.Join(root, "persist")
	}
	return path.Join(root, "home", operator.Name)
}
