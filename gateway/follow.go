package gateway

import (
	"context"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/protocol/transaction"
	"github.com/nightjar/nightjar/vault"
)

// Node is a node of Nightjar; *client.Client is one.
type Node interface {
	Genesis() *client.Genesis
	Chain(trusted []byte) (*light.Chain, error)
	Trusted() []byte
	Custody(ctx context.Context, claims []custody.ClaimID, deposits []custody.DepositID) (*client.Custody, error)
	VerifiedBlocks(ctx context.Context, chain *light.Chain, from, to uint64, yield func(light.Head, [][]byte) error) error
	Submit(ctx context.Context, tx []byte) ([32]byte, error)
}

var _ Node = (*client.Client)(nil)

// opening is a withdrawal that was admitted: if no lock comes first, its
// execution opens the claim.
type opening struct {
	Height uint64 // of execution
	Claim  custody.ClaimID
}

// place is how far Nightjar was followed, with what was not said of it yet.
type place struct {
	Height  uint64
	First   uint64           // where following began, if no Hub was made yet; else 0
	Signers state.Signers    // in force at First, or when a Hub was made last
	Pending []vault.Rotation // decided and in no Hub, ascending
	Opening []opening        // admitted and in no Hub, in the order of admission
}

// follower turns Nightjar's blocks into vault.Hubs.
//
//	every block's transactions  rotations, admissions: complete, by the data hash
//	rows at one height          assets, deposits, claims: proven
//
// So a node can hold back blocks, and with them everything after; it can leave
// nothing out of one.
type follower struct {
	node    Node
	chain   uint32 // external chain of the assets that matter
	light   *light.Chain
	trusted light.Head // of an earlier run; zero if there was none
	place   place
	said    bool // whether a Hub was made of place
	headers headers
}

// newFollower goes on at a place of an earlier run. Trusted is what Node.Trusted
// returned in it.
func newFollower(node Node, chain uint32, at place, trusted []byte) (*follower, error) {
	f := &follower{node: node, chain: chain, place: at}
	if err := f.check(); err != nil {
		return nil, err
	}
	var err error
	if f.light, err = node.Chain(nil); err != nil || trusted == nil {
		return f, err
	}
	earlier, err := node.Chain(trusted)
	if err != nil {
		return nil, err
	}
	f.trusted = earlier.Head()
	if f.trusted.Height <= f.place.Height {
		f.light = earlier
	}
	return f, nil
}

func (f *follower) check() error {
	if f.node.Genesis().GovernanceDelay == 0 {
		return rejection.New(rejection.BadGenesis, "no delay of governance")
	}
	return nil
}

// begin returns a follower at the present. The blocks before it are read as far
// back as one of them may have decided what takes effect later.
func begin(ctx context.Context, node Node, chain uint32) (*follower, error) {
	now, err := node.Custody(ctx, nil, nil)
	if err != nil {
		return nil, err
	}
	f := &follower{node: node, chain: chain}
	if err := f.check(); err != nil {
		return nil, err
	}
	if f.light, err = node.Chain(nil); err != nil {
		return nil, err
	}
	g := node.Genesis()
	if back := max(g.GovernanceDelay, g.ExecutionDelay); now.Height > back {
		f.place.Height = now.Height - back
	}
	if err := f.read(ctx, now.Height); err != nil {
		return nil, err
	}
	f.place.Pending = slices.DeleteFunc(f.place.Pending, func(r vault.Rotation) bool { return r.Height <= now.Height })
	f.place.Opening = slices.DeleteFunc(f.place.Opening, func(o opening) bool { return o.Height <= now.Height })
	f.place.Signers = now.Signers
	f.place.First = now.Height
	return f, nil
}

// next returns the state after the newest block, if it is not known yet. Of
// deposits that Nightjar may have credited and claims that it may have closed,
// it says those that are. After an error the next call goes on with what was
// read; nothing of it is lost or said twice.
func (f *follower) next(ctx context.Context, deposits []custody.DepositID, claims []custody.ClaimID) (hub vault.Hub, ok bool, err error) {
	now, err := f.node.Custody(ctx, nil, nil)
	if err != nil || now.Height < f.place.Height || now.Height == f.place.Height && f.said {
		return hub, false, err
	}
	f.said = false
	if err := f.read(ctx, now.Height); err != nil {
		return hub, false, err
	}
	hub = vault.Hub{Height: now.Height, Assets: f.assets(now)}
	signers := f.place.Signers
	if f.place.First > 0 {
		hub.Rotations = append(hub.Rotations, vault.Rotation{Height: f.place.First, Signers: signers})
	}
	rotations := 0
	for rotations < len(f.place.Pending) && f.place.Pending[rotations].Height <= now.Height {
		signers = f.place.Pending[rotations].Signers
		rotations++
	}
	if signers.Threshold != now.Signers.Threshold || !slices.Equal(signers.Keys, now.Signers.Keys) {
		return hub, false, fmt.Errorf("the signers' row at height %d is not what the blocks up to it make", now.Height)
	}
	hub.Rotations = append(hub.Rotations, f.place.Pending[:rotations]...)
	openings := 0
	for openings < len(f.place.Opening) && f.place.Opening[openings].Height <= now.Height {
		openings++
	}
	if err := f.rows(ctx, &hub, now, f.place.Opening[:openings], deposits, claims); err != nil {
		return hub, false, err
	}
	f.place.First, f.place.Signers = 0, signers
	f.place.Pending = slices.Clone(f.place.Pending[rotations:])
	f.place.Opening = slices.Clone(f.place.Opening[openings:])
	f.said = true
	return hub, true, nil
}

