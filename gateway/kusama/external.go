package kusama

import (
	"bytes"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
)

// The first byte of an asset's identity on a Substrate chain (spec/10).
const (
	nativeKind  = 0 // the chain's own token
	assetsKind  = 1 // pallet Assets, a little-endian u32 follows
	foreignKind = 2 // pallet ForeignAssets, an encoded location follows
)

// The pallets that hold assets which are not the chain's own token.
const (
	assetsPallet  = "Assets"
	foreignPallet = "ForeignAssets"
)

// nativeExternal is the identity of the chain's own token.
var nativeExternal = []byte{nativeKind}

// holding says where an asset is kept: pallet "" is the chain's own token, else
// id is the asset's key in the pallet, encoded.
type holding struct {
	pallet string
	id     []byte
}

// parseExternal reads an asset's identity and holds it against the runtime:
// BAD_EXTERNAL for what names no asset that it could have.
func parseExternal(m *metadata.Metadata, external []byte) (holding, error) {
	if len(external) == 0 {
		return holding{}, rejection.New(rejection.BadExternal, "no identity")
	}
	id := bytes.Clone(external[1:])
	switch external[0] {
	case nativeKind:
		if len(id) != 0 {
			return holding{}, rejection.New(rejection.BadExternal, "bytes after the chain's own token")
		}
		return holding{}, nil
	case assetsKind:
		return checkHolding(m, holding{assetsPallet, id})
	case foreignKind:
		return checkHolding(m, holding{foreignPallet, id})
	}
	return holding{}, rejection.New(rejection.BadExternal, "an identity of kind %d", external[0])
}

// checkHolding demands that the pallet's map of assets could have the id: it is
// one whole value of the key's type, and no other bytes.
func checkHolding(m *metadata.Metadata, h holding) (holding, error) {
	entry, err := m.Storage(h.pallet, "Asset")
	if err != nil || len(entry.Keys) != 1 {
		return holding{}, rejection.New(rejection.BadExternal, "the runtime keeps no %s", h.pallet)
	}
	if err := m.Registry.Check(entry.Keys[0], h.id); err != nil {
		return holding{}, rejection.New(rejection.BadExternal, "not an asset of %s: %v", h.pallet, err)
	}
	return h, nil
}
