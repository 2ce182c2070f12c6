package adversary

import (
	"bytes"
	"crypto/ed25519"
	"slices"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// depositByStrangers has enough signatures, of keys that are no signers'.
var depositByStrangers = Attack{
	Name: "deposit_by_strangers", Guarantee: "G1", Wants: rejection.UnknownSigner,
	Run: func(c *world.Cast, undo bool) error {
		d, _ := c.NewDeposit(c.Mallory, world.KSM, 1000)
		strangers := []ed25519.PrivateKey{world.NewKey("stranger", 0), world.NewKey("stranger", 1)}
		slices.SortFunc(strangers, func(a, b ed25519.PrivateKey) int {
			return bytes.Compare(a.Public().(ed25519.PublicKey), b.Public().(ed25519.PublicKey))
		})
		d.Signatures = world.SignAll(either(undo, strangers, c.Signers[:2]), d.SignBytes(world.ChainID))
		return c.Commit(d.Encode())
	},
}
