package transcript

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Secret is what an order is known by to its owner and the enclaves, and to
// nobody else.
type Secret struct {
	Nullifier field.Element // nf_o
	S         field.Element
}

// Label returns the key of an order in the tree of ctx and number: a height for
// an intake, the auction interval for a transcript.
func (s Secret) Label(ctx domain.Context, number uint64) [32]byte {
	nf, secret := s.Nullifier.Bytes(), s.S.Bytes()
	w := encoding.NewWriter(160)
	w.Var([]byte(domain.Label))
	w.Var([]byte(ctx))
	w.U64(number)
	w.Fixed(nf[:])
	w.Fixed(secret[:])
	return sha256.Sum256(w.Bytes())
}

// veil commits to data: nobody can try values of it who does not know the salt.
func veil(salt, key [32]byte, data []byte) [32]byte {
	w := encoding.NewWriter(256)
	w.Var([]byte(domain.Veil))
	w.Fixed(salt[:])
	w.Fixed(key[:])
	w.Fixed(data)
	return sha256.Sum256(w.Bytes())
}

// Taken is what an intake says of an order.
type Taken struct {
	Commitment field.Element // ocm
	Handling   order.Handling
	Arrival    uint32 // block in which it came to rest; a remainder keeps its first order's
}

// TakenSize is the length of an encoded Taken in bytes.
const TakenSize = field.Size + order.HandlingSize + 4

// Write appends the encoding of t.
func (t Taken) Write(w *encoding.Writer) {
	ocm := t.Commitment.Bytes()
	w.Fixed(ocm[:])
	order.WriteHandling(w, t.Handling)
	w.U32(t.Arrival)
}

// ReadTaken is the inverse of Write.
func ReadTaken(r *encoding.Reader) Taken {
	return Taken{Commitment: field.Read(r), Handling: order.ReadHandling(r), Arrival: r.U32()}
}

// Value returns the value of the entry of an order with this secret and key.
func (t Taken) Value(s field.Element, key [32]byte) [32]byte {
	w := encoding.NewWriter(TakenSize)
	t.Write(w)
	return veil(s.Bytes(), key, w.Bytes())
}

// Outcome is what an auction did with an order.
type Outcome struct {
	Market  uint32
	Pool    order.Pool
	Price   uint64 // effective price inside the collar, or 0 if it takes none there
	Class   uint8  // bit length of the lots, or 0
	Arrival uint32
	Hash    uint64 // keyed hash
	In      uint64 // lots that self-trade prevention left in the auction
	Lots    uint64 // that it traded
}

// OutcomeSize is the length of an encoded Outcome in bytes.
const OutcomeSize = 4 + 1 + 8 + 1 + 4 + 3*8

// Write appends the encoding of o.
func (o Outcome) Write(w *encoding.Writer) {
	w.U32(o.Market)
	w.U8(uint8(o.Pool))
	w.U64(o.Price)
	w.U8(o.Class)
	w.U32(o.Arrival)
	w.U64(o.Hash)
	w.U64(o.In)
	w.U64(o.Lots)
}

// ReadOutcome is the inverse of Write.
func ReadOutcome(r *encoding.Reader) Outcome {
	return Outcome{
		Market: r.U32(), Pool: readPool(r), Price: r.U64(), Class: r.U8(), Arrival: r.U32(), Hash: r.U64(), In: r.U64(), Lots: r.U64(),
	}
}

func readPool(r *encoding.Reader) order.Pool {
	p := order.Pool(r.U8())
	if p > order.Natural {
		r.Fail(rejection.New(rejection.NonCanonical, "a pool that there is not"))
	}
	return p
}

// Value returns the value of the entry of an order with this secret and key.
func (o Outcome) Value(s field.Element, key [32]byte) [32]byte {
	w := encoding.NewWriter(OutcomeSize)
	o.Write(w)
	return veil(s.Bytes(), key, w.Bytes())
}

// Rank returns the place of an order in the sequence of its side.
func (o Outcome) Rank(side order.Side) Rank { return RankOf(side, o.Price, o.Class, o.Arrival, o.Hash) }

// Result says how an auction of a pool ended.
type Result uint8

// The results; the numbers stand in transcripts. Cleared means that something
// did trade.
const (
	NoReference Result = 0
	NoRoom      Result = 1
	TooLarge    Result = 2
	NoCross     Result = 3
	Cleared     Result = 4
	Unstable    Result = 5
)

