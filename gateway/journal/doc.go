// Package journal is a gateway's memory: one append-only file of batches of
// records (spec/21-gateway.md, "Journal").
//
// THE INVARIANT: when Append returns nil its batch is on the disk, whole, after
// every batch before it, and is returned by every later Open; a batch whose
// Append did not return nil is returned whole by a later Open, or not at all.
// A file that was damaged in any other way than by being cut short is refused,
// never repaired: a record that is missed could be a payment made twice.
//
// One process has a journal open at a time; a Journal belongs to one goroutine.
// What the records mean is their writer's: the journal never looks into them.
package journal
