package vault_test

import (
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/vault"
)

// model enumerates every life of one claim: which pending extrinsics each block
// takes, what the dishonest signers do in it and in which order, whether the
// call fails, which honest signer reads on and which lags, and at which record
// one of them dies. The machines are the product's; only their slots and eras
// are shorter.
type model struct {
	t       *testing.T
	signers state.Signers
	honest  []quorum.Key
	rogues  []quorum.Key
	claim   vault.Claim
	custody vault.Account
	codec   codec
	call    [32]byte
	blocks  uint64 // horizon

	slot, open, join uint64

	lag     uint64 // how far behind the head an honest signer may be
	deaths  int
	eternal bool // the control: the chain ignores eras
	visited map[[32]byte]bool
	queue   []life
	broken  string
}

// signer is an honest signer at one moment.
type signer struct {
	key     quorum.Key
	journal []vault.Record
	vault   *vault.Machine
}

// life is a state of the model. It is never changed.
type life struct {
	number  uint64
	open    bool
	opener  vault.Account
	at      uint64
	agreed  []vault.Account
	done    int // successful executions
	pool    []extrinsic
	seen    map[[32]byte]bool // extrinsics that were included
	blocks  []vault.Block     // those that somebody has not read
	own     []map[quorum.Key][]vault.Inclusion
	signers []signer
	deaths  int
}

func newModel(t *testing.T, threshold uint8, honest, rogues int, blocks, lag uint64, deaths int) *model {
	names := []string{"ada", "bea", "cyd", "dot", "eve"}[:honest+rogues]
	m := &model{t: t, signers: signersOf(threshold, names...), blocks: blocks, lag: lag, deaths: deaths, visited: map[[32]byte]bool{}}
	m.slot, m.open, m.join = 5, 4, 6
	m.honest, m.rogues = m.signers.Keys[:honest], m.signers.Keys[honest:]
	m.codec = codec{newChain(1)}
	m.custody, _ = m.codec.Custody(m.signers)
	m.claim = vault.Claim{ID: custody.ClaimID{}, Asset: asset, Amount: 500, Recipient: make([]byte, 32), Opened: 1}
	return m
}

func modelHash(number uint64) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("block"), number))
}

func (m *model) config(key quorum.Key) vault.Config {
	return vault.Config{
		ChainID: network, Chain: external, Key: key, Watched: 1,
		Start:   vault.Start{Hub: 1, Block: vault.Cursor{Hash: modelHash(0)}},
		Default: vault.Limit{Rate: 1 << 40, Window: 1, MaxDelay: 1},
	}
}

// replayed is a machine as it is after a crash.
func (m *model) replayed(i int, journal []vault.Record) *vault.Machine {
	v, err := vault.New(m.config(m.honest[i]), m.codec)
	if err != nil {
		m.t.Fatal(err)
	}
	v.Shrink(m.slot, m.open, m.join, 1)
	for _, r := range journal {
		if err := v.Replay(r); err != nil {
			m.t.Fatal(err)
		}
	}
	return v
}

func (m *model) hub() vault.Hub {
	return vault.Hub{
		Height: 2, Opened: []vault.Claim{m.claim}, Rotations: []vault.Rotation{{Height: 1, Signers: m.signers}},
		Assets: []vault.Asset{{ID: asset, Symbol: "KSM", Decimals: 9, ExternalDecimals: 12, External: coin, MaxDeposit: 1, MinDeposit: 1}},
	}
}

// run visits every state within the bounds, and returns how many there are.
func (m *model) run() int {
	first := life{seen: map[[32]byte]bool{}}
	for i := range m.honest {
		v := m.replayed(i, nil)
		records, _, err := v.OnHub(m.hub())
		if err != nil {
			m.t.Fatal(err)
		}
		first.signers = append(first.signers, signer{m.honest[i], records, v})
	}
	hash, err := m.codec.Call(vault.Job{JobID: vault.JobID{Kind: vault.Payout, Ref: m.claim.ID}, External: coin, Amount: mustScale(500)})
	if err != nil {
		m.t.Fatal(err)
	}
	m.call = hash
	m.visit(first)
	for len(m.queue) > 0 && m.broken == "" {
		next := m.queue[len(m.queue)-1]
		m.queue = m.queue[:len(m.queue)-1]
		m.expand(next)
	}
	return len(m.visited)
}

