// Package chaintest makes Substrate chains for tests: blocks with state and
// extrinsics, authorities who finalise them and change, parachains in a relay
// chain's state, and a node that serves all that over JSON-RPC, truly or not.
//
// THE INVARIANT: the same calls with the same seed make the same chain, byte
// for byte, and what a Chain makes without being told to break a rule is
// accepted by substrate/light.
//
// Only tests import it. A Chain belongs to one goroutine, except that a Server
// locks it while it answers.
package chaintest
