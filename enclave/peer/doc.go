// Package peer is what enclaves tell each other through their hosts
// (spec/17-enclave.md, "Peer messages"): votes, epoch secrets, the book,
// finished proofs.
//
// THE INVARIANT: a message has one of two sizes, is signed by its sender's
// registered key over chain, sender and content, and has one encoding. Whatever
// is secret in it was sealed to its recipient's registered key before: a host
// sees who talks and nothing else.
//
// Messages may be lost, doubled, delayed and reordered; nobody may rely on one
// arriving. All functions are pure.
package peer
