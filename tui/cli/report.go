package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/report"
)

// report packs what somebody needs who is to find a fault.
func (a *app) report() *cobra.Command {
	var out string
	command := &cobra.Command{
		Use: "report", Short: "a bundle for a bug report, with nothing private in it", Args: noArguments,
		Long: "Report collects the facts of this machine, the plan, the answers, the journal and the log of an\n" +
			"installation that was interrupted or has ended, and the versions of the programs. They are found\n" +
			"in memory, on the EFI system partition, on the new machine below /mnt, or in\n" +
			"/var/lib/mnemonix/install of the machine itself; without root, as far as they can be read.\n\n" +
			"Names of hosts and people, mail addresses, SSH keys, Wi-Fi names, git remotes, serial numbers, MAC\n" +
			"addresses, UUIDs and their like are replaced by stand-ins, the same ones everywhere; README in the\n" +
			"bundle says what was replaced and what could not be read. There is no secret in it. What is in it\n" +
			"is listed: have a look before you send it. Nothing is sent by mnemonix.",
		Example: "  sudo mnemonix report\n  mnemonix report --out - | tar -tz\n  mnemonix --sysroot laptop report --out laptop.tar.gz",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runReport(cmd.Context(), out) },
	}
	command.Flags().StringVar(&out, "out", "", "the new `file`; - is standard output; by default mnemonix-report-DATE.tar.gz here")
	return command
}

func (a *app) runReport(ctx context.Context, out string) error {
	here, err := a.here()
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	toStream := out == "-"
	if out == "" {
		out = now.Format("mnemonix-report-2006-01-02-150405") + ".tar.gz"
	}
	switch {
	case !toStream:
		if out, err = newFile(here, out); err != nil {
			return err
		}
	case toTerminal(a.streams.Out):
		return usage(errors.New("a bundle is not for a terminal"), "name a file with --out FILE, or pipe it: mnemonix report --out - | tar -tvz")
	}
	made, err := a.collect(ctx)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	if err := made.Pack(&packed); err != nil {
		return fault(err)
	}
	lines := a.streams.Out
	switch {
	case a.flags.dryRun:
		_, _ = fmt.Fprintf(lines, "would write: %s (%s), with:\n", out, disk.Bytes(uint64(len(packed.Bytes()))))
	case toStream:
		if _, err := a.streams.Out.Write(packed.Bytes()); err != nil {
			return fault(err)
		}
		lines = a.streams.Err
	default:
		if err := here.WriteFile(out, packed.Bytes(), 0o600); err != nil {
			return lacks(err, "choose a folder that can be written to: --out FILE")
		}
		_, _ = fmt.Fprintf(lines, "wrote %s (%s), with:\n", out, disk.Bytes(uint64(len(packed.Bytes()))))
	}
	return a.tellReport(lines, made)
}

func (a *app) collect(ctx context.Context) (report.Report, error) {
	runner, err := a.runner()
	if err != nil {
		return report.Report{}, err
	}
	build := a.build.complete()
	made, err := report.Collect(ctx, report.Input{
		Runner: runner, Facts: flow.Detect(ctx, runner, flow.Install()),
		Version: report.Version{Version: build.Version, Commit: build.Commit, Date: build.Date, Go: runtime.Version()},
		Root:    os.Geteuid() == 0 && !a.flags.dryRun && runner.Root() == "/",
	})
	if err != nil {
		return report.Report{}, fault(err)
	}
	return made, nil
}

// toTerminal says whether a person would get what is written.
func toTerminal(out io.Writer) bool {
	file, isFile := out.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// tellReport lists what is in the bundle and what is not.
func (a *app) tellReport(lines io.Writer, made report.Report) error {
	for _, file := range made.Files {
		_, _ = fmt.Fprintf(lines, "  %8s  %s\n", disk.Bytes(uint64(len(file.Content))), file.Path)
	}
	if !made.Installation {
		_, _ = fmt.Fprintln(a.streams.Err, "No record of an installation was found: the bundle says what this machine is.")
	}
	for _, reason := range made.Absent {
		_, _ = fmt.Fprintln(a.streams.Err, "not read: "+reason)
	}
	if len(made.Absent) > 0 && os.Geteuid() != 0 {
		_, _ = fmt.Fprintln(a.streams.Err, "Root can read more: sudo mnemonix report")
	}
	_, err := fmt.Fprintln(a.streams.Err, "README in it says what was replaced. Look it over before you send it.")
	return err
}
