// Package gate is what a custody gateway tells depositors over HTTP, as JSON
// (spec/21-gateway.md, "Daemon"), and a client for it.
//
// THE INVARIANT: nothing that a gateway says moves money. A wallet computes
// where a deposit goes from the light-verified signers, and knows that one was
// credited from the chain; a gateway only says how far it is. An answer is
// bounded in time and size, and refused (BAD_GATEWAY) unless it has the form
// of the types here.
//
// A Client may be used concurrently.
package gate
