package worker

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// rogue makes worker i one that was built to change an allocation: it fills at
// most two orders of an auction, votes for the lock which that gives, and keeps
// quiet about the real one.
func (w *world) rogue(i int) {
	w.mute[i] = true
	w.rewrite = func(from int, b []byte) []byte {
		e, err := peer.Decode(b)
		if err != nil {
			w.Fatal(err)
		}
		vote, ok := e.Body.(*peer.Vote)
		if from != i || !ok || vote.Subject != peer.Lock {
			return b
		}
		n := w.workers[i]
		unfair := chainOf(n.state())
		unfair.Params.MaxFills = 2
		m, err := machine.Decode(n.machine.Encode(), unfair)
		if err != nil {
			w.Fatal(err)
		}
		secret, _ := n.current()
		result, err := m.Auction(secret.Secret())
		if err != nil {
			w.Fatal(err)
		}
		lock := result.Lock()
		message := lock.SignBytes(w.Genesis.ChainID)
		vote.Digest, vote.Signature = sha256.Sum256(message), n.keys.Sign(message)
		return peer.Encode(w.Genesis.ChainID, n.keys.ID(), vote, n.keys.Sign)
	}
}

// three places one order against two.
func (w *world) three() {
	w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	w.Place("bob", chaintest.Terms(order.Buy, 7, 102))
	w.Place("carol", chaintest.Terms(order.Buy, 3, 102))
}

// TestRogueWorker: next to one worker that changed an allocation, one honest
// worker is not enough for a lock; it refuses to sign and records it. Two are.
func TestRogueWorker(t *testing.T) {
	w := running(t)
	w.kill(2)
	w.rogue(0)
	w.three()
	never[ledger.LockAccepted](w, 40)
	if w.workers[1].diverged == 0 {
		t.Error("the honest worker recorded nothing")
	}

	w.boot(2)
	w.steps(patience)
	until(w, 16, always[ledger.LockAccepted])
	settled := until(w, 16, always[ledger.GroupSettled])
	if len(settled.Nullifiers) != 4 { // three orders and one padding order
		t.Errorf("%d legs in the settlement", len(settled.Nullifiers))
	}
}

// TestRogueControl: the same three orders among honest workers, one of them
// dead, are locked.
func TestRogueControl(t *testing.T) {
	w := running(t)
	w.kill(2)
	w.three()
	until(w, 12, always[ledger.LockAccepted])
	w.agree()
}

// TestVoteForNothing: a vote for the lock of an auction that matched nothing is
// divergence, whether it comes before or after the auction's block.
func TestVoteForNothing(t *testing.T) {
	for _, early := range []uint64{0, 1} {
		w := running(t)
		from := w.workers[1].keys
		vote := &peer.Vote{Subject: peer.Lock, Number: w.Height() + early, Digest: [32]byte{1}}
		w.deliver(0, &boundary.Peer{Bytes: peer.Encode(w.Genesis.ChainID, from.ID(), vote, from.Sign)})
		w.step()
		if got := w.workers[0].diverged; got != 1 {
			t.Errorf("%d blocks ahead: counted %d", early, got)
		}
	}
}

// TestHostLies: a worker takes the next block as the chain has it, or none.
func TestHostLies(t *testing.T) {
	w := running(t)
	w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	next := w.Next()
	later := w.Next()
	n := w.workers[0]
	before := n.Status()
	other := newWorld(t)
	other.steps(int(w.Height()) - 2)
	for name, lie := range map[string]*boundary.Block{
		"a transaction less":   {Light: next.Light, Txs: next.Txs[:len(next.Txs)-1]},
		"a transaction twice":  {Light: next.Light, Txs: append(slices.Clone(next.Txs), next.Txs...)},
		"a block skipped":      later,
		"another chain's":      other.Next(),
		"the one before again": w.Blocks[len(w.Blocks)-3],
		"no block":             {Light: []byte("light")},
		"nothing":              {},
	} {
		out, err := n.Handle(lie)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := out.Messages[0].(*boundary.Status)
		if len(out.Messages) != 1 || !ok || s.Refused == "" || s.Height != before.Height {
			t.Errorf("%s: %+v", name, out.Messages)
		}
	}
	w.deliver(0, next)
	w.deliver(0, later)
	if s := n.Status(); s.Refused != "" || s.Height != w.Height() {
		t.Errorf("after the true blocks: %+v", s)
	}
}

