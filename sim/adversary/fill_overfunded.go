package adversary

import "github.com/nightjar/nightjar/protocol/rejection"

// fillOverfunded fills an order that holds more than its terms say. Nobody is
// robbed and nobody can say what its remainder is worth: such an order is
// unfillable.
var fillOverfunded = Attack{
	Name: "fill_overfunded", Guarantee: "G2", Wants: rejection.BadProof,
	Run: misfunded(15_000),
}
