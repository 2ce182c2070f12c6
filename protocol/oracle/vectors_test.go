package oracle

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

const chain = "test-1"

func sample() *Commit {
	return &Commit{Height: 7, Round: 3, Votes: []Vote{
		{Validator: quorum.Key{1}, Prices: []Price{{5, 31500}, {9, 1<<63 + 1}}, Signature: [64]byte{8}},
		{Validator: quorum.Key{2}},
	}}
}

// oracleVectors is spec/vectors/oracle.json.
type oracleVectors struct {
	Chain     string            `json:"chain"`
	Bytes     vector.Hex        `json:"bytes"`
	Extension vector.Hex        `json:"extension"` // of vote 0
	Sign      []signVector      `json:"signBytes"` // of vote 0, as CometBFT v0.40.0 makes them
	Refused   []vector.Mutation `json:"refused"`
	Foreign   []vector.Refusal  `json:"refusedExtensions"`
}

type signVector struct {
	Height uint64     `json:"height"`
	Round  uint32     `json:"round"`
	Bytes  vector.Hex `json:"bytes"`
}

func TestVectors(t *testing.T) {
	c := sample()
	first := c.Votes[0]
	ext := Extension(first.Prices)
	v := oracleVectors{Chain: chain, Bytes: c.Encode(), Extension: ext}
	for _, s := range []signVector{{Height: 7}, {Height: 1 << 40, Round: 3}} {
		s.Bytes = first.SignBytes(chain, s.Height, s.Round)
		v.Sign = append(v.Sign, s)
	}
	add := func(name string, code rejection.Code, offset int, with ...byte) {
		v.Refused = append(v.Refused, vector.Mutation{Name: name, Of: "commit", Offset: offset, With: with, Code: code.Name()})
	}
	v.Refused = append(v.Refused,
		vector.Mutation{Name: "the last byte missing", Of: "commit", Cut: 1, Code: rejection.Truncated.Name()},
		vector.Mutation{Name: "one byte more", Of: "commit", Append: vector.Hex{0}, Code: rejection.TrailingBytes.Name()})
	const votes, prices = 16, 16 + 32
	add("another kind", rejection.UnknownKind, 0, 1)
	add("a later version", rejection.UnknownVersion, 1, 2)
	add("too many votes", rejection.Oversized, 14, 1, 1)
	add("too many prices", rejection.Oversized, prices, 2, 218)
	add("a market given twice", rejection.BadOracleVote, prices+2+12+3, 5)
	add("markets in descending order", rejection.BadOracleVote, prices+2+12+3, 4)
	add("a price of 0", rejection.BadOracleVote, prices+2+4, 0, 0, 0, 0, 0, 0, 0, 0)
	add("validators in descending order", rejection.NonCanonical, votes, 3)
	foreign := bytes.Clone(ext)
	foreign[4] ^= 1
	for _, r := range []struct {
		name  string
		bytes []byte
		code  rejection.Code
	}{
		{"nothing", nil, rejection.Truncated},
		{"another context", foreign, rejection.BadOracleVote},
		{"a long context", []byte{0xff, 0xff}, rejection.Oversized},
		{"one byte more", append(bytes.Clone(ext), 0), rejection.TrailingBytes},
	} {
		v.Foreign = append(v.Foreign, vector.Refusal{Name: r.name, Bytes: r.bytes, Code: r.code.Name()})
	}

	file := vector.Check(t, "oracle", v)
	got, err := DecodeCommit(file.Bytes)
	if err != nil || !bytes.Equal(got.Encode(), file.Bytes) {
		t.Fatal(err)
	}
	read, err := DecodeExtension(file.Extension)
	if d := cmp.Diff(first.Prices, read); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
	check := func(name, code string, err error) {
		var got *rejection.Rejection
		if !errors.As(err, &got) || got.Code.Name() != code {
			t.Errorf("%s: got %v, want %s", name, err, code)
		}
	}
	for _, m := range file.Refused {
		_, err := DecodeCommit(m.Apply(file.Bytes))
		check(m.Name, m.Code, err)
	}
	for _, r := range file.Foreign {
		_, err := DecodeExtension(r.Bytes)
		check(r.Name, r.Code, err)
	}
}

// The bytes that CometBFT v0.40.0's types.VoteExtensionSignBytes gives for the
// extension, recorded.
func TestSignBytesAreTheEngines(t *testing.T) {
	const recorded = "\x46\x0a\x33\x00\x17nightjar/oracle-vote/v1\x00\x02\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x7b\x0c" +
		"\x00\x00\x00\x09\x80\x00\x00\x00\x00\x00\x00\x01\x11\x07\x00\x00\x00\x00\x00\x00\x00\x22\x06test-1"
	v := sample().Votes[0]
	if got := v.SignBytes(chain, 7, 0); string(got) != recorded {
		t.Errorf("%x", got)
	}
	const later = "\x11\x00\x00\x00\x00\x00\x01\x00\x00\x19\x03\x00\x00\x00\x00\x00\x00\x00\x22\x06test-1"
	if got := v.SignBytes(chain, 1<<40, 3); !bytes.HasSuffix(got, []byte(later)) || got[0] != 0x4f {
		t.Errorf("%x", got)
	}
}
