// Package order is the order note: a note with a covenant (spec/03-order.md).
//
// THE INVARIANT: an order's commitment fixes every term its owner set, and
// value = qty × unit holds through every partial fill, so that what a fill
// releases always covers what it pays. Validate is a courtesy to owners: an
// order that breaks it is unfillable, never dangerous.
//
// Pure; safe for concurrent use.
package order
