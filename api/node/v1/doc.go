// Package nodev1 is version 1 of the node's service; generated from
// node.proto, which documents it.
//
// THE INVARIANT: see node.proto; a released field never changes.
package nodev1