// Pool is what all orders of one pool had in common in an auction.
type Pool struct {
	Market    uint32
	Kind      order.Pool
	Reference market.Quote // zero if there was none
	Result    Result
	Price     uint64      // or 0
	Exact     bool        // minimum fills decided who traded how much
	HashKey   [32]byte    // of the keyed hash
	Last      [2][32]byte // by side: commitment to the rank of the last order that traded
}

// PoolSize is the length of an encoded Pool in bytes.
const PoolSize = 4 + 1 + 3*8 + 1 + 8 + 1 + 3*32

// PoolSpaces is how many places a tree of pools has.
const PoolSpaces = 2 * market.Max

// poolSiblings is the most siblings of a path in a tree of pools.
const poolSiblings = 11

// Number is the place of p in the tree of pools, which each auction has for
// every pool that there can be: so there are no two of one.
func (p Pool) Number() uint32 { return PoolNumber(p.Market, p.Kind) }

// PoolNumber is the place of a pool in the tree of pools.
func PoolNumber(market uint32, kind order.Pool) uint32 { return 2*market + uint32(kind) }

// poolKey is a place as a key.
func poolKey(number uint32) (key [32]byte) {
	binary.BigEndian.PutUint32(key[28:], number)
	return key
}

// Write appends the encoding of p.
func (p Pool) Write(w *encoding.Writer) {
	w.U32(p.Market)
	w.U8(uint8(p.Kind))
	w.U64(p.Reference.Bid)
	w.U64(p.Reference.Mid)
	w.U64(p.Reference.Ask)
	w.U8(uint8(p.Result))
	w.U64(p.Price)
	w.Bool(p.Exact)
	w.Fixed(p.HashKey[:])
	w.Fixed(p.Last[0][:])
	w.Fixed(p.Last[1][:])
}

// ReadPool is the inverse of Write.
func ReadPool(r *encoding.Reader) Pool {
	p := Pool{Market: r.U32(), Kind: readPool(r)}
	p.Reference.Bid, p.Reference.Mid, p.Reference.Ask = r.U64(), r.U64(), r.U64()
	p.Result, p.Price, p.Exact = Result(r.U8()), r.U64(), r.Bool()
	if p.Result > Unstable {
		r.Fail(rejection.New(rejection.NonCanonical, "a result that there is not"))
	}
	r.Fixed(p.HashKey[:])
	r.Fixed(p.Last[0][:])
	r.Fixed(p.Last[1][:])
	return p
}

// value returns the value of the entry of p.
func (p Pool) value(salt [32]byte) [32]byte {
	w := encoding.NewWriter(PoolSize)
	p.Write(w)
	return veil(salt, poolKey(p.Number()), w.Bytes())
}

// PoolShown is a pool with the path that shows it.
type PoolShown struct {
	Pool     Pool
	Salt     [32]byte
	Siblings [][32]byte // from its place up
}

// PoolShownSize is the length of an encoded PoolShown in bytes.
const PoolShownSize = PoolSize + 32 + 32*poolSiblings

// Verify reports whether s is at its place in the tree of pools under want.
func (s PoolShown) Verify(want [32]byte, number uint32) bool {
	e := Entry{poolKey(number), s.Pool.value(s.Salt)}
	return s.Pool.Number() == number && number < PoolSpaces &&
		Verify(domain.Pools, want, e, Path{Index: number, Size: PoolSpaces, Siblings: s.Siblings})
}

// Equal reports whether s and x are the same.
func (s PoolShown) Equal(x PoolShown) bool {
	return s.Pool == x.Pool && s.Salt == x.Salt && slices.Equal(s.Siblings, x.Siblings)
}

// Write appends the encoding of s.
func (s PoolShown) Write(w *encoding.Writer) {
	s.Pool.Write(w)
	w.Fixed(s.Salt[:])
	for i := range poolSiblings {
		var node [32]byte
		if i < len(s.Siblings) {
			node = s.Siblings[i]
		}
		w.Fixed(node[:])
	}
}

// ReadPoolShown is the inverse of Write. It fails the reader (OUT_OF_RANGE) on
// a market that there can't be, and (NON_CANONICAL) on anything but zeros where
// a path has nothing. A salt of zeros shows nothing: then all is zero.
func ReadPoolShown(r *encoding.Reader) (s PoolShown) {
	s.Pool = ReadPool(r)
	r.Fixed(s.Salt[:])
	n := 0
	switch {
	case r.Err() != nil:
	case s.Pool.Market >= market.Max:
		r.Fail(rejection.New(rejection.OutOfRange, "market %d", s.Pool.Market))
	case s.Salt != [32]byte{}:
		n = siblings(s.Pool.Number(), PoolSpaces)
	}
	s.Siblings = readNodes(r, n, poolSiblings)
	return s
}
