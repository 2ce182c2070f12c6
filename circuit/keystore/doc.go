// Package keystore keeps the proving and verifying keys of the circuits on
// disk, outside the repository, so that all processes of a development network
// use the same ones (spec/11-circuits.md, "Keys").
//
// THE INVARIANT: a directory named by a circuit's digest either does not exist
// or holds a complete, checksummed pair of keys of that circuit. It appears by
// one rename, so that a crash or a second process leaves nothing half-made.
//
// Keys come from a ceremony, and Install puts them there, or from INSECURE
// DEVELOPMENT setup: whoever made them could forge proofs. Open makes missing
// ones like that; OpenCeremony, for networks of value, refuses development keys
// and a directory that lacks any. What a manifest says of an origin is a note to
// honest people, no proof: the genesis names the keys. Open is safe to call from
// several processes at once; one of them works and the others wait for it.
package keystore
