package clone

import (
	"context"
	"fmt"
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// Trust is what a signature is worth.
type Trust string

// What the tip of a clone can be.
const (
	Signed   Trust = "signed"   // by the operator's key, which comes from the words
	Unsigned Trust = "unsigned" // by nobody
	Foreign  Trust = "foreign"  // by another key
	Replaced Trust = "replaced" // by the operator's key of an earlier generation
	Broken   Trust = "broken"   // what is signed is not what is there
)

// verify asks git who signed the tip.
func (c *Clone) verify(ctx context.Context, root *derive.Root, commit string) error {
	signers, generations, err := allowed(root)
	if err != nil {
		return err
	}
	file := path.Join(c.folder, "signers")
	if err := c.runner.WriteFile(file, []byte(signers), 0o600); err != nil {
		return err
	}
	result, err := c.git(ctx, tools.CloneTip(c.repository(), file, commit))
	if err != nil {
		return err
	}
	tip, err := tools.ParseTip(result.Stdout)
	if err != nil {
		return err
	}
	for _, text := range []*string{&tip.Author, &tip.Email, &tip.Subject, &tip.Key} {
		*text = probe.Shown(*text) // anybody can write anything there
	}
	c.Tip = tip
	switch tip.Signature {
	case "G":
		c.Trust = Foreign
		generation, ours := generations[tip.Key]
		if _, err := c.git(ctx, tools.CloneVerify(c.repository(), file, tip.Commit)); err == nil && ours {
			c.Trust, c.Signed = Signed, generation
		}
	case "N":
		c.Trust = Unsigned
	case "B":
		c.Trust = Broken
	default:
		c.Trust = Foreign
	}
	return nil
}

// allowed is a file for ssh-keygen with the operator's keys that the words
// give, and the generation of each by its fingerprint. Which of them is in use
// stands in the flake, which is believed only afterwards.
func allowed(root *derive.Root) (string, map[string]int, error) {
	label, err := derive.User(derive.Sign, 0)
	if err != nil {
		return "", nil, err
	}
	var text strings.Builder
	generations := map[string]int{}
	for generation := range derive.TriedGenerations {
		keys, err := format.NewPublicKeys(root, "any", format.Generations{label.String(): generation})
		if err != nil {
			return "", nil, err
		}
		fmt.Fprintf(&text, "generation-%d namespaces=\"git\" %s\n", generation, keys.User.Sign.Public)
		generations[keys.User.Sign.Fingerprint] = generation
	}
	return text.String(), generations, nil
}

// Said is what a person has to know to decide, on lines.
func (c *Clone) Said() []string {
	lines := []string{
		fmt.Sprintf("commit %.12s of %s, branch %s", c.Tip.Commit, c.Source, c.Branch),
		fmt.Sprintf("by %s <%s>, %s: %s", c.Tip.Author, c.Tip.Email, c.Tip.Date, c.Tip.Subject),
	}
	switch c.Trust {
	case Signed:
		return append(lines, "signed by your key, which comes from these words: "+c.Tip.Key)
	case Unsigned:
		return append(lines, "NOT SIGNED: whoever can write there could have changed it")
	case Broken:
		return append(lines, "SIGNED, BUT CHANGED SINCE: what is signed is not what is there")
	case Replaced:
		return append(lines, fmt.Sprintf("signed by your key of generation %d, which the flake itself says was replaced: %s", c.Signed, c.Tip.Key))
	}
	return append(lines, "SIGNED BY ANOTHER KEY than yours of these words: "+c.Tip.Key)
}

// Untrusted is why a clone is refused, or nil.
func (c *Clone) Untrusted() error {
	if c.Trust == Signed {
		return nil
	}
	said := c.Said()
	return &Error{
		fmt.Errorf("the flake is not believed: %s", strings.Join(said, "; ")),
		"are these the words that it was made with? A change that you made without your key: sign its last commit (git commit --amend -S). To take it as it is: --trust-unsigned",
	}
}
