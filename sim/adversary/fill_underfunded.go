package adversary

import "github.com/nightjar/nightjar/protocol/rejection"

// fillUnderfunded sells ten lots out of an order that holds five: what is left
// holds minus five.
var fillUnderfunded = Attack{
	Name: "fill_underfunded", Guarantee: "G1", Wants: rejection.BadProof,
	Run: misfunded(5_000),
}
