package ledger

import (
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/authmap"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// block is one block being run on an overlay of the state.
type block struct {
	*overlay
	state  *State
	in     Block
	params Params
	book   Book

	versions []version // of the circuits, ascending; never changed in place

	rank     transaction.Rank // of the last transaction taken
	executed bool             // the actions admitted D blocks ago are done
	index    uint32           // of the next transaction
	counts   [256]uint64      // transactions taken, by kind
	bytes    uint64
	proofs   uint64

	pending []Pending // admitted in this block
	remap   bool      // a market was added
	leaves  []field.Element
	spent   []field.Element
	events  []Event
	updates []ValidatorUpdate
}

// verdict is a valid transaction that has not taken effect. Making one changes
// nothing: whoever drops it leaves no trace.
type verdict struct {
	kind       transaction.Kind
	size       int
	claims     []Claim
	nullifiers []field.Element
	effect     func()
}

func (s *State) newBlock(in Block) *block {
	b := &block{overlay: newOverlay(s.backing), state: s, in: in, versions: s.versions}
	b.params, _ = rowParams.get(b, single)
	b.book, _ = rowBook.get(b, single)
	return b
}

func (b *block) genesis() *Genesis { return b.state.genesis }

func (b *block) chainID() string { return b.state.genesis.ChainID }

func (b *block) emit(e Event) { b.events = append(b.events, e) }

// begin does what is due at this height before any transaction: what expired
// ends, what was decided takes effect.
func (b *block) begin() {
	b.expireLocks()
	b.expireWorkers()
	b.closeChallenges()
	b.enactProposals()
	b.params, _ = rowParams.get(b, single)
}

// validate makes every check on tx but its proofs', against the state after
// the transactions taken so far. Before the first one of a rank above the
// locks', accepted or not, it executes the actions that are due: no lock can
// come any more.
func (b *block) validate(raw []byte) (verdict, error) {
	tx, kind, err := transaction.Decode(raw)
	if err != nil {
		return verdict{}, err
	}
	if kind.Rank() < b.rank {
		return verdict{}, rejection.New(rejection.TxOrder, "a %s after a transaction of a later rank", kind)
	}
	limits := b.genesis().Limits
	most := limits.BlockOthers
	if kind == transaction.Action {
		most = limits.BlockActions
	}
	if b.counts[kind] >= most || b.bytes+uint64(len(raw)) > limits.BlockBytes {
		return verdict{}, rejection.New(rejection.BlockFull, "%s", kind)
	}
	if kind.Rank() > transaction.RankLock {
		b.executePending()
	}
	v, err := b.judge(tx)
	if err != nil {
		return verdict{}, err
	}
	if b.proofs+uint64(len(v.claims)) > limits.BlockProofs {
		return verdict{}, rejection.New(rejection.BlockFull, "proofs")
	}
	v.kind, v.size = kind, len(raw)
	return v, nil
}

func (b *block) judge(tx transaction.Transaction) (verdict, error) {
	switch tx := tx.(type) {
	case *action.Action:
		return b.admit(tx)
	case *settlement.Lock:
		return b.lock(tx)
	case *settlement.Settle:
		return b.settle(tx)
	case *custody.Deposit:
		return b.deposit(tx)
	case *custody.Closing:
		return b.closeClaim(tx)
	case *registry.Worker:
		return b.register(tx)
	case *registry.Epoch:
		return b.startEpoch(tx)
	case *registry.Heartbeat:
		return b.heartbeat(tx)
	case *challenge.Challenge:
		return b.challenge(tx)
	case *challenge.Answer:
		return b.answer(tx)
	case *governance.Proposal:
		return b.propose(tx)
	case *oracle.Commit:
		return b.observe(tx)
	}
	return verdict{}, rejection.New(rejection.UnknownKind, "%T", tx)
}

// take lets a verdict of this block's validate have its effect.
func (b *block) take(v verdict) {
	v.effect()
	b.rank = v.kind.Rank()
	b.counts[v.kind]++
	b.bytes += uint64(v.size)
	b.proofs += uint64(len(v.claims))
	b.index++
}

// append adds leaves to the tree and says where they will be.
func (b *block) append(leaves ...field.Element) Leaves {
	at := b.state.frontier.Size() + uint64(len(b.leaves))
	b.leaves = append(b.leaves, leaves...)
	return Leaves{Position: at, Commitments: slices.Clone(leaves)}
}

// spend marks nullifiers as spent, in the log and in the look-up rows.
func (b *block) spend(nullifiers ...field.Element) {
	for _, nf := range nullifiers {
		rowSpent.put(b.overlay, idField(nf), b.in.Height)
	}
	b.spent = append(b.spent, nullifiers...)
}

// end does what is due after the last transaction and computes the result.
func (b *block) end() (*Result, error) {
	h := b.in.Height
	b.executePending()
	if h%b.genesis().Constants.FeeInterval == 0 {
		b.payFees()
	}
	if len(b.pending) > 0 {
		rowPending.put(b.overlay, id64(h), b.pending)
	}
	markets, references := b.tables()

	next := snapshot{frontier: b.state.frontier, log: b.state.log, markets: markets, references: references, versions: b.versions}
	if err := next.frontier.Append(b.leaves); err != nil {
		return nil, fmt.Errorf("ledger: block %d: %w", h, err)
	}
	for _, nf := range b.spent {
		next.log.Append(nf)
	}
	root := next.frontier.Root()
	b.keepRoots(Roots{Height: h, Notes: root, Markets: markets.Root(), References: references.Root()})
	rowBook.put(b.overlay, single, b.book)
	rowSizes.put(b.overlay, single, sizes{Leaves: next.frontier.Size(), Spent: next.log.Size()})

	var changes []authmap.Change
	for _, w := range b.sorted() {
		if w.Key[0] == committed {
			changes = append(changes, authmap.Change{Key: w.Key[1:], Value: w.Value})
		}
	}
	next.small = b.state.small.With(changes)
	next.head = Head{Height: h, Time: b.in.Time, Hash: b.in.Hash, AppHash: next.appHash()}
	rowFrontier.put(b.overlay, single, next.frontier.Encode())
	rowLog.put(b.overlay, single, next.log.Encode())
	rowHead.put(b.overlay, single, next.head)
	return &Result{
		Events: b.events,
		Delta: Delta{
			Height: h, Writes: b.sorted(),
			First: b.state.frontier.Size(), Leaves: b.leaves,
			FirstSpent: b.state.log.Size(), Spent: b.spent,
		},
		AppHash:    next.head.AppHash,
		Validators: b.updates,
		next:       next,
	}, nil
}

// keepRoots stores the roots and the hash of this block, makes it an anchor if
// its height is one's, and forgets what nobody may refer to any more.
func (b *block) keepRoots(r Roots) {
	c := b.genesis().Constants
	rowRoots.put(b.overlay, id64(r.Height), r)
	rowBlockHash.put(b.overlay, id64(r.Height), b.in.Hash)
	if r.Height >= c.HeadWindow {
		rowBlockHash.remove(b.overlay, id64(r.Height-c.HeadWindow))
	}
	if span := c.Anchors * c.AnchorInterval; r.Height%c.AnchorInterval == 0 {
		heights, _ := rowAnchor.get(b, idField(r.Notes))
		rowAnchor.put(b.overlay, idField(r.Notes), append(heights, r.Height))
		if r.Height >= span {
			b.dropAnchor(r.Height - span)
		}
	}
	if keep := b.genesis().retained(); r.Height >= keep {
		rowRoots.remove(b.overlay, id64(r.Height-keep))
	}
}

func (b *block) dropAnchor(height uint64) {
	old, _ := rowRoots.get(b, id64(height))
	heights, _ := rowAnchor.get(b, idField(old.Notes))
	heights = slices.DeleteFunc(heights, func(h uint64) bool { return h == height })
	if len(heights) == 0 {
		rowAnchor.remove(b.overlay, idField(old.Notes))
	} else {
		rowAnchor.put(b.overlay, idField(old.Notes), heights)
	}
}

// Initial returns the result that a chain starts from, at height 0.
func Initial(g *Genesis) (*Result, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	hash, err := g.Hash()
	if err != nil {
		return nil, err
	}
	s := &State{genesis: g, backing: NewMemory(), snapshot: snapshot{small: authmap.New()}}
	b := &block{overlay: newOverlay(s.backing), state: s, in: Block{Time: g.Time}, executed: true, params: g.Params}
	rowGenesis.put(b.overlay, single, hash)
	rowParams.put(b.overlay, single, g.Params)
	rowFee.put(b.overlay, single, state.Schedule{{Since: 0, Fee: g.Fee}})
	for _, a := range g.Assets {
		b.addAsset(a.Change())
	}
	for _, m := range g.Markets {
		rowMarket.put(b.overlay, id32(m.ID), m.Record())
	}
	rowOperators.put(b.overlay, single, g.Operators)
	var allowed []registry.Measurement
	for _, m := range g.Measurements {
		v, err := m.Measurement()
		if err != nil {
			return nil, err
		}
		allowed = append(allowed, v)
	}
	rowMeasurements.put(b.overlay, single, allowed)
	rowSigners.put(b.overlay, single, g.Signers)
	rowValidators.put(b.overlay, single, []validatorSet{{0, g.Validators}})
	rowNonce.put(b.overlay, single, 0)
	keys, err := parseKeys(g.Keys)
	if err != nil {
		return nil, err
	}
	b.versions = []version{b.newVersion(FirstCircuits, g.Keys, keys)}
	s.markets, s.references = marketTable(s.backing), referenceTable(nil)
	return b.end()
}