// TestForeignMessages: what no live worker of this chain signed changes
// nothing, whatever it says.
func TestForeignMessages(t *testing.T) {
	w := running(t)
	w.steps(3)
	n := w.workers[0]
	state := func() [32]byte { return n.machine.Digest() }
	before, quiet := state(), len(n.early)
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	sign := func(m []byte) [64]byte { return quorum.Sign(stranger, m).Signature }
	vote := &peer.Vote{Subject: peer.Lock, Number: w.Height() + 1}
	own := w.workers[1].keys
	good := peer.Encode(w.Genesis.ChainID, own.ID(), vote, own.Sign)
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	for name, b := range map[string][]byte{
		"nothing":          {},
		"noise":            bytes.Repeat([]byte{9}, peer.Small),
		"a stranger":       peer.Encode(w.Genesis.ChainID, [32]byte{1}, vote, sign),
		"a borrowed name":  peer.Encode(w.Genesis.ChainID, own.ID(), vote, sign),
		"another chain":    peer.Encode("other", own.ID(), vote, own.Sign),
		"a flipped bit":    flipped,
		"its own":          peer.Encode(w.Genesis.ChainID, n.keys.ID(), vote, n.keys.Sign),
		"a secret for all": peer.Encode(w.Genesis.ChainID, own.ID(), &peer.Offer{To: n.keys.ID(), Sealed: make([]byte, 1168)}, own.Sign),
		"a book":           peer.Encode(w.Genesis.ChainID, own.ID(), &peer.Part{To: n.keys.ID(), Count: 1}, own.Sign),
	} {
		if out, err := n.Handle(&boundary.Peer{Bytes: b}); err != nil || len(out.Messages)+len(out.Jobs) > 0 {
			t.Errorf("%s: %v %v", name, out, err)
		}
		if state() != before || len(n.early) != quiet || len(n.books) > 0 || len(n.offered) > 0 {
			t.Errorf("%s changed something", name)
		}
	}
	// The control: the same vote from its worker is kept.
	if _, err := n.Handle(&boundary.Peer{Bytes: good}); err != nil || len(n.early) != quiet+1 {
		t.Errorf("a worker's vote: %d kept, %v", len(n.early), err)
	}
	for range 2 * maxEarly {
		vote.Digest[0]++
		b := peer.Encode(w.Genesis.ChainID, own.ID(), vote, own.Sign)
		if _, err := n.Handle(&boundary.Peer{Bytes: b}); err != nil {
			t.Fatal(err)
		}
	}
	if len(n.early) > quiet+maxEarly {
		t.Errorf("one worker made another keep %d votes", len(n.early))
	}
}

// TestDamagedHandover: a book that is not the chain's is not taken; the worker
// asks again and gets the true one.
func TestDamagedHandover(t *testing.T) {
	w := running(t)
	w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	w.steps(6)
	damaged := 0
	for name, spoil := range map[string]func(p *peer.Part){
		"ciphertext": func(p *peer.Part) { p.Bytes[2000] ^= 1 },
		"height":     func(p *peer.Part) { p.Height++ },
		"short":      func(p *peer.Part) { p.Count++ },
	} {
		w.kill(2)
		w.boot(2)
		w.rewrite = func(from int, b []byte) []byte {
			e, err := peer.Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			p, ok := e.Body.(*peer.Part)
			if !ok || p.Index != 0 || p.Count == 1 && name == "short" && len(p.Bytes) != peer.PartSize {
				return b
			}
			damaged++
			spoil(p)
			n := w.workers[from].keys
			return peer.Encode(w.Genesis.ChainID, n.ID(), p, n.Sign)
		}
		w.steps(patience + 1)
		if w.workers[2].machine != nil {
			t.Errorf("%s: a damaged book was taken", name)
		}
		w.rewrite = func(_ int, b []byte) []byte { return b }
		w.steps(2 * patience)
		w.agree()
	}
	if damaged == 0 {
		t.Error("nothing was damaged")
	}
}

