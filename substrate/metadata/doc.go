// Package metadata reads what a Substrate runtime says of itself, versions 14
// and 15: its types, pallets, calls, events, storage, constants and signed
// extensions; and reads values by those types (spec/23-substrate.md, "Codec").
//
// THE INVARIANT: Decode accepts whole and consistent metadata only: every type
// that is named exists, every index and name is given once, keys have as many
// hashers as parts. What a value costs to read is bounded by its bytes: nesting
// and the number of its parts have limits that no type can lift, and types may
// be cyclic.
//
// A Metadata is not changed after Decode, and may be used by many goroutines.
// It says nothing about whether a runtime is the right one: who decodes knows
// where the bytes are from.
package metadata
