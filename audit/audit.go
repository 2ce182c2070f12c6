package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/transaction"
	"github.com/nightjar/nightjar/replica"
)

// Source yields raw blocks in order from a height.
type Source interface {
	Blocks(ctx context.Context, from, to uint64, yield func(lightBlock []byte, txs [][]byte) error) error
}

// CheckTurnstile is the comparison of the ledger's counters with the events'.
const CheckTurnstile replica.Check = "turnstile and fee counters"

// Counters are an asset's public sums in hub units.
type Counters struct {
	Asset     uint32 `json:"asset"`
	Symbol    string `json:"symbol"`
	Decimals  uint8  `json:"decimals"`
	Deposited uint64 `json:"deposited"`
	Withdrawn uint64 `json:"withdrawn"` // less what was returned
	Fees      uint64 `json:"fees"`      // collected and not paid out
}

// Checked counts what was verified.
type Checked struct {
	Blocks        uint64 `json:"blocks"` // headers, commits, app hashes
	Transactions  uint64 `json:"transactions"`
	ActionProofs  uint64 `json:"action_proofs"` // and as many spend signatures
	FillProofs    uint64 `json:"fill_proofs"`
	CollectProofs uint64 `json:"collect_proofs"` // and as many binding signatures
	Locks         uint64 `json:"locks"`
	Settlements   uint64 `json:"settlements"`
	Deposits      uint64 `json:"deposits"`
	Claims        uint64 `json:"claims"`
	Registrations uint64 `json:"registrations"` // of workers, with their evidence
	Epochs        uint64 `json:"epochs"`
	Busts         uint64 `json:"busts"`
}

// Report is the result of a complete run.
type Report struct {
	ChainID     string     `json:"chain_id"`
	Height      uint64     `json:"height"`
	AppHash     quorum.Key `json:"app_hash"` // after Height; the next header commits to it
	Development bool       `json:"development"`
	Simulated   bool       `json:"simulated_enclaves"`
	Checked     Checked    `json:"checked"`
	Assets      []Counters `json:"assets"`
	Circuits    []Circuits `json:"circuits"` // every version, ascending
	Assumptions []string   `json:"assumptions"`
}

// Circuits is a version of the circuits and the hashes of its verifying keys.
type Circuits struct {
	Version uint8      `json:"version"`
	Since   uint64     `json:"since"`
	Retires uint64     `json:"retires"` // last block that takes it for more than exits; 0 for the newest
	Action  quorum.Key `json:"action"`
	Fill    quorum.Key `json:"fill"`
	Collect quorum.Key `json:"collect"`
}

// Run checks the blocks 1 to `to` and reports; progress is called after each
// block. An error is a *replica.Refusal if the chain broke a rule.
func Run(ctx context.Context, genesis []byte, source Source, to uint64, progress func(height uint64)) (*Report, error) {
	a, err := New(genesis)
	if err != nil {
		return nil, err
	}
	if err := a.Advance(ctx, source, to, progress); err != nil {
		return nil, err
	}
	return a.Report(), nil
}

// Auditor checks a chain's blocks from the first on, and can go on where it
// stands. It belongs to one goroutine.
type Auditor struct {
	genesis *ledger.Genesis
	replica *replica.Replica
	checked Checked
	sums    map[uint32]*Counters
	pending map[[32]byte]fee // of admitted actions, by id
	custody books
	heads   heads
}

// New returns an Auditor that has seen no block yet.
func New(genesis []byte) (*Auditor, error) {
	g, err := ledger.ParseGenesis(genesis)
	if err != nil {
		return nil, err
	}
	return newAuditor(g, ledger.Verifier{})
}

func newAuditor(g *ledger.Genesis, proofs ledger.Proofs) (*Auditor, error) {
	a := &Auditor{genesis: g, sums: map[uint32]*Counters{}, pending: map[[32]byte]fee{}, custody: newBooks(g)}
	var err error
	a.replica, err = replica.New(g, counting{proofs, &a.checked})
	return a, err
}

// Height returns the last block that was checked.
func (a *Auditor) Height() uint64 { return a.replica.State().Head().Height }

