// Package asset is the record of one asset that the pool holds
// (spec/10-ledger.md, "Assets").
//
// THE INVARIANT: a record is append-only. What can change later (exit fee,
// deposit limits, halted deposits) is ledger state beside it; what an owner
// relies on (id, decimals, chain, the highest exit fee there can ever be)
// never changes.
//
// Values are plain data; all functions are pure.
package asset
