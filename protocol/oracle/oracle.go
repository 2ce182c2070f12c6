package oracle

import (
	"bytes"
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Kind and Version are the first two bytes of an encoded commit.
const (
	Kind    = 10
	Version = 2
)

// MaxVotes bounds the votes of one commit.
const MaxVotes = 256

// Price is one validator's quote of one market: what is bid and asked where
// that validator looks, in quote hub units per lot, 0 < Bid ≤ Ask.
type Price struct {
	Market uint32
	Bid    uint64
	Ask    uint64
}

// Vote is one validator's vote extension.
type Vote struct {
	Validator quorum.Key // its consensus key
	Prices    []Price    // strictly ascending by market
	Signature [64]byte   // of the consensus engine, over SignBytes
}

// Commit is the extended commit of block Height, carried by block Height+1.
type Commit struct {
	Height uint64
	Round  uint32
	Votes  []Vote // strictly ascending by validator
}

func writePrices(w *encoding.Writer, prices []Price) {
	w.U16(uint16(len(prices)))
	for _, p := range prices {
		w.U32(p.Market)
		w.U64(p.Bid)
		w.U64(p.Ask)
	}
}

func readPrices(r *encoding.Reader) []Price {
	n := r.Count(market.Max)
	var out []Price
	for i := 0; i < n && r.Err() == nil; i++ {
		p := Price{Market: r.U32(), Bid: r.U64(), Ask: r.U64()}
		switch {
		case r.Err() != nil:
		case i > 0 && out[i-1].Market >= p.Market:
			r.Fail(rejection.New(rejection.BadOracleVote, "markets are not strictly ascending"))
		case p.Bid == 0:
			r.Fail(rejection.New(rejection.BadOracleVote, "a bid is 0"))
		case p.Bid > p.Ask:
			r.Fail(rejection.New(rejection.BadOracleVote, "a bid is above its ask"))
		}
		out = append(out, p)
	}
	return out
}

// Extension returns the vote extension that says prices.
func Extension(prices []Price) []byte {
	w := encoding.NewWriter(64 + 20*len(prices))
	w.Var([]byte(domain.OracleVote))
	writePrices(w, prices)
	return w.Bytes()
}

// DecodeExtension is the inverse of Extension.
func DecodeExtension(b []byte) ([]Price, error) {
	r := encoding.NewReader(b)
	if ctx := r.Var(len(domain.OracleVote)); r.Err() == nil && string(ctx) != string(domain.OracleVote) {
		return nil, rejection.New(rejection.BadOracleVote, "not an oracle vote")
	}
	prices := readPrices(r)
	return prices, r.Done()
}

// SignBytes is what the consensus engine signs for a vote extension: the
// length-delimited protobuf CanonicalVoteExtension{1: extension, 2: height
// (sfixed64), 3: round (sfixed64), 4: chain id}. Zero fields are left out, as
// protobuf does; a height is never zero.
func (v *Vote) SignBytes(chainID string, height uint64, round uint32) []byte {
	const bytesField, fixed64 = 2, 1
	var b []byte
	ext := Extension(v.Prices)
	b = append(b, 1<<3|bytesField)
	b = binary.AppendUvarint(b, uint64(len(ext)))
	b = append(b, ext...)
	b = append(b, 2<<3|fixed64)
	b = binary.LittleEndian.AppendUint64(b, height)
	if round != 0 {
		b = append(b, 3<<3|fixed64)
		b = binary.LittleEndian.AppendUint64(b, uint64(round))
	}
	b = append(b, 4<<3|bytesField)
	b = binary.AppendUvarint(b, uint64(len(chainID)))
	b = append(b, chainID...)
	return append(binary.AppendUvarint(nil, uint64(len(b))), b...)
}

// Encode returns the canonical bytes.
func (c *Commit) Encode() []byte {
	w := encoding.NewWriter(64 + 160*len(c.Votes))
	w.U8(Kind)
	w.U8(Version)
	w.U64(c.Height)
	w.U32(c.Round)
	w.U16(uint16(len(c.Votes)))
	for _, v := range c.Votes {
		w.Fixed(v.Validator[:])
		writePrices(w, v.Prices)
		w.Fixed(v.Signature[:])
	}
	return w.Bytes()
}

// DecodeCommit is the inverse of Encode.
func DecodeCommit(b []byte) (*Commit, error) {
	r := encoding.NewReader(b)
	if k := r.U8(); r.Err() == nil && k != Kind {
		return nil, rejection.New(rejection.UnknownKind, "kind %d is not an oracle commit", k)
	}
	if v := r.U8(); r.Err() == nil && v != Version {
		return nil, rejection.New(rejection.UnknownVersion, "oracle commit version %d", v)
	}
	c := &Commit{Height: r.U64(), Round: r.U32()}
	n := r.Count(MaxVotes)
	for i := 0; i < n && r.Err() == nil; i++ {
		var v Vote
		r.Fixed(v.Validator[:])
		v.Prices = readPrices(r)
		r.Fixed(v.Signature[:])
		if i > 0 && bytes.Compare(c.Votes[i-1].Validator[:], v.Validator[:]) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "votes are not in ascending order of validator"))
		}
		c.Votes = append(c.Votes, v)
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	return c, nil
}
