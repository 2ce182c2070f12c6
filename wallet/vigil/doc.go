// Package vigil asks workers about an owner's orders after every heartbeat that
// the chain took, and judges the answers (spec/20-fairness.md, "Cadence").
//
// THE INVARIANT: what goes out depends on the chain and on what workers answer,
// and on nothing of the owner: for each heartbeat the same number of queries of
// the same size, in the same sequence, whether or not there are orders and
// whether or not they traded. A finding is evidence that anybody can check;
// what only the owner can know is told apart from it.
//
// It has no clock and reads no chain: who runs it brings the chronicle up to
// date and calls Round. What it remembers is lost with the process, and the next
// one begins with the heartbeats that workers still show. Not safe for
// concurrent use.
package vigil
