// Package cpu is the clock of benchmarks: on a shared machine wall times would
// say more about the neighbours.
//
// THE INVARIANT: Now counts all that the process has used, on all cores, its
// garbage collector included. Only tests import it.
package cpu