func (m *model) visit(l life) {
	id := l.digest()
	if m.visited[id] {
		return
	}
	m.visited[id] = true
	m.judge(l)
	m.queue = append(m.queue, l)
}

// judge is what must hold in every state.
func (m *model) judge(l life) {
	paid, returned := false, false
	for _, s := range l.signers {
		v, _ := s.vault.Claim(m.claim.ID)
		paid = paid || v.Result == custody.Paid
		returned = returned || v.Result == custody.Returned
	}
	switch {
	case l.done > 1:
		m.broken = "paid twice"
	case l.done > 0 && returned:
		m.broken = "paid, and an honest signer says returned"
	case paid && l.done == 0:
		m.broken = "an honest signer says paid, and nothing was"
	case paid && returned:
		m.broken = "honest signers differ"
	}
}

// expand visits all that can come next.
func (m *model) expand(l life) {
	slowest := l.number
	for _, s := range l.signers {
		slowest = min(slowest, s.vault.Cursor().Number)
	}
	if l.number < m.blocks && l.number-slowest < m.lag {
		for _, taken := range subsets(l.pool) {
			for _, rogue := range m.mischief(l) {
				for _, fails := range []bool{false, true} {
					m.block(l, append(slices.Clone(rogue), taken...), fails)
					if len(rogue) > 0 && len(taken) > 0 {
						m.block(l, append(slices.Clone(taken), rogue...), fails)
					}
				}
			}
		}
	}
	for i, s := range l.signers {
		// The head is not final.
		if s.vault.Cursor().Number+1 < l.number {
			m.turn(l, i)
		}
	}
}

// subsets are none, each one and all of the pool.
func subsets(pool []extrinsic) (list [][]extrinsic) {
	list = append(list, nil)
	for i := range pool {
		list = append(list, pool[i:i+1])
	}
	if len(pool) > 1 {
		list = append(list, pool)
	}
	return list
}

// mischief is what the dishonest signers can do in a block: open the call, join
// it with and without executing, take it back; all of them together.
func (m *model) mischief(l life) (list [][]extrinsic) {
	list = append(list, nil)
	one := func(by quorum.Key, change func(*extrinsic)) extrinsic {
		x := extrinsic{by: vault.Account(by), call: m.call, custody: m.custody, at: l.at, until: 1 << 40}
		change(&x)
		return x
	}
	open := func(x *extrinsic) {}
	join := func(x *extrinsic) { x.join = true }
	mute := func(x *extrinsic) { x.join, x.mute = true, true }
	take := func(x *extrinsic) { x.cancel = true }
	var opens, joins []extrinsic
	for _, by := range m.rogues {
		opens = append(opens, one(by, open))
		joins = append(joins, one(by, join))
		if l.open {
			list = append(list, []extrinsic{one(by, take)}, []extrinsic{one(by, join)}, []extrinsic{one(by, mute)})
			list = append(list, []extrinsic{one(by, take), one(by, open)})
		} else {
			list = append(list, []extrinsic{one(by, open)})
		}
	}
	if len(m.rogues) > 1 {
		if l.open {
			list = append(list, joins)
		} else {
			for i := range joins {
				joins[i].at = l.number + 1
			}
			list = append(list, []extrinsic{opens[0], joins[1]})
		}
	} else if !l.open {
		// Joins what an honest opening in the same block opens.
		x := one(m.rogues[0], join)
		x.at = l.number + 1
		list = append(list, []extrinsic{x})
	}
	return list
}

// block visits what follows from one more block.
func (m *model) block(l life, body []extrinsic, fails bool) {
	next := l
	next.number++
	next.seen = make(map[[32]byte]bool, len(l.seen)+1)
	for h := range l.seen {
		next.seen[h] = true
	}
	b := vault.Block{Number: next.number, Hash: modelHash(next.number), Parent: modelHash(l.number)}
	own := map[quorum.Key][]vault.Inclusion{}
	for _, x := range body {
		if x.until < next.number && !m.eternal || x.hash != [32]byte{} && next.seen[x.hash] {
			continue
		}
		ok := m.approve(&next, &b, x, fails)
		if x.hash != [32]byte{} {
			next.seen[x.hash] = true
			own[quorum.Key(x.by)] = append(own[quorum.Key(x.by)], vault.Inclusion{Hash: x.hash, OK: ok})
		}
	}
	if fails && !executed(b) {
		return // as without fails
	}
	next.pool = nil
	for _, x := range l.pool {
		if !next.seen[x.hash] && (x.until > next.number || m.eternal) {
			next.pool = append(next.pool, x)
		}
	}
	next.blocks = append(slices.Clone(l.blocks), b)
	next.own = append(slices.Clone(l.own), own)
	m.visit(next)
}

