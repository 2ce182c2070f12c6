package ledger

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/protocol/authmap"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/merklelog"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/protocol/transaction"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Block is a block as consensus gives it to the ledger.
type Block struct {
	Height uint64
	Time   int64    // Unix seconds, agreed by consensus
	Hash   [32]byte // of the header; zero while the block is being proposed
	Txs    [][]byte
}

// Result is what a block does to a state.
type Result struct {
	Events     []Event
	Delta      Delta
	AppHash    [32]byte
	Validators []ValidatorUpdate // for the consensus engine
	next       snapshot
}

// Admission is what the mempool learns of a transaction that may be proposed,
// or why it may not.
type Admission struct {
	Kind       transaction.Kind
	Nullifiers []field.Element // that no other transaction should carry
	Err        error
}

// State is the ledger after one block.
type State struct {
	genesis *Genesis
	proofs  Proofs
	backing Backing
	snapshot
}

// snapshot is what the ledger keeps decoded of the backing. Its parts are
// never changed in place.
type snapshot struct {
	head       Head
	frontier   tree.Frontier
	log        merklelog.Frontier
	small      *authmap.Map
	markets    *tree.Table
	references *tree.Table
	versions   []version // of the circuits, ascending
}

// Open returns the state that backing holds. It recomputes the root of the
// small state and refuses a backing whose app hash does not follow from it, or
// of a chain with another genesis; this one's was valid when Initial wrote it.
func Open(g *Genesis, proofs Proofs, backing Backing) (*State, error) {
	head, ok := rowHead.get(backing, single)
	if !ok {
		return nil, fmt.Errorf("ledger: open: the store holds no block; write Initial first")
	}
	hash, err := g.Hash()
	if err != nil {
		return nil, err
	}
	if stored, _ := rowGenesis.get(backing, single); stored != hash {
		return nil, rejection.New(rejection.BadGenesis, "the store belongs to another genesis")
	}
	s := &State{genesis: g, proofs: proofs, backing: backing, snapshot: snapshot{head: head}}
	raw, _ := rowFrontier.get(backing, single)
	if s.frontier, err = tree.DecodeFrontier(raw); err != nil {
		return nil, fmt.Errorf("ledger: open: frontier: %w", err)
	}
	raw, _ = rowLog.get(backing, single)
	if s.log, err = merklelog.Decode(raw); err != nil {
		return nil, fmt.Errorf("ledger: open: nullifier log: %w", err)
	}
	var changes []authmap.Change
	backing.Range([]byte{committed}, func(k, v []byte) bool {
		changes = append(changes, authmap.Change{Key: slices.Clone(k[1:]), Value: slices.Clone(v)})
		return true
	})
	s.small = authmap.New().With(changes)
	if got := s.snapshot.appHash(); got != head.AppHash {
		return nil, fmt.Errorf("ledger: open: app hash of height %d is %x, the store's rows give %x", head.Height, head.AppHash, got)
	}
	if s.versions, err = readVersions(backing); err != nil {
		return nil, fmt.Errorf("ledger: open: circuits: %w", err)
	}
	s.markets = marketTable(backing)
	refs, _ := rowReferences.get(backing, single)
	s.references = referenceTable(refs)
	return s, nil
}

// appHash returns SHA-256(context ‖ note root ‖ nullifier-log root ‖ root of
// the small state). The small state holds both sizes.
func (s *snapshot) appHash() [32]byte {
	return state.Commitment{Notes: s.frontier.Root(), Spent: s.log.Root(), Small: s.small.Root()}.AppHash()
}

// Head returns the last applied block.
func (s *State) Head() Head { return s.head }

// Genesis returns the genesis; nobody may change it.
func (s *State) Genesis() *Genesis { return s.genesis }

// Check is CheckAll of one transaction.
func (s *State) Check(tx []byte, now int64) (Admission, error) {
	out := s.CheckAll([][]byte{tx}, now)[0]
	return out, out.Err
}

// CheckAll says of each transaction whether it could stand in the next block,
// were it alone: what the mempool asks. Every check of Apply is made. The
// proofs of all are checked together, and those that are to blame are found.
func (s *State) CheckAll(txs [][]byte, now int64) []Admission {
	return s.Examine(txs, now).Verify()
}

// Examination is what is left of CheckAll once the state has been read.
type Examination struct {
	proofs     Proofs
	admissions []Admission
	claims     []Claim
	owners     []int // the transaction of each claim
}

