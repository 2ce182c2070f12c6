package keys

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// keyVectors is spec/vectors/keys.json.
type keyVectors struct {
	Accounts         []account        `json:"accounts"`
	Phrases          []typedPhrase    `json:"phrases"`
	Refused          []refusedText    `json:"refused"`
	RefusedAddresses []vector.Refusal `json:"refused_addresses"` // bytes
	RefusedPhrases   []refusedPhrase  `json:"refused_phrases"`
}

// account is everything an account derives, for one phrase and number.
type account struct {
	Phrase     string     `json:"phrase"`
	Seed       vector.Hex `json:"seed"`
	Index      uint32     `json:"index"`
	ASK        vector.Hex `json:"ask"`
	AK         vector.Hex `json:"ak"`
	NK         vector.Hex `json:"nk"`
	DK         vector.Hex `json:"dk"`
	OID        vector.Hex `json:"oid"`
	SelfKey    vector.Hex `json:"self_key"`
	ScanKey    vector.Hex `json:"scan_key"`
	ViewingKey string     `json:"viewing_key"`
	ProverKey  string     `json:"prover_key"`
	Addresses  []address  `json:"addresses"`

	// Derived from nf_0 = 7 (and slot 1), deposit number 3, alpha entropy 0x05.
	OutputR     vector.Hex `json:"r_1"`
	OrderSecret vector.Hex `json:"s"`
	DepositR    vector.Hex `json:"r_deposit_3"`
	LastR       vector.Hex `json:"r_deposit_last"` // of deposit 2^64 − 1
	ReturnR     vector.Hex `json:"r_return"`
	DummyRho    vector.Hex `json:"rho_dummy_1"`
	Alpha       vector.Hex `json:"alpha"`
	RK          vector.Hex `json:"rk"`
}

type address struct {
	Index       uint32     `json:"index"`
	Diversifier vector.Hex `json:"d"`
	Base        vector.Hex `json:"g_d"`
	PKd         vector.Hex `json:"pk_d"`
	PKD         vector.Hex `json:"PK_d"`
	Main        string     `json:"main"`
	Test        string     `json:"test"`
	Development string     `json:"development"`
	Owner       vector.Hex `json:"c_of_r_1"`
}

// typedPhrase is what a person may type, and the phrase that it is.
type typedPhrase struct {
	Typed  string     `json:"typed"`
	Phrase string     `json:"phrase"`
	Seed   vector.Hex `json:"seed"`
}

type refusedText struct {
	Kind    string  `json:"kind"`
	Name    string  `json:"name"`
	Text    string  `json:"text"`
	Network Network `json:"network"`
	Code    string  `json:"code"`
}

type refusedPhrase struct {
	Name  string `json:"name"`
	Typed string `json:"typed"`
	Code  string `json:"code"`
}

func pointHex(p jubjub.Point) vector.Hex {
	b := jubjub.Encode(p)
	return b[:]
}

func accountVector(t *testing.T, words string, index uint32) account {
	t.Helper()
	phrase, err := ParsePhrase(words)
	if err != nil {
		t.Fatal(err)
	}
	k := Derive(phrase.Seed(), index)
	v := k.Viewing()
	self, scan := v.SelfKey(), v.ScanKey()
	nf0 := field.FromUint64(7)
	alpha := Alpha([]byte{5})
	out := account{
		Phrase: words, Seed: phrase.Seed(), Index: index,
		ASK: vector.Encode(k.ask), AK: pointHex(v.AK), NK: vector.Encode(v.NK), DK: vector.Encode(v.DK), OID: vector.Encode(v.OID()),
		SelfKey: self[:], ScanKey: scan[:],
		ViewingKey: v.Format(Main), ProverKey: v.ProverKey.Format(Main),
		OutputR: vector.Encode(v.OutputR(nf0, 1)), OrderSecret: vector.Encode(v.OrderSecret(nf0)),
		DepositR: vector.Encode(v.DepositR(3)), LastR: vector.Encode(v.DepositR(1<<64 - 1)), ReturnR: vector.Encode(v.ReturnR(nf0)),
		DummyRho: vector.Encode(v.DummyRho(nf0, 1)),
		Alpha:    vector.Encode(alpha), RK: pointHex(v.Randomize(alpha)),
	}
	for _, i := range []uint32{0, 1, 1<<32 - 1} {
		a := v.Address(i)
		g := DiversifiedBase(a.D)
		out.Addresses = append(out.Addresses, address{
			Index: i, Diversifier: a.D[:], Base: g[:], PKd: vector.Encode(a.PKd), PKD: a.PKD[:],
			Main: a.Format(Main), Test: a.Format(Test), Development: a.Format(Development),
			Owner: vector.Encode(Owner(a.PKd, v.OutputR(nf0, 1))),
		})
	}
	return out
}

func TestVectors(t *testing.T) {
	file := vector.Read[keyVectors](t, "keys")
	for _, want := range file.Accounts {
		if diff := cmp.Diff(want, accountVector(t, want.Phrase, want.Index)); diff != "" {
			t.Errorf("account %d of %q (-file +test):\n%s", want.Index, want.Phrase, diff)
		}
		k := Derive(want.Seed, want.Index).Viewing()
		if got, err := ParseViewingKey(want.ViewingKey, Main); err != nil || got != k {
			t.Errorf("viewing key: %v", err)
		}
		if got, err := ParseProverKey(want.ProverKey, Main); err != nil || got != k.ProverKey {
			t.Errorf("prover key: %v", err)
		}
		for _, a := range want.Addresses {
			for network, text := range map[Network]string{Main: a.Main, Test: a.Test, Development: a.Development} {
				if got, err := ParseAddress(text, network); err != nil || got != k.Address(a.Index) {
					t.Errorf("address %d: %v", a.Index, err)
				}
			}
		}
	}
	for _, v := range file.Phrases {
		p, err := ParsePhrase(v.Typed)
		if err != nil || p.Words() != v.Phrase || !bytes.Equal(p.Seed(), v.Seed) {
			t.Errorf("%q: %v", v.Typed, err)
		}
	}
	for _, v := range file.Refused {
		vector.Refused(t, v.Kind+", "+v.Name, parse(v), v.Code)
	}
	for _, v := range file.RefusedAddresses {
		r := encoding.NewReader(v.Bytes)
		ReadAddress(r)
		vector.Refused(t, v.Name, r.Done(), v.Code)
	}
	for _, v := range file.RefusedPhrases {
		_, err := ParsePhrase(v.Typed)
		vector.Refused(t, v.Name, err, v.Code)
	}
}

func parse(v refusedText) (err error) {
	switch v.Kind {
	case "address":
		_, err = ParseAddress(v.Text, v.Network)
	case "viewing key":
		_, err = ParseViewingKey(v.Text, v.Network)
	case "prover key":
		_, err = ParseProverKey(v.Text, v.Network)
	}
	return err
}
