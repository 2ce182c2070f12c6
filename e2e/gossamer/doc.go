// Package gossamer runs a real Substrate node for tests: gossamer with the
// Westend relay runtime of its development chain, one authority, blocks and
// GRANDPA finality. It is a labelled stand-in: balances, multisig and utility
// are as on Kusama, and there is no Asset Hub.
//
// THE INVARIANT: every node starts with a directory and ports of its own, so
// that no run sees another's chain, and it ends with its context.
//
// A Node's methods may be called concurrently. The accounts of the development
// chain (Alice, Bob, …) are public knowledge: nothing here is for real value.
package gossamer
