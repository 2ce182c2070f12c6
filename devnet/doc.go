// Package devnet makes and runs a whole Nightjar network on one machine: a
// node, three workers with SIMULATED enclaves, a price file and a development
// custody (docs/devnet.md).
//
// THE INVARIANT: everything here works only on a genesis marked development:
// test assets, a custody whose keys lie in the directory, enclaves that protect
// nothing, proving keys of a single party unless a ceremony's are at hand. The
// processes are the product's own binaries; nothing runs in place of them.
//
// The directory is the state: whoever has it can find, stop and restart the
// processes. Its manifest is written under a lock, so that commands may run side
// by side; start and stop a network from one of them at a time.
package devnet
