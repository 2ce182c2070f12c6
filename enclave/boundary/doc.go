// Package boundary is the line between an enclave and its host: the few
// messages that cross it, and the frames that carry them
// (spec/17-enclave.md, "Boundary").
//
// THE INVARIANT: every frame has FrameSize bytes, padded with zeros, and one
// encoding; what crosses is one of the messages below and nothing else. A
// message's length says nothing that its content would hide: what the enclave
// sends is public, or sealed and padded before it comes here.
//
// A Conn may be read by one goroutine and written by another.
package boundary
