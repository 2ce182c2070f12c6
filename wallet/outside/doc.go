// Package outside is what a wallet knows of the chains that assets come from:
// how an account is written there, where an owner's deposit goes, and whether a
// withdrawal could arrive.
//
// THE INVARIANT: where a deposit goes follows from the signers that the chain's
// validators signed for, the network and the owner commitment; no file and no
// gateway has a part in it. The table of chains only says how things are shown
// and what is refused early: an error in it can't send money elsewhere.
//
// All functions but Announce are pure; everything may be called concurrently.
package outside
