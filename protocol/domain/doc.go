// Package domain is the registry of domain-separation tags: the Poseidon2 tags
// and the byte contexts under which anything is hashed, signed, derived or
// encrypted (spec/00-conventions.md, "Domain tags").
//
// THE INVARIANT: no two uses share a tag or a context, and a retired one is
// never used again; domain_test.go compares this registry with the
// specification's table.
package domain
