package transcript

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func entries(n int) (list []Entry) {
	for i := range n {
		key := field.H(1, field.FromUint64(uint64(i)))
		list = append(list, Entry{Key: key.Bytes(), Value: [32]byte{byte(i), 1}})
	}
	return list
}

func encodeProof(p Proof) []byte {
	w := encoding.NewWriter(ProofSize)
	p.Write(w)
	return w.Bytes()
}

func decodeProof(b []byte) (Proof, error) {
	r := encoding.NewReader(b)
	p := ReadProof(r)
	return p, r.Done()
}

// TestProofs: every key, there or not, has a proof, of one size, that says what
// the tree has; with any byte of it changed it does not decode or says nothing.
func TestProofs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := entries(rapid.IntRange(0, 40).Draw(t, "entries"))
		tree := New(domain.Intake, list)
		want := map[[32]byte][32]byte{}
		for _, e := range list {
			want[e.Key] = e.Value
		}
		missing := field.H(2, field.FromUint64(rapid.Uint64().Draw(t, "missing")))
		key := missing.Bytes()
		if len(list) > 0 && rapid.Bool().Draw(t, "there") {
			key = list[rapid.IntRange(0, len(list)-1).Draw(t, "entry")].Key
		}
		p := tree.Prove(key)
		value, found, err := p.Verify(domain.Intake, tree.Root(), key)
		if expected, ok := want[key]; err != nil || found != ok || value != expected {
			t.Fatalf("found %v, %v", found, err)
		}
		b := encodeProof(p)
		again, err := decodeProof(b)
		if len(b) != ProofSize || err != nil || !bytes.Equal(encodeProof(again), b) {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		b[rapid.IntRange(0, ProofSize-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if other, err := decodeProof(b); err == nil {
			if _, _, err := other.Verify(domain.Intake, tree.Root(), key); !errors.Is(err, rejection.BadTranscript) {
				t.Fatalf("a changed proof: %v", err)
			}
		}
		if _, _, err := p.Verify(domain.Transcript, tree.Root(), key); !errors.Is(err, rejection.BadTranscript) {
			t.Fatalf("another context: %v", err)
		}
	})
}

