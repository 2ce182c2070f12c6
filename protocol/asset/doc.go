// Package asset is the record of one asset that the pool holds
// (spec/10-ledger.md, "Assets").
//
// THE INVARIANT: a record is append-only. What can change later (exit fee,
// deposit limits, supply cap, halted deposits) is ledger state beside it; what an owner
// relies on (id, decimals, chain, what the asset is there, the highest exit fee
// there can ever be) never changes. Conversions from external amounts round
// down and return what they leave: units and dust together are the amount.
//
// Values are plain data; all functions are pure.
package asset
