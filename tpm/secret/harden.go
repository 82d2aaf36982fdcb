package secret

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Hardening says which protections Harden could take.
type Hardening struct {
	NoCoreDumps bool // RLIMIT_CORE is 0
	NoTracing   bool // PR_SET_DUMPABLE is 0: no ptrace, /proc/PID/mem is root's
	Locked      bool // every page of the process stays in RAM
}

// Harden protects the whole process, once, before the first secret is read:
// no core dumps, no tracing by processes of the same user, no swapping.
//
// The pages are locked only where the process may lock without limit (root, or
// RLIMIT_MEMLOCK unlimited): with a limit, mlockall(MCL_FUTURE) would make a
// later allocation of the Go runtime fail, which ends the process. Elsewhere
// the Secrets lock their own pages and Locked is false; that is no error.
//
// The error joins what the kernel refused; it is a reason to warn, not to stop.
// Afterwards /proc/self belongs to root. Child processes are not affected:
// exec resets the dumpable flag and drops the locks.
func Harden() (Hardening, error) {
	var done Hardening
	var faults []error
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		faults = append(faults, fmt.Errorf("set RLIMIT_CORE to 0: %w", err))
	} else {
		done.NoCoreDumps = true
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		faults = append(faults, fmt.Errorf("set PR_SET_DUMPABLE to 0: %w", err))
	} else {
		done.NoTracing = true
	}
	if mayLockAll() {
		// ONFAULT locks pages as they are touched: without it the whole
		// reserved heap of the Go runtime would be populated.
		err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT)
		if err != nil {
			faults = append(faults, fmt.Errorf("lock memory: %w", err))
		} else {
			done.Locked = true
		}
	}
	return done, errors.Join(faults...)
}

func mayLockAll() bool {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err == nil && limit.Cur == unix.RLIM_INFINITY {
		return true
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return false
	}
	return sets[0].Effective&(1<<unix.CAP_IPC_LOCK) != 0
}
