package node

import (
	"crypto/sha256"
	"fmt"

	"google.golang.org/protobuf/proto"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/node/store"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// digest turns a block and its result into what the store keeps of it. The
// store must hold the block before.
func digest(s storage, chainID string, in ledger.Block, r *ledger.Result) (store.Block, error) {
	d := digester{storage: s, chainID: chainID, in: in}
	for i, raw := range in.Txs {
		if !transaction.Kind(raw[0]).CarriesAction() { // actions have events with their ids
			d.rows = append(d.rows, store.TxRow(txID(chainID, raw), store.Tx{
				Included: in.Height, Index: uint32(i), Outcome: store.Executed, Decided: in.Height}))
		}
	}
	for _, e := range r.Events {
		if err := d.event(e); err != nil {
			return store.Block{}, fmt.Errorf("compact block %d: %w", in.Height, err)
		}
	}
	root, leaves := r.Tree()
	compact, err := proto.MarshalOptions{Deterministic: true}.Marshal(&nodev1.CompactBlock{
		Height: in.Height, BlockHash: in.Hash[:], Time: in.Time,
		Entries: d.entries, Root: bytesOf(root), Leaves: leaves,
	})
	if err != nil {
		return store.Block{}, fmt.Errorf("compact block %d: %w", in.Height, err)
	}
	return store.Block{Delta: r.Delta, Compact: compact, Rows: d.rows}, nil
}

// txID names a transaction: an action by its own id, so that re-randomising
// its proof makes no other one, a challenge by that of its action, everything
// else by its hash.
func txID(chainID string, raw []byte) [32]byte {
	if len(raw) > 0 && transaction.Kind(raw[0]).CarriesAction() {
		if a, err := transaction.ActionOf(raw); err == nil {
			return a.ID(chainID)
		}
	}
	return sha256.Sum256(raw)
}

type digester struct {
	storage
	chainID string
	in      ledger.Block
	entries []*nodev1.Entry
	rows    []store.Row
}

func (d *digester) add(e *nodev1.Entry) { d.entries = append(d.entries, e) }

// event adds what owners need to know of one event. Events that concern only
// workers and operators are in the raw blocks.
func (d *digester) event(e ledger.Event) error {
	switch e := e.(type) {
	case ledger.ActionAdmitted:
		return d.admitted(e)
	case ledger.ActionExecuted:
		return d.executed(e)
	case ledger.ActionDropped:
		d.decided(e.ID, store.Tx{Included: e.Admitted, Index: e.Index, Outcome: store.Dropped, Decided: d.in.Height})
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_Dropped{Dropped: &nodev1.Drop{Id: e.ID[:], Nullifiers: listOf(e.Nullifiers[:])}}})
	case ledger.LockAccepted:
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_Locked{Locked: &nodev1.Lock{
			Auction: e.Auction, Nullifiers: listOf(e.Nullifiers), Until: e.Until}}})
	case ledger.LockExpired:
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_Busted{Busted: &nodev1.Bust{
			Auction: e.Auction, Nullifiers: listOf(e.Nullifiers), ExitUntil: e.ExitUntil}}})
	case ledger.GroupSettled:
		return d.settled(e)
	case ledger.DepositCredited:
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_Deposited{Deposited: &nodev1.Deposit{
			Id: e.ID[:], Asset: e.Asset, Amount: e.Amount, Owner: bytesOf(e.C),
			Commitment: bytesOf(e.Commitments[0]), Position: e.Position}}})
	case ledger.ClaimOpened:
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_ClaimOpened{ClaimOpened: &nodev1.ClaimOpening{
			Claim: e.ID[:], Asset: e.Asset, Amount: e.Amount, Recipient: e.Recipient[:], ReturnOwner: bytesOf(e.Return)}}})
	case ledger.ClaimPaid:
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_ClaimPaid{ClaimPaid: &nodev1.ClaimPayment{Claim: e.ID[:]}}})
	case ledger.ClaimReturned:
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_ClaimReturned{ClaimReturned: &nodev1.ClaimReturn{
			Claim: e.ID[:], Asset: e.Asset, Amount: e.Amount, Owner: bytesOf(e.Return),
			Commitment: bytesOf(e.Commitments[0]), Position: e.Position}}})
	case ledger.FeesPaid:
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_FeesPaid{FeesPaid: &nodev1.FeeNote{
			Asset: e.Asset, Amount: e.Amount, Commitment: bytesOf(e.Commitments[0]), Position: e.Position}}})
	case ledger.EpochStarted:
		d.add(&nodev1.Entry{Kind: &nodev1.Entry_EpochStarted{EpochStarted: &nodev1.EpochStart{
			Number: e.Epoch.Number, Reset_: e.Epoch.Reset}}})
	case ledger.WorkerRegistered:
		d.rows = append(d.rows, store.WorkerRow(e.Worker.ID, d.in.Txs[e.Index]))
	}
	return nil
}

