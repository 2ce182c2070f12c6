package adversary

import (
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governAssetTwice lists one asset of a chain again: one reserve would stand
// behind two supplies.
var governAssetTwice = Attack{
	Name: "govern_asset_twice", Guarantee: "G1", Wants: rejection.RecordExists,
	Run: func(c *world.Cast, undo bool) error {
		add := func(id, chain uint32) []byte {
			return c.Propose(governance.AddAsset{
				Record: asset.Record{ID: id, Symbol: "DOT", Decimals: 9, Chain: chain,
					ExternalDecimals: 10, External: []byte{asset.Native}},
				MinDeposit: 1, MaxDeposit: 1, MaxSupply: 1,
			}).Encode()
		}
		c.Must(add(9, 8))
		c.Advance(c.Genesis.Constants.GovernanceDelay)
		return c.Commit(add(10, either[uint32](undo, 8, 9)))
	},
}