// Advance checks the blocks up to `to`; progress, if there is one, is called
// after each. An error is a *replica.Refusal if the chain broke a rule; after
// one the Auditor is done for.
func (a *Auditor) Advance(ctx context.Context, source Source, to uint64, progress func(height uint64)) error {
	from := a.Height() + 1
	if to < from {
		return nil
	}
	err := source.Blocks(ctx, from, to, func(lightBlock []byte, txs [][]byte) error {
		b, err := a.replica.Apply(lightBlock, txs)
		if err != nil {
			return err
		}
		if err := a.take(b); err != nil {
			return err
		}
		if progress != nil {
			progress(b.Height)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if h := a.Height(); h != to {
		return fmt.Errorf("the blocks end at height %d, before %d", h, to)
	}
	return nil
}

// fee is what an action pays when it is executed.
type fee struct {
	asset  uint32
	amount uint64
}

// counting counts the proofs that it has checked.
type counting struct {
	ledger.Proofs
	checked *Checked
}

// Check implements ledger.Proofs.
func (c counting) Check(claims []ledger.Claim) error {
	if err := c.Proofs.Check(claims); err != nil {
		return err
	}
	for _, claim := range claims {
		switch claim.Circuit {
		case ledger.ActionCircuit:
			c.checked.ActionProofs++
		case ledger.FillCircuit:
			c.checked.FillProofs++
		case ledger.CollectCircuit:
			c.checked.CollectProofs++
		}
	}
	return nil
}

func (a *Auditor) sum(asset uint32) *Counters {
	if a.sums[asset] == nil {
		a.sums[asset] = &Counters{Asset: asset}
	}
	return a.sums[asset]
}

var errCounters = errors.New("the ledger's counters are not the sums of the blocks' events")

// take adds up a block's events and compares the sums with the ledger's rows.
func (a *Auditor) take(b *replica.Block) error {
	a.checked.Blocks++
	a.heads.add(b)
	a.checked.Transactions += uint64(len(b.Txs))
	for _, e := range b.Events {
		if err := a.count(b, e); err != nil {
			return &replica.Refusal{Height: b.Height, Check: replica.CheckRules, Err: err}
		}
		a.custody.count(e)
	}
	for _, held := range a.replica.State().Assets() {
		s, pool := a.sum(held.Record.ID), a.replica.State().Pool(held.Record.ID)
		if pool.Deposited != s.Deposited || pool.Withdrawn != s.Withdrawn || pool.Fees != s.Fees {
			return &replica.Refusal{Height: b.Height, Check: CheckTurnstile, Err: errCounters}
		}
	}
	return nil
}

func (a *Auditor) count(b *replica.Block, e ledger.Event) error {
	switch e := e.(type) {
	case ledger.ActionAdmitted:
		tx, err := transaction.ActionOf(b.Txs[e.Index])
		if err != nil {
			return err
		}
		f := fee{a.genesis.FeeAsset, tx.Fee}
		if tx.FeeInAsset {
			f.asset = tx.Out.Asset
		}
		a.pending[e.ID] = f
	case ledger.ActionExecuted:
		f := a.pending[e.ID]
		a.sum(f.asset).Fees += f.amount
		delete(a.pending, e.ID)
	case ledger.ActionDropped:
		delete(a.pending, e.ID)
	case ledger.FeesPaid:
		a.sum(e.Asset).Fees -= e.Amount
	case ledger.DepositCredited:
		a.checked.Deposits++
		a.sum(e.Asset).Deposited += e.Amount
	case ledger.ClaimOpened:
		a.checked.Claims++
		a.sum(e.Asset).Withdrawn += e.Amount
	case ledger.ClaimReturned:
		a.sum(e.Asset).Withdrawn -= e.Amount
	case ledger.LockAccepted:
		a.checked.Locks++
	case ledger.LockExpired:
		a.checked.Busts++
	case ledger.GroupSettled:
		a.checked.Settlements++
	case ledger.WorkerRegistered:
		a.checked.Registrations++
	case ledger.EpochStarted:
		a.checked.Epochs++
	}
	return nil
}

// Report says what was checked up to Height.
func (a *Auditor) Report() *Report {
	head := a.replica.State().Head()
	r := &Report{
		ChainID: a.genesis.ChainID, Height: head.Height, AppHash: head.AppHash,
		Development: a.genesis.Development, Simulated: a.genesis.AllowSimulated, Checked: a.checked,
	}
	for _, held := range a.replica.State().Assets() {
		s := *a.sum(held.Record.ID)
		s.Symbol, s.Decimals = held.Record.Symbol, held.Record.Decimals
		r.Assets = append(r.Assets, s)
	}
	for _, c := range a.replica.State().Circuits() {
		r.Circuits = append(r.Circuits, Circuits{c.Version, c.Since, c.Retires, c.Action.Hash, c.Fill.Hash, c.Collect.Hash})
	}
	r.Assumptions = assumptions(a.genesis, a.replica.State().Circuits(), a.replica.State().Signers())
	return r
}
