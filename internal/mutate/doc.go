// Command mutate shows that every check the rogue suite attacks is needed. For
// each attack of sim/adversary it builds the tests with that one check removed
// (sim/adversary/mutants.txt, applied by go's -overlay: no file changes) and
// demands that the attack then succeeds.
//
//	go run ./internal/mutate [-j n] [-timeout d] [name …]
//
// THE INVARIANT: it exits 0 only if, for every attack asked for, the attack was
// refused and its control accepted by the unchanged code, and the attack
// succeeded against the changed one. Where two checks stand behind each other
// the mutant removes both.
//
// Keys of mutated circuits are made in a temporary directory and deleted: they
// must never lie where a real chain could find them.
package main
