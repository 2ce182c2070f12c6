package vault_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/vault"
)

// coin is the one asset of the test's chain.
var coin = []byte{0}

// extrinsic is what a block can include. A call of a custody account is opened
// or joined by a signatory; everything else is a user's transfer.
type extrinsic struct {
	hash     [32]byte
	by       vault.Account
	nonce    uint32
	birth    uint64
	until    uint64
	call     [32]byte // of a custody account; zero: see below
	custody  vault.Account
	join     bool
	at       uint64 // timepoint of a joined call
	cancel   bool   // takes the call back
	mute     bool   // approves without executing
	remark   bool   // nothing but a remark
	transfer vault.Transfer
}

type purse [32]byte

// pending is pallet-multisig's record of a call.
type pending struct {
	opener    vault.Account
	at        uint64
	approvals []vault.Account
}

// ledgerState is the external chain's state after a block.
type ledgerState struct {
	balances map[purse]uint64
	calls    map[[64]byte]pending
	nonces   map[vault.Account]uint32
	included map[[32]byte]bool
}

func (s ledgerState) clone() ledgerState {
	return ledgerState{maps.Clone(s.balances), maps.Clone(s.calls), maps.Clone(s.nonces), maps.Clone(s.included)}
}

type block struct {
	vault.Block
	own   map[vault.Account][]vault.Inclusion
	body  []extrinsic
	after ledgerState
}

// chain is an external chain in memory: blocks, finality some blocks behind,
// reorganisations above it, and pallet-multisig's rules.
type chain struct {
	lag      int
	last     uint64 // the last final block; it never goes back
	fork     byte
	blocks   []block
	pool     []extrinsic
	jobs     map[[32]byte]vault.Job // what a call's hash stands for
	custody  map[vault.Account]state.Signers
	payments map[[32]byte]int // successful executions by call
	failFor  func(vault.Job, uint64) bool
	runtime  byte // another one encodes calls otherwise
}

func newChain(lag int) *chain {
	c := &chain{lag: lag, jobs: map[[32]byte]vault.Job{}, custody: map[vault.Account]state.Signers{}}
	c.blocks = []block{{Block: vault.Block{Hash: [32]byte{1}}, after: ledgerState{
		map[purse]uint64{}, map[[64]byte]pending{}, map[vault.Account]uint32{}, map[[32]byte]bool{},
	}}}
	return c
}

func (c *chain) head() *block { return &c.blocks[len(c.blocks)-1] }

// final returns the number of the last final block.
func (c *chain) final() uint64 { return c.last }

func (c *chain) finalState() ledgerState { return c.blocks[c.final()].after }

func (c *chain) submit(x extrinsic) {
	for _, have := range c.pool {
		if have.hash == x.hash {
			return
		}
	}
	if !c.head().after.included[x.hash] {
		c.pool = append(c.pool, x)
	}
}

// reorganise drops the newest blocks that are not final; their extrinsics are
// in the pool again.
func (c *chain) reorganise(depth int) {
	c.fork++
	for range min(depth, len(c.blocks)-1-int(c.last)) {
		last := c.head()
		c.blocks = c.blocks[:len(c.blocks)-1]
		c.pool = append(slices.Clone(last.body), c.pool...)
	}
}

// produce makes a block of the pool's extrinsics that include takes.
func (c *chain) produce(include func(extrinsic) bool) {
	parent := c.head()
	b := block{own: map[vault.Account][]vault.Inclusion{}, after: parent.after.clone()}
	b.Number, b.Parent = parent.Number+1, parent.Hash
	w := binary.BigEndian.AppendUint64(slices.Clone(parent.Hash[:]), b.Number)
	b.Hash = sha256.Sum256(append(w, c.fork))
	var rest []extrinsic
	for _, x := range c.pool {
		switch {
		case b.after.included[x.hash] || x.until < b.Number || b.after.nonces[x.by] > x.nonce:
		case !include(x) || b.after.nonces[x.by] != x.nonce:
			rest = append(rest, x)
		default:
			c.execute(&b, x)
		}
	}
	c.pool = rest
	c.blocks = append(c.blocks, b)
	c.last = max(c.last, uint64(max(0, len(c.blocks)-1-c.lag)))
}

func key(account vault.Account) purse { return purse(account) }

func (c *chain) execute(b *block, x extrinsic) {
	b.body = append(b.body, x)
	b.after.included[x.hash] = true
	b.after.nonces[x.by]++
	at := uint32(len(b.body))
	ok := true
	switch {
	case x.remark:
	case x.call != [32]byte{}:
		ok = c.approve(b, x, at)
	default:
		ok = c.transfer(b, x.transfer, at)
	}
	b.own[x.by] = append(b.own[x.by], vault.Inclusion{Hash: x.hash, OK: ok})
}

func (c *chain) event(b *block) uint32 { return uint32(len(b.Transfers) + len(b.Steps)) }