func executed(b vault.Block) bool {
	return slices.ContainsFunc(b.Steps, func(s vault.Step) bool { return s.Stage == vault.Executed || s.Stage == vault.Failed })
}

// approve is pallet-multisig's rule, as in chain.approve.
func (m *model) approve(l *life, b *vault.Block, x extrinsic, fails bool) bool {
	step := vault.Step{Index: uint32(len(b.Steps)), Extrinsic: uint32(len(b.Steps)), Custody: m.custody, Call: m.call, By: x.by}
	emit := func(stage vault.Stage) bool {
		step.Stage = stage
		b.Steps = append(b.Steps, step)
		return true
	}
	switch {
	case x.cancel:
		if !l.open || l.opener != x.by {
			return false
		}
		l.open = false
		return emit(vault.Cancelled)
	case l.open != x.join, l.open && x.at != l.at:
		return false
	case !l.open:
		l.open, l.opener, l.at, l.agreed = true, x.by, l.number, []vault.Account{x.by}
		return emit(vault.Opened)
	}
	already := slices.Contains(l.agreed, x.by)
	if !already {
		l.agreed = append(slices.Clone(l.agreed), x.by)
	}
	if x.mute || len(l.agreed) < int(m.signers.Threshold) {
		if already {
			return false
		}
		return emit(vault.Approved)
	}
	l.open = false
	if fails {
		return emit(vault.Failed)
	}
	l.done++
	return emit(vault.Executed)
}

// turn visits what follows from one honest signer's reading of its next final
// block: to the end, or dying before each record is durable and before the
// attempt is handed over.
func (m *model) turn(l life, i int) {
	was := l.signers[i]
	at := was.vault.Cursor().Number
	index := slices.IndexFunc(l.blocks, func(b vault.Block) bool { return b.Number == at+1 })
	b := l.blocks[index]
	b.Included = l.own[index][m.honest[i]]
	b.Latest = b.Number == l.number-1

	v := was.vault.Fork()
	records, effects, err := v.OnBlock(b)
	if err != nil {
		m.t.Fatal(err)
	}
	journal := append(slices.Clone(was.journal), records...)
	pool := l.pool
	var cuts [][]vault.Record
	for n := range records {
		cuts = append(cuts, journal[:len(was.journal)+n])
	}
	for _, e := range effects {
		switch e := e.(type) {
		case vault.Prepare:
			a, x := m.prepare(l, i, e.Order)
			cuts = append(cuts, slices.Clone(journal))
			more, _, err := v.OnPrepared(a)
			if err != nil {
				m.t.Fatal(err)
			}
			journal = append(journal, more...)
			cuts = append(cuts, slices.Clone(journal))
			pool = append(slices.Clone(pool), x)
		case vault.Submit:
			// Handed over again: it is in the pool, or was included.
		case vault.Alarm:
			if e.Reason == vault.PaidAndReturned || e.Reason == vault.ExecutedTwice {
				m.broken = fmt.Sprintf("alarm %d", e.Reason)
			}
		}
	}
	next := l
	next.pool = pool
	m.visit(next.with(i, signer{was.key, journal, v}))
	if l.deaths == m.deaths {
		return
	}
	for _, cut := range cuts {
		next := l
		next.deaths++
		v := m.replayed(i, cut)
		for _, e := range v.Pending() {
			if s, ok := e.(vault.Submit); ok {
				next.pool = append(slices.Clone(l.pool), (*world)(nil).decode(s.Attempt))
			}
		}
		records, _, err := v.OnHub(m.hub())
		if err != nil {
			m.t.Fatal(err)
		}
		m.visit(next.with(i, signer{was.key, append(slices.Clone(cut), records...), v}))
	}
}

// with replaces one signer, and drops the blocks that all have recorded: nobody
// reads them again.
func (l life) with(i int, s signer) life {
	l.signers = slices.Clone(l.signers)
	l.signers[i] = s
	slowest := l.number
	for _, s := range l.signers {
		slowest = min(slowest, s.vault.Recorded())
	}
	for len(l.blocks) > 0 && l.blocks[0].Number <= slowest {
		l.blocks, l.own = l.blocks[1:], l.own[1:]
	}
	return l
}

