package change

import (
	"context"
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Committing is one file that changes beside the rendering, and who commits it.
type Committing struct {
	Repository Repository // as it is now
	Path       string
	Mode       uint32
	Message    string
	Name       string // of the person
	Email      string
	Signer     string // the public key that signs; empty: nobody does
}

// Carry commits the file to the operator's branch. It is written where it was
// committed as it is, and is on the disk before the branch moves; cut off
// anywhere, the next run goes on with it. env is what git needs to sign.
func (c Committing) Carry(ctx context.Context, content string, env []string) error {
	r := c.Repository
	if r.Dirty(c.Path) {
		return inTheWay(r.Folder, []string{c.Path})
	}
	if err := r.clear(ctx); err != nil {
		return err
	}
	how := call{env: []string{"GIT_INDEX_FILE=" + r.paths[indexFile]}}
	how.text = content
	object, err := r.run(ctx, tools.GitWriteBlob(r.Folder), how)
	if err != nil {
		return err
	}
	tree, err := r.alter(ctx, r.Head, map[string]entry{c.Path: {gitMode(c.Mode), strings.TrimSpace(object)}}, how)
	if err != nil {
		return err
	}
	text, err := r.run(ctx, tools.GitCommitTree(r.Folder, c.Name, c.Email, c.Signer, c.Message, tree, r.Head), call{env: env})
	if err != nil {
		return err
	}
	r.Pending = strings.TrimSpace(text)
	r.Runner.Sync()
	if _, err := r.run(ctx, tools.GitUpdateRefs(r.Folder, "mnemonix change"), call{text: fmt.Sprintf("create %s %s\n", tools.PendingRef, r.Pending)}); err != nil {
		return err
	}
	return r.Finish(ctx)
}

// InTheWay is what is said of a file that is not committed and would be written.
func InTheWay(folder, name string) steps.Problem { return inTheWay(folder, []string{name}) }
