// Package merklelog is an append-only log of field elements with a root of the
// shape of RFC 6962: the spent nullifiers in their order.
//
// THE INVARIANT: the root is a function of the sequence of entries; the
// frontier holds one node per set bit of the size and is all that an append
// needs.
//
// A Frontier is a value: an assignment is a copy that no later Append changes.
package merklelog
