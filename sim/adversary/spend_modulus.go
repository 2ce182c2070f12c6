package adversary

import (
	"bytes"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// spendModulus writes a nullifier as nf + r: the same element in other bytes,
// so that whoever compares bytes sees a new one.
var spendModulus = Attack{
	Name: "spend_modulus", Guarantee: "G1", Wants: rejection.NonCanonical,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Act(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM, c.MalloryHUB}})
		tx := a.Bytes()
		if !undo {
			nf := a.Tx.Nullifiers[0].Bytes()
			sum := new(big.Int).SetBytes(nf[:])
			copy(tx[bytes.Index(tx, nf[:]):], sum.Add(sum, fr.Modulus()).FillBytes(make([]byte, fr.Bytes)))
		}
		return execute(c, tx)
	},
}