// TestNoFalseAbsence: nobody shows that an entry is not there which is: not by
// its neighbours' neighbours, nor by a wrong end.
func TestNoFalseAbsence(t *testing.T) {
	list := entries(9)
	tree := New(domain.Intake, list)
	for _, e := range list {
		place, _ := tree.Find(e.Key)
		for i := range tree.Len() + 1 {
			p := Proof{Place: uint32(i), Size: uint32(tree.Len())}
			if i > 0 {
				p.Before = tree.shown(i - 1)
			}
			if i < tree.Len() {
				p.After = tree.shown(i)
			}
			if _, _, err := p.Verify(domain.Intake, tree.Root(), e.Key); !errors.Is(err, rejection.BadTranscript) {
				t.Fatalf("entry %d between %d and %d: %v", place, i-1, i, err)
			}
		}
		for name, p := range map[string]Proof{
			"none at all":     {},
			"past the end":    {Place: uint32(tree.Len()) + 1, Size: uint32(tree.Len())},
			"another size":    {Place: 1, Size: 1, Before: tree.shown(place)},
			"another's entry": {Found: true, Place: uint32((place + 1) % 9), Size: 9, Before: tree.shown((place + 1) % 9)},
		} {
			if _, _, err := p.Verify(domain.Intake, tree.Root(), e.Key); !errors.Is(err, rejection.BadTranscript) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestRoot: bound to every entry and to their number, not to their sequence.
func TestRoot(t *testing.T) {
	seen := map[[32]byte]int{}
	for n := range 40 {
		list := entries(n)
		r := New(domain.Intake, list).Root()
		if m, ok := seen[r]; ok {
			t.Fatalf("%d and %d entries share a root", m, n)
		}
		seen[r] = n
		for i := range n / 2 {
			list[i], list[n-1-i] = list[n-1-i], list[i]
		}
		if New(domain.Intake, list).Root() != r {
			t.Fatal("the sequence changes the root")
		}
	}
}

// TestReadProofRefuses: a proof has one encoding.
func TestReadProofRefuses(t *testing.T) {
	tree := New(domain.Intake, entries(5))
	there := encodeProof(tree.Prove(tree.entries[2].Key))
	none := encodeProof(New(domain.Intake, nil).Prove([32]byte{}))
	edit := func(b []byte, at int, v byte) []byte {
		b = bytes.Clone(b)
		b[at] = v
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"short":                        {there[1:], rejection.Truncated},
		"long":                         {append(bytes.Clone(there), 0), rejection.TrailingBytes},
		"flag":                         {edit(there, 0, 2), rejection.NonCanonical},
		"found past the end":           {edit(there, 4, 5), rejection.OutOfRange},
		"a tree of too many":           {edit(none, 5, 2), rejection.OutOfRange},
		"a second entry":               {edit(there, ProofSize/2+20, 1), rejection.NonCanonical},
		"a node past the path":         {edit(there, 9+64+24*32-1, 1), rejection.NonCanonical},
		"an entry where there is none": {edit(none, 9, 1), rejection.NonCanonical},
	} {
		if _, err := decodeProof(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzReadProof(f *testing.F) {
	tree := New(domain.Intake, entries(5))
	f.Add(encodeProof(tree.Prove([32]byte{1})))
	f.Add(encodeProof(tree.Prove(tree.entries[4].Key)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := decodeProof(b); err == nil && !bytes.Equal(encodeProof(p), b) {
			t.Fatal("two encodings of one proof")
		}
	})
}

func encodeOpening(o Opening) []byte {
	w := encoding.NewWriter(OpeningSize)
	o.Write(w)
	return w.Bytes()
}

// TestRankOpens: an opening says how two ranks compare, and only that: it opens
// to no other answer, and is the same for all ranks that agree as far.
func TestRankOpens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) (r Rank) {
			copy(r[:], rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x80, 0xff}), len(r), len(r)).Draw(t, label))
			return r
		}
		last, own := draw("last"), draw("own")
		if rapid.IntRange(0, 4).Draw(t, "equal") == 0 {
			own = last
		}
		seed := [32]byte{7}
		commitment, opening := last.Commit(seed), last.Open(seed, own)
		if got, err := opening.Compare(commitment, own); err != nil || got != last.Compare(own) {
			t.Fatalf("%d, %v", got, err)
		}
		b := encodeOpening(opening)
		r := encoding.NewReader(b)
		again := ReadOpening(r)
		if err := r.Done(); err != nil || len(b) != OpeningSize || again != opening {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		changed := opening
		changed.Last ^= 1
		longer := opening
		longer.Bits++
		for _, o := range []Opening{changed, longer, {}} {
			if int(o.Bits) > rankBits {
				continue
			}
			if got, err := o.Compare(commitment, own); !errors.Is(err, rejection.BadTranscript) {
				t.Fatalf("another opening says %d, %v", got, err)
			}
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		r = encoding.NewReader(b)
		if o := ReadOpening(r); r.Done() == nil {
			if _, err := o.Compare(commitment, own); !errors.Is(err, rejection.BadTranscript) {
				t.Fatalf("a changed opening: %v", err)
			}
		}
	})
}

func FuzzReadOpening(f *testing.F) {
	f.Add(encodeOpening(Rank{1}.Open([32]byte{}, Rank{2})))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := encoding.NewReader(b)
		if o := ReadOpening(r); r.Done() == nil && !bytes.Equal(encodeOpening(o), b) {
			t.Fatal("two encodings of one opening")
		}
	})
}

// TestRankOrder: price, class, block, hash, in this sequence, on both sides.
func TestRankOrder(t *testing.T) {
	for name, c := range map[string]struct{ first, second Rank }{
		"a buyer's price":  {RankOf(1, 10, 3, 9, 9), RankOf(1, 9, 4, 1, 1)},
		"a seller's price": {RankOf(0, 9, 3, 9, 9), RankOf(0, 10, 4, 1, 1)},
		"class":            {RankOf(1, 10, 4, 9, 9), RankOf(1, 10, 3, 1, 1)},
		"block":            {RankOf(0, 10, 4, 8, 9), RankOf(0, 10, 4, 9, 1)},
		"hash":             {RankOf(0, 10, 4, 8, 1), RankOf(0, 10, 4, 8, 2)},
		"nobody is first":  {Rank{}, RankOf(1, 1<<64-1, 64, 1, 0)},
	} {
		if c.first.Compare(c.second) != -1 {
			t.Error(name)
		}
	}
}

