package adversary

import (
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// spendWithTorsion has a public key with a point of order two added to it, so
// that one secret signs for two keys: whoever tells owners by their keys tells
// them wrong.
var spendWithTorsion = Attack{
	Name: "spend_with_torsion", Guarantee: "G1", Wants: rejection.BadPoint,
	Run: func(c *world.Cast, undo bool) error {
		secret := c.Scalar()
		twin := *c.Mallory
		twin.View.AK = jubjub.Mul(jubjub.Spend, secret)
		if !undo {
			twin.View.AK = jubjub.Add(twin.View.AK, torsion())
		}
		hub := c.Deposit(&twin, world.HUB, 100)
		c.Settled()
		a := c.Plan(world.Intent{Owner: &twin, In: []*world.Coin{hub}}).Derive().Prove()
		a.Tx.Signature = evenSignature(c, a, secret.Add(a.Witness.Alpha))
		return execute(c, a.Bytes())
	},
}

// evenSignature signs with a challenge c that is even: S·G = R + c·(K + T)
// holds for a T of order two as it does for none.
func evenSignature(c *world.Cast, a *world.Action, secret jubjub.Scalar) (sig jubjub.Signature) {
	hash := a.Tx.Sighash(world.ChainID)
	key := jubjub.Encode(a.Tx.RK)
	for {
		nonce := c.Scalar()
		r := jubjub.Encode(jubjub.Mul(jubjub.Spend, nonce))
		challenge := jubjub.ScalarFromHash(domain.SpendSig, r[:], key[:], hash[:])
		if challenge.Big().Bit(0) == 0 {
			s := nonce.Add(challenge.Mul(secret)).Bytes()
			copy(sig[:jubjub.Size], r[:])
			copy(sig[jubjub.Size:], s[:])
			return sig
		}
	}
}

// torsion returns (0, −1), the point of order two.
func torsion() jubjub.Point {
	p := jubjub.Identity()
	p.Y.Neg(&p.Y)
	return p
}