// read reads the blocks after the place up to a height.
func (f *follower) read(ctx context.Context, height uint64) (err error) {
	from := f.place.Height + 1
	if from > height {
		return nil
	}
	if f.light.Head().Height >= from {
		// A header was verified and its block then failed. What is before the
		// newest header can't be verified from it.
		if f.light, err = f.node.Chain(nil); err != nil {
			return err
		}
	}
	return f.node.VerifiedBlocks(ctx, f.light, from, height, f.block)
}

// block takes one block in, whole or not at all.
func (f *follower) block(head light.Head, txs [][]byte) error {
	if head.Height == f.trusted.Height && head.Hash != f.trusted.Hash {
		return rejection.New(rejection.BadBlock, "height %d is another block than in an earlier run", head.Height)
	}
	g := f.node.Genesis()
	var openings []opening
	var rotations []vault.Rotation
	for i, raw := range txs {
		tx, kind, err := transaction.Decode(raw)
		if err != nil {
			return fmt.Errorf("height %d, transaction %d: %w", head.Height, i, err) // validators took it
		}
		switch tx := tx.(type) {
		case *action.Action:
			if tx.Out.Amount > 0 && kind == transaction.Action {
				openings = append(openings, opening{head.Height + g.ExecutionDelay, custody.NewClaimID(g.ChainID, tx.Nullifiers[0])})
			}
		case *governance.Proposal:
			if c, ok := tx.Change.(governance.SetSigners); ok {
				rotations = append(rotations, vault.Rotation{
					Height:  head.Height + g.GovernanceDelay,
					Signers: state.Signers{Threshold: c.Threshold, Keys: c.Keys},
				})
			}
		}
	}
	f.place.Opening = append(f.place.Opening, openings...)
	f.place.Pending = append(f.place.Pending, rotations...)
	f.place.Height = head.Height
	f.headers.add(head)
	return nil
}

// rows fills in what the state's rows say.
func (f *follower) rows(ctx context.Context, hub *vault.Hub, now *client.Custody, opened []opening, deposits []custody.DepositID, claims []custody.ClaimID) error {
	of := map[uint32]uint32{} // external chain by asset
	for _, a := range now.Assets {
		of[a.Record.ID] = a.Record.Chain
	}
	ask := make([]custody.ClaimID, 0, len(opened)+len(claims))
	for _, o := range opened {
		ask = append(ask, o.Claim)
	}
	ask = append(ask, claims...)
	found := map[custody.ClaimID]state.Claim{}
	for part := range slices.Chunk(ask, client.MaxAsked) {
		v, err := f.node.Custody(ctx, part, nil)
		if err != nil {
			return err
		}
		for _, id := range part {
			if c, ok := v.Claims[id]; ok {
				found[id] = c
			}
		}
	}
	for _, o := range opened {
		c, ok := found[o.Claim]
		if !ok {
			continue // a lock came first
		}
		chain, known := of[c.Asset]
		if !known {
			return fmt.Errorf("%w: asset %d, which has a claim, is left out", client.ErrUnverified, c.Asset)
		}
		if chain == f.chain {
			hub.Opened = append(hub.Opened, vault.Claim{
				ID: o.Claim, Asset: c.Asset, Amount: c.Amount, Recipient: c.Recipient.Bytes(), Opened: c.Height,
			})
		}
	}
	for _, id := range slices.Concat(claims, ids(hub.Opened)) {
		if c, ok := found[id]; ok && !c.Open() {
			hub.Closed = append(hub.Closed, vault.ClaimEnd{ID: id, Result: c.Closed})
		}
	}
	for part := range slices.Chunk(deposits, client.MaxAsked) {
		v, err := f.node.Custody(ctx, nil, part)
		if err != nil {
			return err
		}
		for _, id := range part {
			if _, ok := v.Deposits[id]; ok {
				hub.Credited = append(hub.Credited, id)
			}
		}
	}
	return nil
}

func ids(claims []vault.Claim) (out []custody.ClaimID) {
	for _, c := range claims {
		out = append(out, c.ID)
	}
	return out
}

// assets are those of the external chain.
func (f *follower) assets(now *client.Custody) (out []vault.Asset) {
	for _, a := range now.Assets {
		if a.Record.Chain != f.chain || a.Record.Test {
			continue
		}
		pool := now.Pools[a.Record.ID]
		// The turnstile keeps withdrawn ≤ deposited; a cap may be set below what is
		// outstanding.
		outstanding := pool.Deposited - pool.Withdrawn
		room := uint64(0)
		if a.MaxSupply > outstanding {
			room = a.MaxSupply - outstanding
		}
		out = append(out, vault.Asset{
			ID: a.Record.ID, Symbol: a.Record.Symbol, Decimals: a.Record.Decimals, ExternalDecimals: a.Record.ExternalDecimals,
			External: a.Record.External, Halted: a.Halted, MinDeposit: a.MinDeposit, MaxDeposit: a.MaxDeposit, Room: room,
		})
	}
	return out
}

// headers are the newest verified headers, for anchors.
type headers struct{ list []light.Head }

// keptHeaders bounds them.
const keptHeaders = 4096

func (h *headers) add(head light.Head) {
	if n := len(h.list); n > 0 && h.list[n-1].Height+1 != head.Height {
		h.list = nil // read again
	}
	if len(h.list) == 2*keptHeaders {
		h.list = append([]light.Head(nil), h.list[keptHeaders:]...)
	}
	h.list = append(h.list, head)
}

func (h *headers) at(height uint64) (light.Head, bool) {
	if len(h.list) == 0 || height < h.list[0].Height || height > h.list[len(h.list)-1].Height {
		return light.Head{}, false
	}
	return h.list[height-h.list[0].Height], true
}
