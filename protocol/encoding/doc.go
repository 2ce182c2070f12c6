// Package encoding is the one way in which Nightjar turns values into bytes:
// fixed layouts, big-endian integers, no optional fields, no lengths that the
// layout already fixes (spec/00-conventions.md, "Encoding").
//
// THE INVARIANT: for every type T of the protocol, decode(encode(v)) = v, and
// encode(decode(b)) = b for every b that decode accepts: one value, one
// encoding. Every message is self-delimiting and a decoder refuses trailing
// bytes.
//
// A Reader or Writer belongs to one goroutine.
package encoding
