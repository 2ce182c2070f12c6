package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/vault"
)

// native is the one asset of the tests' external chain.
var native = []byte{asset.Native}

// outside is an external chain in memory, whose blocks are final at once, with
// pallet-multisig's rules as far as signers meet them. What it stands for is
// tested against real nodes by its adapter's own tests.
type outside struct {
	mu       sync.Mutex
	blocks   []outsideBlock
	balances map[vault.Account]uint64
	open     map[[64]byte]*approval
	jobs     map[[32]byte]vault.Job // what a call's hash stands for
	pool     []*outsideTx
	included map[[32]byte]bool
	nonces   map[vault.Account]uint32
	payments []payment
	executed map[vault.JobID]int
	fail     error           // what every answer is, if set
	deferral vault.Deferral  // of every attempt, if set
	absorb   map[string]bool // forms of extrinsics that no block includes
}

type outsideBlock struct {
	Scan
	own      map[vault.Account][]vault.Inclusion
	balances map[vault.Account]uint64
}

// approval is an open call.
type approval struct{ by []vault.Account }

// payment is a user's transfer.
type payment struct {
	from, to vault.Account
	amount   uint64
	owner    *field.Element
}

// outsideTx is an extrinsic of a signer.
type outsideTx struct {
	By      vault.Account
	Nonce   uint32
	Until   uint64
	Form    vault.Form
	Call    [32]byte
	Custody vault.Account
	Remark  string
	Signers state.Signers
}

func newOutside() *outside {
	o := &outside{
		balances: map[vault.Account]uint64{}, open: map[[64]byte]*approval{}, jobs: map[[32]byte]vault.Job{},
		included: map[[32]byte]bool{}, nonces: map[vault.Account]uint32{}, executed: map[vault.JobID]int{},
	}
	o.blocks = []outsideBlock{{Scan: Scan{Block: vault.Block{Hash: [32]byte{0xaa}}}, balances: map[vault.Account]uint64{}}}
	return o
}

func (o *outside) pay(p payment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.payments = append(o.payments, p)
}

// block makes the next block.
func (o *outside) block() {
	o.mu.Lock()
	defer o.mu.Unlock()
	parent := o.blocks[len(o.blocks)-1]
	b := outsideBlock{own: map[vault.Account][]vault.Inclusion{}}
	b.Number, b.Parent = parent.Number+1, parent.Hash
	b.Hash = sha256.Sum256(binary.BigEndian.AppendUint64(parent.Hash[:], b.Number))
	extrinsic := uint32(0)
	for _, p := range o.payments {
		o.balances[p.from] += p.amount // users have what they pay
		o.move(&b, extrinsic, p.from, p.to, p.amount, p.owner)
		extrinsic++
	}
	o.payments = nil
	var rest []*outsideTx
	for _, tx := range o.pool {
		raw := tx.encode()
		hash := sha256.Sum256(raw)
		switch {
		case o.included[hash] || tx.Until < b.Number || tx.Nonce < o.nonces[tx.By]:
		case tx.Nonce > o.nonces[tx.By]:
			rest = append(rest, tx)
		default:
			o.included[hash] = true
			o.nonces[tx.By]++
			ok := o.execute(&b, extrinsic, tx)
			b.own[tx.By] = append(b.own[tx.By], vault.Inclusion{Hash: hash, OK: ok})
			extrinsic++
		}
	}
	o.pool = rest
	b.balances = maps.Clone(o.balances)
	o.blocks = append(o.blocks, b)
}

func (o *outside) move(b *outsideBlock, extrinsic uint32, from, to vault.Account, value uint64, owner *field.Element) bool {
	if value == 0 || o.balances[from] < value {
		return false
	}
	o.balances[from] -= value
	o.balances[to] += value
	b.Transfers = append(b.Transfers, vault.Transfer{
		Index: index(b), Extrinsic: extrinsic, External: native, Amount: amount.WideOf(value), From: from, To: to, Owner: owner,
	})
	return true
}

// index is the next event's.
func index(b *outsideBlock) uint32 { return uint32(len(b.Transfers) + len(b.Steps) + len(b.Anchors)) }

// execute is what a runtime does with a signer's extrinsic.
func (o *outside) execute(b *outsideBlock, extrinsic uint32, tx *outsideTx) bool {
	if tx.Form == vault.Plain {
		remark, _ := hex.DecodeString(tx.Remark)
		r, err := external.Decode(external.NetworkOf(chainID), remark)
		if a, ok := r.(external.Anchor); ok && err == nil {
			b.Anchors = append(b.Anchors, Anchor{
				Reference: custody.Reference{Chain: chainNumber, Hash: b.Hash, Index: index(b)}, By: quorum.Key(tx.By),
				Height: a.Height, App: a.App, Validators: a.Validators,
			})
		}
		return true
	}
	var key [64]byte
	copy(key[:32], tx.Custody[:])
	copy(key[32:], tx.Call[:])
	step := func(stage vault.Stage, of *vault.JobID) {
		b.Steps = append(b.Steps, vault.Step{Index: index(b), Extrinsic: extrinsic, Custody: tx.Custody, Call: tx.Call, By: tx.By, Stage: stage, Job: of})
	}
	open := o.open[key]
	if (open == nil) != (tx.Form == vault.Open) || open != nil && slices.Contains(open.by, tx.By) {
		return false
	}
	if open == nil {
		open = new(approval)
		o.open[key] = open
	}
	open.by = append(open.by, tx.By)
	switch {
	case tx.Form == vault.Open:
		step(vault.Opened, nil)
	case len(open.by) < int(tx.Signers.Threshold):
		step(vault.Approved, nil)
	default:
		delete(o.open, key)
		job := o.jobs[tx.Call]
		value, _ := job.Amount.Uint64()
		if job.Kind == vault.Sweep || job.Kind == vault.Drain {
			value = o.balances[job.From]
		}
		stage := vault.Failed
		if o.move(b, extrinsic, job.From, job.To, value, nil) {
			stage = vault.Executed
			o.executed[job.JobID]++
		}
		step(stage, &job.JobID)
	}
	return true
}

