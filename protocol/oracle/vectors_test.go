package oracle

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/quorum"
)

const chain = "test-1"

func sample() *Commit {
	return &Commit{Height: 7, Round: 3, Votes: []Vote{
		{Validator: quorum.Key{1}, Prices: []Price{{5, 31490, 31510}, {9, 1<<63 + 1, 1<<63 + 1}}, Signature: [64]byte{8}},
		{Validator: quorum.Key{2}},
	}}
}

// oracleVectors is spec/vectors/oracle.json. The commit named "commit" has a
// vote with each of the extensions, validly signed at Height and Round.
type oracleVectors struct {
	Chain      string            `json:"chain"`
	Height     uint64            `json:"height"`
	Round      uint32            `json:"round"`
	Validators []vector.Hex      `json:"validators"`
	Commits    []commitVector    `json:"commits"`
	Extensions []extensionVector `json:"extensions"`
	SignBytes  []signVector      `json:"signBytes"`
	Refused    []vector.Mutation `json:"refused"`
	Foreign    []vector.Refusal  `json:"refusedExtensions"`
}

type commitVector struct {
	Name  string     `json:"name"`
	Bytes vector.Hex `json:"bytes"`
}

type extensionVector struct {
	Prices []priceVector `json:"prices"`
	Bytes  vector.Hex    `json:"bytes"`
}

type priceVector struct {
	Market uint32 `json:"market"`
	Bid    uint64 `json:"bid"`
	Ask    uint64 `json:"ask"`
}

type signVector struct {
	Height    uint64     `json:"height"`
	Round     uint32     `json:"round"`
	Extension vector.Hex `json:"extension"`
	Bytes     vector.Hex `json:"bytes"`
}

func TestVectors(t *testing.T) {
	v := vector.Read[oracleVectors](t, "oracle")
	encoded := map[string]vector.Hex{}
	commits := map[string]*Commit{}
	for _, c := range v.Commits {
		got, err := DecodeCommit(c.Bytes)
		if err != nil || !bytes.Equal(got.Encode(), c.Bytes) {
			t.Fatalf("%s: %v", c.Name, err)
		}
		encoded[c.Name], commits[c.Name] = c.Bytes, got
	}
	want := &Commit{Height: v.Height, Round: v.Round}
	for i, e := range v.Extensions {
		var prices []Price
		for _, p := range e.Prices {
			prices = append(prices, Price(p))
		}
		got, err := DecodeExtension(e.Bytes)
		if d := cmp.Diff(prices, got); err != nil || d != "" || !bytes.Equal(Extension(prices), e.Bytes) {
			t.Errorf("extension %d: %v %s", i, err, d)
		}
		want.Votes = append(want.Votes, Vote{Validator: quorum.Key(v.Validators[i]), Prices: prices})
	}
	for i, vote := range commits["commit"].Votes {
		if !quorum.Verify(vote.Validator, vote.SignBytes(v.Chain, v.Height, v.Round), vote.Signature) {
			t.Errorf("signature of vote %d", i)
		}
		want.Votes[i].Signature = vote.Signature
	}
	if d := cmp.Diff(want, commits["commit"]); d != "" {
		t.Error(d)
	}
	for _, s := range v.SignBytes {
		prices, err := DecodeExtension(s.Extension)
		if err != nil {
			t.Fatal(err)
		}
		vote := Vote{Prices: prices}
		if got := vote.SignBytes(v.Chain, s.Height, s.Round); !bytes.Equal(got, s.Bytes) {
			t.Errorf("height %d, round %d: %x", s.Height, s.Round, got)
		}
	}
	for _, m := range v.Refused {
		_, err := DecodeCommit(m.Apply(encoded[m.Of]))
		vector.Refused(t, m.Of+": "+m.Name, err, m.Code)
	}
	for _, r := range v.Foreign {
		_, err := DecodeExtension(r.Bytes)
		vector.Refused(t, r.Name, err, r.Code)
	}
}

// The bytes that CometBFT v0.40.0's types.VoteExtensionSignBytes gives for the
// extension, recorded.
func TestSignBytesAreTheEngines(t *testing.T) {
	const recorded = "\x56\x0a\x43\x00\x17nightjar/oracle-vote/v2\x00\x02" +
		"\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x7b\x02\x00\x00\x00\x00\x00\x00\x7b\x16" +
		"\x00\x00\x00\x09\x80\x00\x00\x00\x00\x00\x00\x01\x80\x00\x00\x00\x00\x00\x00\x01" +
		"\x11\x07\x00\x00\x00\x00\x00\x00\x00\x22\x06test-1"
	v := sample().Votes[0]
	if got := v.SignBytes(chain, 7, 0); string(got) != recorded {
		t.Errorf("%x", got)
	}
	const later = "\x11\x00\x00\x00\x00\x00\x01\x00\x00\x19\x03\x00\x00\x00\x00\x00\x00\x00\x22\x06test-1"
	if got := v.SignBytes(chain, 1<<40, 3); !bytes.HasSuffix(got, []byte(later)) || got[0] != 0x5f {
		t.Errorf("%x", got)
	}
}
