package cli

import (
	"context"
	"os"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// joinTime is how long a radio may take to join a network.
const joinTime = 45 * time.Second

// effect is what has to happen before the review: the keymap of the console,
// so that what is typed next is what is meant, and the Wi-Fi network, so that
// the rest can be fetched.
func (p *provision) effect(ctx context.Context, key string, chosen steps.Answers, secrets *steps.Secrets) error {
	if p.dry {
		return nil
	}
	name, isWifi := strings.CutPrefix(key, "wifi.")
	switch {
	case key == "locale.keymap" && strings.HasPrefix(os.Getenv("TERM"), "linux"):
		_, err := p.runner.Run(ctx, run.Command{Argv: tools.LoadKeys(chosen.Locale.Keymap)})
		if err != nil {
			return steps.Problem{Key: key, Text: "the console's keymap stays as it was: " + err.Error(), Hint: "what you type may come out differently from what the keys say"}
		}
	case isWifi:
		return p.join(ctx, key, name, secrets)
	}
	return nil
}

// join joins a Wi-Fi network with NetworkManager. The key reaches it in a
// file in memory that root alone can read, in its own format; never by an
// argument.
func (p *provision) join(ctx context.Context, key, name string, secrets *steps.Secrets) error {
	const hint = "join it by hand (wpa_cli, iwctl), or plug in a cable; the installed machine gets its key all the same"
	if _, err := p.runner.LookPath("nmcli"); err != nil {
		return steps.Problem{Key: key, Text: "the network " + name + " was not joined: this medium has no NetworkManager", Hint: hint}
	}
	profile, file := tools.WifiProfile(name, secrets.Named(key))
	defer clear(profile)
	err := p.runner.WriteFile(file, profile, 0o600)
	for _, argv := range [][]string{tools.NetworkReload(), tools.NetworkUp(name)} {
		if err == nil {
			_, err = p.runner.Run(ctx, run.Command{Argv: argv, Timeout: joinTime})
		}
	}
	if err != nil {
		return steps.Problem{Key: key, Text: "the network " + name + " was not joined: " + err.Error(), Hint: hint}
	}
	return nil
}