// Examine makes all checks of CheckAll but the proofs', which Verify makes: it
// needs no state, so that nothing waits for it.
func (s *State) Examine(txs [][]byte, now int64) Examination {
	b := s.newBlock(Block{Height: s.head.Height + 1, Time: now})
	b.begin()
	b.executed = true // what is due then still counts as reserved: a little too strict
	e := Examination{proofs: s.proofs, admissions: make([]Admission, len(txs))}
	for i, tx := range txs {
		v, err := b.validate(tx) // and not taken, so that the next one stands alone too
		e.admissions[i] = Admission{Kind: v.kind, Nullifiers: v.nullifiers, Err: err}
		e.claims = append(e.claims, v.claims...)
		for range v.claims {
			e.owners = append(e.owners, i)
		}
	}
	return e
}

// Verify checks the proofs and returns what CheckAll does.
func (e Examination) Verify() []Admission {
	bad, err := e.proofs.Find(e.claims)
	for _, i := range bad {
		e.admissions[e.owners[i]] = Admission{Err: rejection.New(rejection.BadProof, "%s", e.claims[i].Circuit)}
	}
	if err != nil { // not the transactions' fault, so no refusal of them
		for _, i := range e.owners {
			e.admissions[i] = Admission{Err: fmt.Errorf("ledger: proofs: %v", err)}
		}
	}
	return e.admissions
}

// Propose chooses from candidates the transactions of the next block: by rank
// and then in the given order, each one if it is valid after those before it
// and the block's limits allow. It never returns a block that Apply refuses.
func (s *State) Propose(now int64, candidates [][]byte) [][]byte {
	order := slices.Clone(candidates)
	slices.SortStableFunc(order, func(a, b []byte) int { return cmp.Compare(rank(a), rank(b)) })
	b := s.newBlock(Block{Height: s.head.Height + 1, Time: now})
	b.begin()
	var chosen [][]byte
	for _, tx := range order {
		v, err := b.validate(tx)
		if err != nil || s.proofs.Check(v.claims) != nil {
			continue
		}
		b.take(v)
		chosen = append(chosen, tx)
	}
	return chosen
}

// rank is that of the kind byte; a transaction without one comes last and is
// then refused.
func rank(tx []byte) transaction.Rank {
	if len(tx) == 0 {
		return transaction.RankAction
	}
	return transaction.Kind(tx[0]).Rank()
}

// Apply runs a whole block and returns its result; the state stays as it is.
// Validating a proposal and finalising a decided block are the same call. An
// invalid transaction makes the block invalid: in a decided block that is a
// reason to halt, never to skip.
func (s *State) Apply(in Block) (*Result, error) {
	b, claims, _, err := s.gather(in)
	if err != nil {
		return nil, err
	}
	if err := s.proofs.Check(claims); err != nil {
		return nil, fmt.Errorf("ledger: block %d: %w", in.Height, err)
	}
	return b.end()
}

// gather runs a block's transactions up to their proofs, which it returns with
// where they stand.
func (s *State) gather(in Block) (*block, []Claim, []Place, error) {
	if in.Height != s.head.Height+1 || in.Height >= 1<<32 {
		return nil, nil, nil, fmt.Errorf("ledger: block %d does not follow %d", in.Height, s.head.Height)
	}
	b := s.newBlock(in)
	b.begin()
	var claims []Claim
	var places []Place
	for i, tx := range in.Txs {
		v, err := b.validate(tx)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("ledger: block %d, transaction %d: %w", in.Height, i, err)
		}
		b.take(v)
		claims = append(claims, v.claims...)
		for j, c := range v.claims {
			places = append(places, Place{i, c.Circuit, j})
		}
	}
	return b, claims, places, nil
}

// Place is where a proof stands in a block.
type Place struct {
	Tx      int
	Circuit Circuit
	Index   int // among the proofs of the transaction
}

// BadProofs names the proofs for which Apply refuses a block. It is for those
// who look on: consensus has no use for it and no time.
func (s *State) BadProofs(in Block) ([]Place, error) {
	_, claims, places, err := s.gather(in)
	if err != nil {
		return nil, err
	}
	bad, err := s.proofs.Find(claims)
	var out []Place
	for _, i := range bad {
		out = append(out, places[i])
	}
	return out, err
}

// Advance makes the result's block the state's head. The caller has written
// the result's delta to the backing, completely, before.
func (s *State) Advance(r *Result) { s.snapshot = r.next }
