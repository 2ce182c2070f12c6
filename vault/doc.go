// Package vault is the pure custody core of one signer: what it attests, pays,
// sends back and returns on one external chain (spec/21-gateway.md).
//
// THE INVARIANT: a deposit is attested or refunded and never both, a claim is
// paid once or returned once and never both, whatever step the process dies at.
// Every decision is a Record that the shell makes durable before it carries out
// an Effect; the state is the fold of the records, and whatever a crash left
// undone follows from it again (Pending).
//
// A Machine has no clock, file, network, key or goroutine and is used by one
// caller at a time. It believes what it is told: that a Hub was light-verified
// and that a Block is final and proven is the shell's duty, and types say so
// where they can: there is no value for a block that is not final. How an
// external chain encodes calls and derives accounts is the Codec's.
package vault