func (d *digester) decided(id [32]byte, tx store.Tx) {
	d.rows = append(d.rows, store.TxRow(id, tx), store.PendingRow(id, nil))
}

// admitted keeps what the execution's entry will say: the block that executes
// the action does not contain it.
func (d *digester) admitted(e ledger.ActionAdmitted) error {
	a, err := transaction.ActionOf(d.in.Txs[e.Index])
	if err != nil {
		return err // Apply accepted it
	}
	x := &nodev1.Execution{
		Id: e.ID[:], Nullifiers: listOf(e.Nullifiers[:]), Commitments: listOf(a.Commitments[:]),
		Epk: a.Sealed.EPK[:], OutAsset: a.Out.Asset, OutAmount: a.Out.Amount,
		Admitted: d.in.Height, Fee: a.Fee,
	}
	for i := range a.Sealed.CT {
		x.Ciphertexts = append(x.Ciphertexts, a.Sealed.CT[i][:])
	}
	pending, err := proto.MarshalOptions{Deterministic: true}.Marshal(x)
	if err != nil {
		return err
	}
	d.rows = append(d.rows,
		store.TxRow(e.ID, store.Tx{Included: d.in.Height, Index: e.Index}),
		store.PendingRow(e.ID, pending))
	d.add(&nodev1.Entry{Kind: &nodev1.Entry_Admitted{Admitted: &nodev1.Admission{Id: e.ID[:], Nullifiers: listOf(e.Nullifiers[:])}}})
	return nil
}

func (d *digester) executed(e ledger.ActionExecuted) error {
	raw, ok := d.Pending(e.ID)
	if !ok {
		return fmt.Errorf("action %x was admitted in block %d, which this store has not kept", e.ID, e.Admitted)
	}
	x := new(nodev1.Execution)
	if err := proto.Unmarshal(raw, x); err != nil {
		return fmt.Errorf("action %x: %w", e.ID, err)
	}
	x.Position = e.Position
	if x.OutAmount > 0 {
		claim := custody.NewClaimID(d.chainID, e.Nullifiers[0])
		x.Claim = claim[:]
	}
	d.decided(e.ID, store.Tx{Included: e.Admitted, Index: e.Index, Outcome: store.Executed, Decided: d.in.Height})
	d.add(&nodev1.Entry{Kind: &nodev1.Entry_Executed{Executed: x}})
	return nil
}

func (d *digester) settled(e ledger.GroupSettled) error {
	s, err := settlement.DecodeSettle(d.in.Txs[e.Index])
	if err != nil {
		return err // Apply accepted it
	}
	g := s.Group
	out := &nodev1.Settlement{
		Auction: e.Auction, Group: uint32(e.Group), PriceCommitment: bytesOf(g.PC),
		Fee: bytesOf(g.Fee), FeeOpening: g.FeeOpening[:], Position: e.Position,
	}
	for _, l := range g.Legs {
		out.Legs = append(out.Legs, &nodev1.Leg{
			Nullifier: bytesOf(l.Nullifier), Proceeds: bytesOf(l.Proceeds), Refund: bytesOf(l.Refund),
			Remainder: bytesOf(l.Remainder), Report: bytesOf(l.Report),
		})
	}
	d.add(&nodev1.Entry{Kind: &nodev1.Entry_Settled{Settled: out}})
	return nil
}

func bytesOf(e field.Element) []byte {
	b := e.Bytes()
	return b[:]
}

func listOf(es []field.Element) [][]byte {
	out := make([][]byte, len(es))
	for i, e := range es {
		out[i] = bytesOf(e)
	}
	return out
}
