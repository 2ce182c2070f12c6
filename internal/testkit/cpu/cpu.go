// Package cpu is the clock of benchmarks: on a shared machine wall times would
// say more about the neighbours.
//
// THE INVARIANT: Now counts all that the process has used, on all cores, its
// garbage collector included. Only tests import it.
package cpu

import (
	"syscall"
	"time"
)

// Now returns the CPU time of this process, user and system.
func Now() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // not on a system that the benchmarks know
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