// TestForgedBook: a peer that holds the secret hands over a book with an order
// that is not in the tree, or another tree.
func TestForgedBook(t *testing.T) {
	w := running(t)
	o := w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	w.steps(6)
	n := w.workers[0]
	w.kill(2)
	w.boot(2)
	w.rewrite = func(int, []byte) []byte { return nil }
	w.steps(2)
	newcomer := w.workers[2]
	record := newcomer.history[len(newcomer.history)-1]
	book := func() *handover {
		return &handover{height: w.Height(), machine: n.machine.Encode(), keeper: n.keeper.Encode()}
	}
	if _, _, ok := newcomer.inspect(book(), record); !ok {
		t.Fatal("the true book is refused")
	}
	forged := book()
	at := bytes.Index(forged.machine, elementBytes(o.S))
	forged.machine[at+31] ^= 1
	if _, _, ok := newcomer.inspect(forged, record); ok {
		t.Error("an order that is not in the tree")
	}
	forged = book()
	forged.keeper[20] ^= 1
	if _, _, ok := newcomer.inspect(forged, record); ok {
		t.Error("another tree")
	}
	forged = book()
	forged.height--
	if _, _, ok := newcomer.inspect(forged, record); ok {
		t.Error("another height")
	}
}

func elementBytes(e field.Element) []byte {
	b := e.Bytes()
	return b[:]
}

// TestNothingLeaves: what is secret in an order is in nothing that any enclave
// gives to its host, through a whole life: order, match, settlement, handover,
// rotation. A planted copy is found.
func TestNothingLeaves(t *testing.T) {
	w := newWorld(t)
	var seen bytes.Buffer
	w.heard = func(_ int, m boundary.Message) {
		if err := boundary.NewConn(&seen).Send(m); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	const limit = 0x0102030405060708
	a := w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	b := w.Place("bob", chaintest.Terms(order.Buy, 7, 102))
	big := chaintest.Terms(order.Sell, 3, limit)
	big.Expiry = 77777
	rests := w.Place("carol", big)
	until(w, 16, always[ledger.GroupSettled])
	w.kill(1)
	w.boot(1)
	until(w, 60, always[ledger.EpochStarted])
	w.agree()

	canaries := [][]byte{binary.BigEndian.AppendUint64(nil, limit), binary.LittleEndian.AppendUint64(nil, limit), []byte("72623859790382856")}
	for _, o := range []order.Order{a, b, rests} {
		for _, e := range []field.Element{o.S, o.OID, o.C} {
			raw := elementBytes(e)
			canaries = append(canaries, raw, []byte(hex.EncodeToString(raw)))
		}
	}
	for _, n := range w.workers {
		for _, number := range n.epochs.Numbers() {
			e, _ := n.epochs.Get(number)
			secret := e.Secret()
			canaries = append(canaries, secret[:])
		}
	}
	for i, c := range canaries {
		if bytes.Contains(seen.Bytes(), c) {
			t.Errorf("canary %d left an enclave", i)
		}
	}
	if err := boundary.NewConn(&seen).Send(&boundary.Broadcast{Bytes: elementBytes(a.S)}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(seen.Bytes(), elementBytes(a.S)) {
		t.Error("a planted canary is not found")
	}
}

// TestLossyPeers: whatever the hosts lose between the enclaves, workers never
// sign two outcomes, and what was lost is made up for.
func TestLossyPeers(t *testing.T) {
	seeds := uint64(10)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		lossy(t, seed)
	}
}

// FuzzLossyPeers is TestLossyPeers for more seeds.
func FuzzLossyPeers(f *testing.F) {
	f.Fuzz(func(t *testing.T, seed uint64) { lossy(t, seed) })
}

func lossy(t *testing.T, seed uint64) {
	luck := rand.New(rand.NewPCG(seed, 0))
	w := running(t)
	loss := luck.IntN(60)
	w.rewrite = func(_ int, b []byte) []byte {
		if luck.IntN(100) < loss {
			return nil
		}
		return b
	}
	for range 1 + luck.IntN(4) {
		w.cross()
		w.steps(luck.IntN(6))
	}
	if dead := luck.IntN(4); dead < 3 {
		w.kill(dead)
		if luck.IntN(2) == 0 {
			w.boot(dead)
		}
	}
	w.steps(10)
	w.rewrite = func(_ int, b []byte) []byte { return b }
	w.steps(30)
	w.agree()
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
}
