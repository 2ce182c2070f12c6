package gateway

import (
	"context"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/vault"
)

// Watch is what an adapter has to look for in a block.
type Watch struct {
	Custody  []vault.Account // custody accounts of every generation
	Deposits []vault.Account // deposit addresses
	Attempts [][32]byte      // hashes of own extrinsics that are pending
	Signers  []quorum.Key    // whose anchors count
}

// Scan is what one finalised block says.
type Scan struct {
	vault.Block
	Anchors []Anchor // of Watch.Signers, ascending by their references' index
}

// Adapter is an external chain as the gateway sees it. What it returns is
// proven final, or proven against something final; an error that is a
// *rejection.Rejection says that the chain's node contradicts what was proven,
// any other that trying again may help. All methods may be called concurrently.
type Adapter interface {
	vault.Codec

	// Head returns the newest finalised block.
	Head(ctx context.Context) (vault.Cursor, error)

	// Next returns the finalised block after a cursor as far as it concerns
	// watch; ok is false while there is none. It refuses (FINALITY_BROKEN) a
	// cursor that is not on the final chain.
	Next(ctx context.Context, after vault.Cursor, watch Watch) (s Scan, ok bool, err error)

	// Look returns again what a finalised block that is over says of watch;
	// ok is false if the block is not on the final chain.
	Look(ctx context.Context, hash [32]byte, watch Watch) (s Scan, ok bool, err error)

	// Prepare builds and signs an attempt, or says why it has to wait: why is 0
	// exactly if there is an attempt, and err may say more, for people. It has no
	// effect on the chain and remembers nothing.
	Prepare(ctx context.Context, o vault.Order) (a vault.Attempt, why vault.Deferral, err error)

	// Submit hands an attempt to the chain; doing so again is harmless.
	Submit(ctx context.Context, a vault.Attempt) error

	// Balance returns what an account holds of an asset, all of it, after a
	// finalised block.
	Balance(ctx context.Context, external []byte, account vault.Account, at vault.Cursor) (amount.Wide, error)

	// Address writes an account as the chain's people do.
	Address(account vault.Account) string

	// ParseAddress is its inverse; it refuses another chain's addresses.
	ParseAddress(text string) (vault.Account, error)
}

// Anchor is a remark on the external chain that names a header of Nightjar.
type Anchor struct {
	Reference  custody.Reference
	By         quorum.Key // whose account remarked it
	Height     uint64
	App        [32]byte
	Validators [32]byte
}
