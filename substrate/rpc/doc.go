// Package rpc asks a Substrate node: the few methods of its JSON-RPC that a
// light client and a gateway need, over HTTP, by polling.
//
// THE INVARIANT: whatever the node answers, a call ends within Timeout and
// reads no more bytes than its method's bound, and what it returns has the form
// that the method promises. Form is all that is checked: nothing here is
// believed of the chain's state. Who believes an answer has verified it
// (substrate/light) or says that it is not proven.
//
// Three kinds of errors, so that a caller knows what to do: a rejection,
// NODE_ANSWER, is an answer that no honest node gives; *Refused is the node's
// own error, as for an extrinsic that it does not take; anything else is a
// fault on the way, to be tried again. No error holds the node's URL, in which
// operators have keys.
//
// A Client may be used concurrently. It never retries and keeps no state.
package rpc