func (c *chain) transfer(b *block, t vault.Transfer, at uint32) bool {
	value, _ := t.Amount.Uint64()
	if b.after.balances[key(t.From)] < value || value == 0 {
		return false
	}
	b.after.balances[key(t.From)] -= value
	b.after.balances[key(t.To)] += value
	t.Index, t.Extrinsic, t.External = c.event(b), at, coin
	b.Transfers = append(b.Transfers, t)
	return true
}

// approve is pallet-multisig's as_multi (and approve_as_multi if mute, and
// cancel_as_multi), with its refusals.
func (c *chain) approve(b *block, x extrinsic, at uint32) bool {
	var id [64]byte
	copy(id[:32], x.custody[:])
	copy(id[32:], x.call[:])
	open, exists := b.after.calls[id]
	signers := c.custody[x.custody]
	listed := slices.ContainsFunc(signers.Keys, func(k quorum.Key) bool { return vault.Account(k) == x.by })
	step := vault.Step{Extrinsic: at, Custody: x.custody, Call: x.call, By: x.by}
	emit := func(stage vault.Stage) {
		step.Index, step.Stage = c.event(b), stage
		b.Steps = append(b.Steps, step)
	}
	switch {
	case !listed:
		return false
	case x.cancel:
		if !exists || open.opener != x.by {
			return false
		}
		delete(b.after.calls, id)
		emit(vault.Cancelled)
		return true
	case !exists && x.join, exists && !x.join, exists && x.at != open.at:
		return false // NotFound, NoTimepoint, WrongTimepoint
	case !exists:
		b.after.calls[id] = pending{x.by, b.Number, []vault.Account{x.by}}
		emit(vault.Opened)
		return true
	}
	already := slices.Contains(open.approvals, x.by)
	if !already {
		open.approvals = append(slices.Clone(open.approvals), x.by)
	}
	if x.mute || len(open.approvals) < int(signers.Threshold) {
		if already {
			return false // AlreadyApproved
		}
		b.after.calls[id] = open
		emit(vault.Approved)
		return true
	}
	delete(b.after.calls, id)
	job, known := c.jobs[x.call]
	t := vault.Transfer{From: job.From, To: job.To, Amount: job.Amount, External: coin}
	if job.Kind == vault.Sweep || job.Kind == vault.Drain {
		t.Amount = amount.WideOf(b.after.balances[key(job.From)])
	}
	if job.Kind == vault.Payout || job.Kind == vault.Refund {
		t.From = x.custody
	}
	fails := !known || c.failFor != nil && c.failFor(job, b.Number) || !c.transfer(b, t, at)
	if fails {
		emit(vault.Failed)
	} else {
		if known {
			step.Job = &job.JobID
		}
		emit(vault.Executed)
	}
	return true
}

// executions counts the successful executions of a job in final blocks.
func (c *chain) executions(id vault.JobID) (n int) {
	for _, b := range c.blocks[:c.final()+1] {
		for _, s := range b.Steps {
			if s.Stage == vault.Executed && c.jobs[s.Call].JobID == id {
				n++
			}
		}
	}
	return n
}

// view is what a gateway's adapter says of a final block.
func (c *chain) view(number uint64, watched []vault.Place, own vault.Account) vault.Block {
	full := c.blocks[number]
	b := vault.Block{Number: full.Number, Hash: full.Hash, Parent: full.Parent, Included: full.own[own], Latest: number == c.final()}
	places := map[vault.Account]bool{}
	for _, p := range watched {
		places[p.Account] = p.Custody
	}
	for _, t := range full.Transfers {
		_, from := places[t.From]
		if _, to := places[t.To]; from || to {
			b.Transfers = append(b.Transfers, t)
		}
	}
	for _, s := range full.Steps {
		if places[s.Custody] {
			b.Steps = append(b.Steps, s)
		}
	}
	return b
}

// codec is the chain's encoding, made up.
type codec struct{ chain *chain }

var errNoSigners = errors.New("no signers")

func (c codec) Custody(s state.Signers) (vault.Account, error) {
	if len(s.Keys) == 0 {
		return vault.Account{}, errNoSigners
	}
	w := []byte{s.Threshold}
	for _, k := range s.Keys {
		w = append(w, k[:]...)
	}
	account := vault.Account(sha256.Sum256(w))
	c.chain.custody[account] = s
	return account, nil
}

func (codec) Deposit(custody vault.Account, owner field.Element) vault.Account {
	b := owner.Bytes()
	return sha256.Sum256(append(slices.Clone(custody[:]), b[:]...))
}

func (c codec) Call(j vault.Job) ([32]byte, error) {
	parts := [][]byte{{c.chain.runtime, byte(j.Kind)}, j.Ref[:], j.To[:], j.External}
	if j.Kind == vault.Sweep || j.Kind == vault.Drain {
		parts = append(parts, j.From[:])
	}
	value := j.Amount.LittleEndian()
	hash := sha256.Sum256(bytes.Join(append(parts, value[:]), nil))
	c.chain.jobs[hash] = j
	return hash, nil
}