// prepare is the adapter: the timepoint is the one that the signer's own events
// gave, as proven storage at the birth would.
func (m *model) prepare(l life, i int, o vault.Order) (vault.Attempt, extrinsic) {
	x := extrinsic{
		by: vault.Account(m.honest[i]), nonce: o.Number, birth: o.At.Number, until: o.At.Number + o.Period - 1,
		call: m.call, custody: m.custody, join: o.Form == vault.Join,
	}
	if x.join {
		for _, r := range l.signers[i].journal {
			if s, ok := r.(vault.Stepped); ok && s.Step.Stage == vault.Opened {
				x.at = s.In.Number
			}
		}
		for _, b := range l.blocks {
			for _, s := range b.Steps {
				if b.Number <= o.At.Number && s.Stage == vault.Opened {
					x.at = max(x.at, b.Number)
				}
			}
		}
	}
	x.hash = x.id()
	return vault.Attempt{
		JobID: o.Job.JobID, Number: o.Number, Form: o.Form, Nonce: x.nonce, Call: m.call, Birth: x.birth, Until: x.until,
		Hash: x.hash, Extrinsic: x.encode(),
	}, x
}

func (l life) digest() [32]byte {
	h := sha256.New()
	number := func(v uint64) { h.Write(binary.BigEndian.AppendUint64(nil, v)) }
	number(l.number)
	number(uint64(l.done))
	number(uint64(l.deaths))
	if l.open {
		number(l.at)
		h.Write(l.opener[:])
		for _, a := range l.agreed {
			h.Write(a[:])
		}
	}
	pool := slices.Clone(l.pool)
	slices.SortFunc(pool, func(a, b extrinsic) int { return slices.Compare(a.hash[:], b.hash[:]) })
	for _, x := range pool {
		h.Write(x.hash[:])
	}
	for i, b := range l.blocks {
		number(b.Number)
		for _, s := range b.Steps {
			h.Write(append(s.By[:], byte(s.Stage)))
		}
		for _, s := range l.signers {
			for _, included := range l.own[i][s.key] {
				h.Write(included.Hash[:])
				if included.OK {
					number(1)
				}
			}
		}
	}
	for _, s := range l.signers {
		d := s.vault.Digest()
		h.Write(d[:])
	}
	return [32]byte(h.Sum(nil))
}

func mustScale(units uint64) amount.Wide { return amount.WideOf(units * unit) }

// deeper is for runs by hand: go test ./vault -run EveryLife -args -deeper 2
var deeper = flag.Uint64("deeper", 0, "more blocks in each enumeration of lives")

// lives are the bounds of the enumerations that run each time.
var lives = map[string]struct {
	threshold             uint8
	honest, rogues        int
	blocks, lag           uint64
	deaths, turns, states int
	slot, open            uint64
}{
	"2 of 3":          {2, 2, 1, 7, 2, 0, 3, 3_000, 5, 4},
	"2 of 3, long":    {2, 2, 1, 7, 2, 0, 3, 3_000, 8, 6},
	"2 of 3, lagging": {2, 2, 1, 6, 4, 0, 1, 3_000, 5, 4},
	"2 of 3, a death": {2, 2, 1, 6, 2, 1, 1, 3_000, 5, 4},
	"3 of 5":          {3, 3, 2, 5, 2, 0, 1, 3_000, 5, 4},
}

// With m − 1 dishonest signers no life of a claim pays it twice, and none pays
// it that an honest signer returns. Each of the first signers has the first turn
// once.
func TestEveryLifeOfAClaim(t *testing.T) {
	for name, c := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for turn := range c.turns {
				m := newModel(t, c.threshold, c.honest, c.rogues, c.blocks+*deeper, c.lag, c.deaths)
				m.claim.ID[7], m.slot, m.open = byte(turn), c.slot, c.open
				n := m.run()
				if m.broken != "" {
					t.Errorf("turn %d: %s", turn, m.broken)
				}
				if n < c.states {
					t.Errorf("turn %d: only %d states", turn, n)
				}
				t.Logf("turn %d: %d states", turn, n)
			}
		})
	}
}

// The control: where the chain does not let attempts die, a late opening is
// completed by the dishonest signer, and the model sees it.
func TestEverlastingAttemptsBreakTheModel(t *testing.T) {
	t.Parallel()
	m := newModel(t, 2, 2, 1, 7, 2, 0)
	m.eternal = true
	if m.run(); m.broken == "" {
		t.Error("not seen")
	}
}