// TestLabels: who does not know s can't tell two heights' labels of one order
// from two orders'; every part of a label counts.
func TestLabels(t *testing.T) {
	s := Secret{Nullifier: field.FromUint64(1), S: field.FromUint64(2)}
	labels := map[[32]byte]string{}
	for name, key := range map[string][32]byte{
		"itself":            s.Label(domain.Intake, 1),
		"another height":    s.Label(domain.Intake, 2),
		"another tree":      s.Label(domain.Transcript, 1),
		"another nullifier": Secret{field.FromUint64(3), s.S}.Label(domain.Intake, 1),
		"another secret":    Secret{s.Nullifier, field.FromUint64(3)}.Label(domain.Intake, 1),
	} {
		if other, ok := labels[key]; ok {
			t.Errorf("%s is %s", name, other)
		}
		labels[key] = name
	}
}

// TestPools: an auction has one place for each pool, so that all its orders are
// shown the same.
func TestPools(t *testing.T) {
	common := PoolSecrets{Pool: Pool{Market: 3, Kind: 1, Price: 9}, Salt: [32]byte{5}}
	a := NewAuction(7, 7, nil, []PoolSecrets{common, {Pool: Pool{Market: 4}, Salt: [32]byte{6}}})
	shown, _, ok := a.Show(common.Pool.Number())
	if !ok || !shown.Verify(a.Pools.Root(), 7) {
		t.Fatal("a pool is not shown")
	}
	w := encoding.NewWriter(PoolShownSize)
	shown.Write(w)
	r := encoding.NewReader(w.Bytes())
	if diff := cmp.Diff(shown, ReadPoolShown(r)); r.Done() != nil || len(w.Bytes()) != PoolShownSize || diff != "" {
		t.Fatal(diff)
	}
	for name, edit := range map[string]func(*PoolShown){
		"price":  func(p *PoolShown) { p.Pool.Price++ },
		"salt":   func(p *PoolShown) { p.Salt[0]++ },
		"place":  func(p *PoolShown) { p.Pool.Market++ },
		"path":   func(p *PoolShown) { p.Siblings[0][0]++ },
		"length": func(p *PoolShown) { p.Siblings = p.Siblings[1:] },
	} {
		other := shown
		other.Siblings = append([][32]byte(nil), shown.Siblings...)
		edit(&other)
		if other.Verify(a.Pools.Root(), 7) || other.Verify(a.Pools.Root(), other.Pool.Number()) {
			t.Errorf("another %s verifies", name)
		}
	}
	if _, _, ok := a.Show(1); ok {
		t.Error("a pool without orders is shown")
	}
}

// TestCalls: an interval in which an epoch began may have two calls.
func TestCalls(t *testing.T) {
	tree := NewAuctions([]Called{{8, 1, [32]byte{1}}, {15, 1, [32]byte{2}}, {20, 2, [32]byte{3}}})
	for call, want := range map[uint64]byte{Call(1, 0): 1, Call(1, 1): 2, Call(2, 0): 3} {
		value, found, err := tree.Prove(CallKey(call)).Verify(domain.Auctions, tree.Root(), CallKey(call))
		if !found || err != nil || value[0] != want {
			t.Errorf("call %x: %x, %v", call, value[0], err)
		}
	}
	if _, found := tree.Find(CallKey(Call(2, 1))); found || CallInterval(Call(2, 1)) != 2 {
		t.Error("a second call that there was not")
	}
}

// BenchmarkIntake is the tree of a heartbeat over a large book.
func BenchmarkIntake(b *testing.B) {
	held := make([]Held, 100_000)
	for i := range held {
		held[i].Secret = Secret{Nullifier: field.FromUint64(uint64(i)), S: field.FromUint64(uint64(i) << 20)}
	}
	for b.Loop() {
		NewIntake(1, held)
	}
}

// BenchmarkAuction is the transcript of an auction of one pool.
func BenchmarkAuction(b *testing.B) {
	parties := make([]Party, 1000)
	for i := range parties {
		parties[i].Secret = Secret{Nullifier: field.FromUint64(uint64(i)), S: field.FromUint64(uint64(i) << 20)}
	}
	pools := []PoolSecrets{{Pool: Pool{Market: 1}, Salt: [32]byte{1}}}
	for b.Loop() {
		pools[0].Close()
		NewAuction(1, 1, parties, pools)
	}
}
