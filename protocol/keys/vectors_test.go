package keys

import (
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

type keyVectors struct {
	Accounts []account     `json:"accounts"`
	Refused  []refusedText `json:"refused"`
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

type refusedText struct {
	Name    string `json:"name"`
	Text    string `json:"text"`
	Network string `json:"network"`
	Code    string `json:"code"`
}

func elementHex(e field.Element) vector.Hex {
	b := e.Bytes()
	return b[:]
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
	ask, self, scan := k.ask.Bytes(), v.SelfKey(), v.ScanKey()
	nf0 := field.FromUint64(7)
	alpha := Alpha([]byte{5})
	alphaBytes := alpha.Bytes()
	out := account{
		Phrase: words, Seed: phrase.Seed(), Index: index,
		ASK: ask[:], AK: pointHex(v.AK), NK: elementHex(v.NK), DK: elementHex(v.DK), OID: elementHex(v.OID()),
		SelfKey: self[:], ScanKey: scan[:],
		ViewingKey: v.Format(Main), ProverKey: v.ProverKey.Format(Main),
		OutputR: elementHex(v.OutputR(nf0, 1)), OrderSecret: elementHex(v.OrderSecret(nf0)),
		DepositR: elementHex(v.DepositR(3)), ReturnR: elementHex(v.ReturnR(nf0)),
		DummyRho: elementHex(v.DummyRho(nf0, 1)),
		Alpha:    alphaBytes[:], RK: pointHex(v.Randomize(alpha)),
	}
	for i := range uint32(2) {
		a := v.Address(i)
		g := DiversifiedBase(a.D)
		out.Addresses = append(out.Addresses, address{
			Index: i, Diversifier: a.D[:], Base: g[:], PKd: elementHex(a.PKd), PKD: a.PKD[:],
			Main: a.Format(Main), Test: a.Format(Test), Development: a.Format(Development),
			Owner: elementHex(Owner(a.PKd, v.OutputR(nf0, 1))),
		})
	}
	return out
}

func TestVectors(t *testing.T) {
	v := keyVectors{Accounts: []account{
		accountVector(t, zeroWords, 0),
		accountVector(t, zeroWords, 1),
		accountVector(t, bip39Published[len(bip39Published)-1].words, 0),
	}}
	for _, r := range addressRefusals() {
		v.Refused = append(v.Refused, refusedText{r.name, r.text, string(r.network), r.code.Name()})
	}
	vector.Check(t, "keys", v)
}
