// Package chopsticks runs chopsticks for tests: the Westend relay runtime of
// gossamer's development chain, with real signatures and real dispatch, and a
// block whenever a test asks for one. It is a labelled stand-in: there is no
// consensus, every head is final at once, and there are no read proofs.
//
// THE INVARIANT: every node starts from its own copy of the chain's
// specification on a port of its own, so that no run sees another's chain, and it
// ends with its context.
//
// A Node's methods may be called concurrently.
package chopsticks
