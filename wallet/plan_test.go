package wallet

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

// plans returns one plan of each kind and the wallet's spending key.
func plans(t testing.TB) (map[Kind]*Plan, keys.SpendingKey) {
	w, seller, _ := book(t)
	o := w.place(seller, terms(order.Sell, 300, 100))
	out := map[Kind]*Plan{}
	for _, plan := range []func() (*Plan, error){
		func() (*Plan, error) { return seller.PlanTransfer(coin, 5, account("x").Viewing().Address(0)) },
		func() (*Plan, error) { return seller.PlanOrder(terms(order.Sell, 300, 100), order.Handling{}) },
		func() (*Plan, error) { return seller.PlanCancel(o) },
		func() (*Plan, error) {
			return seller.PlanReplace(o, terms(order.Sell, 310, 100), order.Handling{Until: 1 << 40})
		},
		func() (*Plan, error) { return seller.PlanWithdraw(coin, 5, recipient(t), nil) },
		func() (*Plan, error) { return seller.PlanPull(o) },
	} {
		p, err := plan()
		if err != nil {
			t.Fatal(err)
		}
		out[p.Kind] = p
	}
	return out, account("seller")
}

// TestElsewhere takes a plan through files: planned with the viewing key,
// proven with the prover key, signed with the phrase, each on a machine of its
// own, in either order.
func TestElsewhere(t *testing.T) {
	all, key := plans(t)
	for kind, p := range all {
		pass := func(p *Plan) *Plan {
			b, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			q, err := DecodePlan(b)
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			again, err := json.Marshal(q)
			if err != nil || string(again) != string(b) {
				t.Fatalf("%s: not the same file again (%v)", kind, err)
			}
			return q
		}
		proven := pass(p)
		if err := proven.Prove(new(checking), key.Viewing().ProverKey); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		signed := pass(p)
		if err := signed.Sign(key, nil); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		a, b := pass(proven), pass(signed)
		if a.Ready() || b.Ready() {
			t.Fatal("half a plan is ready")
		}
		if err := a.Sign(key, nil); err != nil {
			t.Fatal(err)
		}
		if err := b.Prove(new(checking), key.Viewing().ProverKey); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(a.Action.Encode(), b.Action.Encode()); d != "" || !a.Ready() {
			t.Errorf("%s: the order of proving and signing matters", kind)
		}
		if err := a.Action.VerifySignature(a.ChainID); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestSignerIsNotBlind changes one thing at a time behind the signer's back.
func TestSignerIsNotBlind(t *testing.T) {
	one := field.FromUint64(1)
	for name, c := range map[string]struct {
		of   Kind
		edit func(*Plan)
	}{
		"another's key": {TransferPlan, func(p *Plan) { p.Alpha[0] ^= 1 }},
		"payee": {TransferPlan, func(p *Plan) {
			p.Payee = account("thief").Viewing().Address(0)
			p.Outputs[0].D = p.Payee.D
		}},
		"commitment": {OrderPlan, func(p *Plan) { p.Action.Commitments[1] = one }},
		"nullifier":  {CancelPlan, func(p *Plan) { p.Action.Nullifiers[2] = one }},
		"ciphertext": {ReplacePlan, func(p *Plan) { p.Action.Sealed.CT[2][7] ^= 1 }},
		"return":     {WithdrawPlan, func(p *Plan) { p.Action.Out.Return = one }},
		"value":      {PullPlan, func(p *Plan) { p.Outputs[0].Value++ }},
		"amount out": {WithdrawPlan, func(p *Plan) { p.Action.Out.Amount++ }},
		"fee":        {TransferPlan, func(p *Plan) { p.Action.Fee-- }},
		"kind":       {OrderPlan, func(p *Plan) { p.Kind = TransferPlan }},

		"handling":          {OrderPlan, func(p *Plan) { p.Outputs[0].Handling.Pool = order.Natural }},
		"handling of next":  {ReplacePlan, func(p *Plan) { p.Outputs[0].Handling.Until = 0 }},
		"instruction":       {OrderPlan, func(p *Plan) { p.Action.Instruction[1100] ^= 1 }},
		"epoch":             {OrderPlan, func(p *Plan) { p.Action.Epoch++ }},
		"what it is for":    {PullPlan, func(p *Plan) { p.Kind = HeartbeatPlan }},
		"entropy":           {PullPlan, func(p *Plan) { p.Entropy[3] ^= 1 }},
		"another's command": {PullPlan, func(p *Plan) { p.Action.Instruction = seal.Instruction{} }},
	} {
		all, key := plans(t)
		p := all[c.of]
		c.edit(p)
		if err := p.Sign(key, nil); !errors.Is(err, rejection.BadPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
	all, _ := plans(t)
	want(t, all[CancelPlan].Sign(account("stranger"), nil), rejection.BadPlan)
}

func TestDecodePlanRefusals(t *testing.T) {
	all, _ := plans(t)
	b, err := json.Marshal(all[OrderPlan])
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	for _, c := range []struct {
		text string
		code rejection.Code
	}{
		{"", rejection.BadPlan},
		{"{}", rejection.UnknownVersion},
		{good[:len(good)-1], rejection.BadPlan},
		{good + "{}", rejection.BadPlan},
		{strings.Replace(good, `"kind"`, `"sort"`, 1), rejection.BadPlan},
		{strings.Replace(good, `"nightjar_plan":2`, `"nightjar_plan":1`, 1), rejection.UnknownVersion},
		{strings.Replace(good, `"body":"`, `"body":"00`, 1), rejection.BadPlan},
		{strings.Replace(good, `"body":"0`, `"body":"G`, 1), rejection.BadPlan},
	} {
		_, err := DecodePlan([]byte(c.text))
		want(t, err, c.code)
	}
}

func FuzzDecodePlan(f *testing.F) {
	all, _ := plans(f)
	for _, p := range all {
		b, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	view := account("seller").Viewing()
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePlan(b)
		if err != nil {
			return
		}
		if _, err := json.Marshal(p); err != nil {
			t.Fatal(err)
		}
		p.Check(view) // must not panic
	})
}
