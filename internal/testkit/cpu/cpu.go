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