func (tx *outsideTx) encode() []byte {
	b, err := json.Marshal(tx)
	if err != nil {
		panic(err)
	}
	return b
}

// adapter is one gateway's view of it.
type adapter struct {
	*outside
	self vault.Account
}

var _ Adapter = adapter{}

func (a adapter) Custody(s state.Signers) (vault.Account, error) {
	w := []byte{s.Threshold}
	for _, k := range s.Keys {
		w = append(w, k[:]...)
	}
	return sha256.Sum256(w), nil
}

func (a adapter) Deposit(of vault.Account, owner field.Element) vault.Account {
	c := owner.Bytes()
	return sha256.Sum256(append(slices.Clone(of[:]), c[:]...))
}

func (a adapter) Call(j vault.Job) ([32]byte, error) {
	value := j.Amount.LittleEndian()
	hash := sha256.Sum256(bytes.Join([][]byte{{byte(j.Kind)}, j.Ref[:], j.From[:], j.To[:], j.External, value[:]}, nil))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.jobs[hash] = j
	return hash, nil
}

func (a adapter) Head(context.Context) (vault.Cursor, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.blocks[len(a.blocks)-1]
	return vault.Cursor{Number: b.Number, Hash: b.Hash}, a.fail
}

// filter is what of a block concerns a watch; o.mu is held.
func (a adapter) filter(b outsideBlock, w Watch) Scan {
	s := Scan{Block: vault.Block{Number: b.Number, Hash: b.Hash, Parent: b.Parent, Latest: b.Number == a.blocks[len(a.blocks)-1].Number}}
	watched := func(x vault.Account) bool { return slices.Contains(w.Custody, x) || slices.Contains(w.Deposits, x) }
	for _, t := range b.Transfers {
		if watched(t.From) || watched(t.To) {
			s.Transfers = append(s.Transfers, t)
		}
	}
	for _, step := range b.Steps {
		if slices.Contains(w.Custody, step.Custody) {
			s.Steps = append(s.Steps, step)
		}
	}
	for _, i := range b.own[a.self] {
		if slices.Contains(w.Attempts, i.Hash) {
			s.Included = append(s.Included, i)
		}
	}
	for _, x := range b.Anchors {
		if slices.Contains(w.Signers, x.By) {
			s.Anchors = append(s.Anchors, x)
		}
	}
	return s
}

func (a adapter) Next(_ context.Context, after vault.Cursor, w Watch) (Scan, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return Scan{}, false, a.fail
	}
	if after.Number >= uint64(len(a.blocks)) || a.blocks[after.Number].Hash != after.Hash {
		return Scan{}, false, rejection.New(rejection.FinalityBroken, "block %d", after.Number)
	}
	if after.Number+1 == uint64(len(a.blocks)) {
		return Scan{}, false, nil
	}
	return a.filter(a.blocks[after.Number+1], w), true, nil
}

func (a adapter) Look(_ context.Context, hash [32]byte, w Watch) (Scan, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, b := range a.blocks {
		if b.Hash == hash && a.fail == nil {
			return a.filter(b, w), true, nil
		}
	}
	return Scan{}, false, a.fail
}

func (a adapter) Prepare(_ context.Context, o vault.Order) (vault.Attempt, vault.Deferral, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil || a.deferral != 0 {
		return vault.Attempt{}, a.deferral, a.fail
	}
	tx := &outsideTx{
		By: a.self, Nonce: a.nonces[a.self], Until: o.At.Number + o.Period - 1, Form: o.Form, Custody: o.Job.Custody,
		Remark: hex.EncodeToString(o.Job.Remark), Signers: o.Job.Generation,
	}
	if o.Form != vault.Plain {
		value := o.Job.Amount.LittleEndian()
		j := o.Job
		tx.Call = sha256.Sum256(bytes.Join([][]byte{{byte(j.Kind)}, j.Ref[:], j.From[:], j.To[:], j.External, value[:]}, nil))
		var key [64]byte
		copy(key[:32], tx.Custody[:])
		copy(key[32:], tx.Call[:])
		if (a.open[key] == nil) != (o.Form == vault.Open) {
			return vault.Attempt{}, vault.DeferState, nil
		}
	}
	raw := tx.encode()
	return vault.Attempt{
		JobID: o.Job.JobID, Number: o.Number, Form: o.Form, Nonce: tx.Nonce, Call: tx.Call, Birth: o.At.Number, Until: tx.Until,
		Hash: sha256.Sum256(raw), Extrinsic: raw,
	}, 0, nil
}

func (a adapter) Submit(_ context.Context, x vault.Attempt) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return a.fail
	}
	tx := new(outsideTx)
	if err := json.Unmarshal(x.Extrinsic, tx); err != nil {
		return err
	}
	for _, have := range a.pool {
		if bytes.Equal(have.encode(), x.Extrinsic) {
			return nil
		}
	}
	a.pool = append(a.pool, tx)
	return nil
}

func (a adapter) Balance(_ context.Context, _ []byte, of vault.Account, at vault.Cursor) (amount.Wide, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return amount.Wide{}, a.fail
	}
	return amount.WideOf(a.blocks[at.Number].balances[of]), nil
}

func (a adapter) Address(of vault.Account) string { return hex.EncodeToString(of[:]) }

var errAddress = errors.New("no address")

func (a adapter) ParseAddress(text string) (out vault.Account, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(out) {
		return out, errAddress
	}
	return vault.Account(b), nil
}
