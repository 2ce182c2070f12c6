package kusama

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/vault"
)

// The recorded runtime's existential deposit and what its pallet-multisig keeps
// of the first of two approvers.
const (
	existential = 10_000_000_000
	kept        = 1_007_600_000_000
)

// funded is a chain in whose newest final block custody has 1,000,000 more than
// it has to keep, and the first signer enough for anything, at nonce 5.
func fundedChain(t *testing.T) (*generated, vault.Job) {
	g := newGenerated(t, false)
	g.account(g.custody, 0, existential+1_000_000)
	g.account(vault.Account(g.signers.Keys[0]), 5, 10*kept)
	j := payout()
	j.Generation, j.Custody, j.From = g.signers, g.custody, g.custody
	j.Amount = amount.WideOf(1_000_000)
	return g, j
}

// order makes the newest block final and asks for an attempt.
func (g *generated) order(a *Adapter, j vault.Job, form vault.Form) (vault.Order, vault.Attempt, vault.Deferral, error) {
	g.Helper()
	g.blocks(1)
	g.finalise()
	at, err := a.Head(g.Context())
	if err != nil {
		g.Fatal(err)
	}
	o := vault.Order{Job: j, Number: 3, Form: form, At: at, Period: vault.JoinPeriod}
	attempt, why, err := a.Prepare(g.Context(), o)
	return o, attempt, why, err
}

// signed decodes an attempt's extrinsic and returns its call as text.
func signed(t *testing.T, a *Adapter, attempt vault.Attempt) string {
	t.Helper()
	m := a.codec.runtime.Metadata()
	// compact length (2 or 4 bytes), 0x84, address, kind and signature, era,
	// nonce and tip, then the call.
	for skip := range 8 {
		head := skip + 1 + 33 + 65 + 2 + 1 + 1
		if head >= len(attempt.Extrinsic) {
			break
		}
		if v, err := m.Registry.Read(m.Extrinsic.Call, attempt.Extrinsic[head:]); err == nil {
			return tell(v)
		}
	}
	t.Fatal("no call in the extrinsic")
	return ""
}

// TestReserve: what is demanded is what the runtime keeps.
func TestReserve(t *testing.T) {
	if got, err := reserve(recordedMetadata(t), 2); err != nil || got != amount.WideOf(kept) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := (holding{}).minimum(recordedMetadata(t), chain.Value{}); err != nil || got != amount.WideOf(existential) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestPrepare: what each form signs, in which order the signatories stand, and
// what the attempt says of itself.
func TestPrepare(t *testing.T) {
	g, j := fundedChain(t)
	a := g.open()
	call, err := a.Call(j)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		form vault.Form
		want string
	}{
		{vault.Open, "approve_as_multi"},
		{vault.Join, "as_multi"},
	} {
		if test.form == vault.Join {
			g.approvals(call, account.ID(g.signers.Keys[1]))
		}
		o, attempt, why, err := g.order(a, j, test.form)
		if why != 0 || err != nil {
			t.Fatalf("form %d: deferred %d, %v", test.form, why, err)
		}
		if attempt.JobID != j.JobID || attempt.Number != 3 || attempt.Form != test.form || attempt.Nonce != 5 || attempt.Call != call ||
			attempt.Birth != o.At.Number || attempt.Until != o.At.Number+vault.JoinPeriod-1 || attempt.Hash != hashOf(attempt.Extrinsic) {
			t.Errorf("form %d: %+v", test.form, attempt)
		}
		v := signed(t, a, attempt)

		if want := "Multisig(" + test.want + "("; len(v) < len(want) || v[:len(want)] != want {
			t.Errorf("form %d signs %s", test.form, v)
		}
		again, why, err := a.Prepare(t.Context(), o)
		if why != 0 || err != nil || !slices.Equal(again.Extrinsic, attempt.Extrinsic) {
			t.Errorf("form %d: the same order gives something else, %d, %v", test.form, why, err)
		}
	}

	anchor := vault.Job{JobID: vault.JobID{Kind: vault.Anchor}, Remark: []byte{1, 2, 3}}
	_, attempt, why, err := g.order(a, anchor, vault.Plain)
	if why != 0 || err != nil || attempt.Call != [32]byte{} {
		t.Fatalf("an anchor: deferred %d, %v", why, err)
	}
	if v := signed(t, a, attempt); v != "Utility(batch_all([System(remark_with_event(010203))]))" {
		t.Errorf("an anchor signs %s", v)
	}
}

// TestPrepareWaits: whatever the chain is not ready for is not signed, with the
// reason; each beside the same order that is.
func TestPrepareWaits(t *testing.T) {
	self := func(g *generated) vault.Account { return vault.Account(g.signers.Keys[0]) }
	other := func(g *generated, i int) account.ID { return account.ID(g.signers.Keys[i]) }
	for name, test := range map[string]struct {
		form  vault.Form
		spoil func(g *generated, j *vault.Job, call [32]byte)
		why   vault.Deferral
		code  rejection.Code
	}{
		"open: somebody was first": {vault.Open, func(g *generated, _ *vault.Job, call [32]byte) {
			g.approvals(call, other(g, 1))
		}, vault.DeferState, rejection.NothingToDo},
		"join: nobody was": {vault.Join, func(*generated, *vault.Job, [32]byte) {}, vault.DeferState, rejection.NothingToDo},
		"join: the own approval stands": {vault.Join, func(g *generated, _ *vault.Job, call [32]byte) {
			g.approvals(call, other(g, 0))
		}, vault.DeferState, rejection.NothingToDo},
		"a fee above the limit": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.node.fee.Amount = amount.WideOf(1_000_001)
		}, vault.DeferFee, rejection.FeeSpike},
		"a fee of more than 64 bits": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.node.fee.Amount = amount.Wide{Hi: 1}
		}, vault.DeferFee, rejection.FeeSpike},
		"a weight above the limit": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.node.fee = rpc.Fee{RefTime: ^uint64(0), ProofSize: 1, Amount: amount.WideOf(1)}
		}, vault.DeferFee, rejection.FeeSpike},
		"a size above the limit": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.node.fee = rpc.Fee{RefTime: 1, ProofSize: ^uint64(0), Amount: amount.WideOf(1)}
		}, vault.DeferFee, rejection.FeeSpike},
		"one unit too little in custody": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.account(g.custody, 0, existential+999_999)
		}, vault.DeferFunds, rejection.FundsMissing},
		"one unit frozen in custody": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.accountOf(g.custody, 0, existential+1_000_000, 0, 1)
		}, vault.DeferFunds, rejection.FundsMissing},
		"one unit frozen of the own": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.accountOf(self(g), 5, existential+kept+1000, 0, 1)
		}, vault.DeferFunds, rejection.FundsMissing},
		"what is reserved can't be paid": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.accountOf(g.custody, 0, existential+999_999, 1, 0)
		}, vault.DeferFunds, rejection.FundsMissing},
		"more than anybody can have": {vault.Open, func(g *generated, j *vault.Job, _ [32]byte) {
			j.Amount.Hi = ^uint64(0)
		}, vault.DeferFunds, rejection.FundsMissing},
		"no own account": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.chain.Delete(storage.Account(self(g)))
		}, vault.DeferFunds, rejection.FundsMissing},
		"the deposit is too much": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.account(self(g), 5, existential+kept+999)
		}, vault.DeferFunds, rejection.FundsMissing},
		"the runtime changed": {vault.Open, func(g *generated, _ *vault.Job, _ [32]byte) {
			g.runs("westend", 9321)
		}, vault.DeferRuntime, rejection.RuntimeChanged},
	} {
		t.Run(name, func(t *testing.T) {
			g, j := fundedChain(t)
			g.account(self(g), 5, existential+kept+1000) // exactly enough
			a := g.open()
			call, err := a.Call(j)
			if err != nil {
				t.Fatal(err)
			}
			if test.form == vault.Open {
				if _, _, why, err := g.order(a, j, test.form); why != 0 || err != nil {
					t.Fatalf("control: deferred %d, %v", why, err)
				}
			}
			test.spoil(g, &j, call)
			_, attempt, why, err := g.order(a, j, test.form)
			if why != test.why || !errors.Is(err, test.code) || len(attempt.Extrinsic) != 0 {
				t.Errorf("deferred %d, %v; want %d, %v", why, err, test.why, test.code)
			}
		})
	}
}

// TestReopened: an order to join means the opening that stood when it was given.
// One that was taken back and made anew since is not joined by it; the same one
// in a later block is.
func TestReopened(t *testing.T) {
	for _, anew := range []bool{false, true} {
		g, j := fundedChain(t)
		a := g.open()
		call, err := a.Call(j)
		if err != nil {
			t.Fatal(err)
		}
		g.approvals(call, account.ID(g.signers.Keys[1]))
		o, _, why, err := g.order(a, j, vault.Join)
		if why != 0 || err != nil {
			t.Fatalf("control: deferred %d, %v", why, err)
		}
		if anew {
			var w scale.Writer
			w.U32(4) // approvals has 3
			w.U32(1)
			w.U128(amount.WideOf(5))
			w.Fixed(g.signers.Keys[1][:])
			w.Count(1)
			w.Fixed(g.signers.Keys[1][:])
			g.chain.Set(storage.Multisig(g.custody, call), w.Bytes())
		}
		g.blocks(2)
		g.finalise()
		if _, err := a.Head(g.Context()); err != nil {
			t.Fatal(err)
		}
		attempt, why, err := a.Prepare(t.Context(), o)
		if !anew && (why != 0 || err != nil || len(attempt.Extrinsic) == 0) {
			t.Errorf("the same opening: deferred %d, %v", why, err)
		}
		if anew && (why != vault.DeferState || !errors.Is(err, rejection.NothingToDo) || len(attempt.Extrinsic) != 0) {
			t.Errorf("another opening: deferred %d, %v", why, err)
		}
	}
}

// TestPrepareSweep: a sweep takes whatever there is, and waits while there is
// nothing.
func TestPrepareSweep(t *testing.T) {
	g, j := fundedChain(t)
	a := g.open()
	owner := element(testOwner)
	j.Kind, j.Amount, j.To = vault.Sweep, amount.Wide{}, g.custody
	j.From, j.Owner = a.Deposit(g.custody, owner), &owner
	if _, _, why, err := g.order(a, j, vault.Open); why != vault.DeferFunds || !errors.Is(err, rejection.FundsMissing) {
		t.Errorf("nothing there: deferred %d, %v", why, err)
	}
	g.account(j.From, 0, 1)
	if _, _, why, err := g.order(a, j, vault.Open); why != 0 || err != nil {
		t.Errorf("one unit there: deferred %d, %v", why, err)
	}
}

// TestPrepareRefuses: orders that are none, and eras that are over.
func TestPrepareRefuses(t *testing.T) {
	g, j := fundedChain(t)
	a := g.open()
	o, _, why, err := g.order(a, j, vault.Open)
	if why != 0 || err != nil {
		t.Fatalf("control: deferred %d, %v", why, err)
	}
	anchor := vault.Job{JobID: vault.JobID{Kind: vault.Anchor}, Remark: []byte{1}}
	for name, test := range map[string]struct {
		change func(*vault.Order)
		code   rejection.Code
	}{
		"no form":                  {func(o *vault.Order) { o.Form = 0 }, rejection.BadCall},
		"a payout by itself":       {func(o *vault.Order) { o.Form = vault.Plain }, rejection.BadCall},
		"an anchor by the custody": {func(o *vault.Order) { o.Job = anchor }, rejection.BadCall},
		"no period":                {func(o *vault.Order) { o.Period = 0 }, rejection.BadEra},
		"no power of two":          {func(o *vault.Order) { o.Period = 63 }, rejection.BadEra},
		"past all numbers":         {func(o *vault.Order) { o.At.Number = 1 << 33 }, rejection.BadEra},
		"not the own generation":   {func(o *vault.Order) { o.Job.Generation.Keys = o.Job.Generation.Keys[1:] }, rejection.BadMultisig},
	} {
		bad := o
		test.change(&bad)
		if _, why, err := a.Prepare(t.Context(), bad); why != vault.DeferNode || !errors.Is(err, test.code) {
			t.Errorf("%s: deferred %d, %v; want %v", name, why, err, test.code)
		}
	}

	o.Period = extrinsic.MinPeriod
	g.blocks(extrinsic.MinPeriod - 2)
	g.finalise()
	if _, err := a.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, why, err := a.Prepare(t.Context(), o); why != 0 || err != nil {
		t.Errorf("one block before the era's end: deferred %d, %v", why, err)
	}
	g.blocks(1)
	g.finalise()
	if _, err := a.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, why, err := a.Prepare(t.Context(), o); why != vault.DeferNode || !errors.Is(err, rejection.BadEra) {
		t.Errorf("at the era's end: deferred %d, %v", why, err)
	}
}

// TestSubmit: a node's refusal is no error, its silence is one.
func TestSubmit(t *testing.T) {
	g, j := fundedChain(t)
	a := g.open()
	_, attempt, why, err := g.order(a, j, vault.Open)
	if why != 0 || err != nil {
		t.Fatalf("deferred %d, %v", why, err)
	}
	silent := errors.New("silent")
	for _, test := range []struct{ refuse, want error }{{nil, nil}, {&rpc.Refused{Method: "author_submitExtrinsic"}, nil}, {silent, silent}} {
		g.node.got, g.node.refuse = nil, test.refuse
		if err := a.Submit(t.Context(), attempt); !errors.Is(err, test.want) {
			t.Errorf("%v: %v", test.refuse, err)
		}
		if len(g.node.got) != 1 || !slices.Equal(g.node.got[0], attempt.Extrinsic) {
			t.Errorf("%v: the node got %d", test.refuse, len(g.node.got))
		}
	}
}

// TestSubmitElsewhere: a node that does not take an attempt is not the last one
// that is asked, and the first that does is.
func TestSubmitElsewhere(t *testing.T) {
	g, j := fundedChain(t)
	var nodes []*priced
	g.config.Nodes = nil
	for _, refuse := range []error{errors.New("silent"), &rpc.Refused{Method: "author_submitExtrinsic"}, nil, nil} {
		n := &priced{Client: g.node.Client, fee: g.node.fee, refuse: refuse}
		nodes, g.config.Nodes = append(nodes, n), append(g.config.Nodes, n)
	}
	a := g.open()
	_, attempt, why, err := g.order(a, j, vault.Open)
	if why != 0 || err != nil {
		t.Fatalf("deferred %d, %v", why, err)
	}
	if err := a.Submit(t.Context(), attempt); err != nil {
		t.Error(err)
	}
	for i, want := range []int{1, 1, 1, 0} {
		if len(nodes[i].got) != want {
			t.Errorf("node %d got %d", i, len(nodes[i].got))
		}
	}
}

// TestConcurrent: methods may be called at once, also the first time that they
// need the runtime's metadata.
func TestConcurrent(t *testing.T) {
	g, j := fundedChain(t)
	g.play(g.deposit(500))
	g.finalise()
	a := g.open()
	at, err := a.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if scans, err := g.all(a); err != nil || g.credited(scans) != 500 {
				t.Errorf("credited %d, %v", g.credited(scans), err)
			}
		})
		all.Go(func() {
			if _, err := a.Balance(t.Context(), nativeExternal, g.custody, at); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			o := vault.Order{Job: j, Number: 1, Form: vault.Open, At: at, Period: vault.OpenPeriod}
			if _, why, err := a.Prepare(t.Context(), o); why != 0 || err != nil {
				t.Errorf("deferred %d, %v", why, err)
			}
		})
	}
	all.Wait()
}

// TestBalance: what an account has in a named block, free and reserved.
func TestBalance(t *testing.T) {
	g, _ := fundedChain(t)
	a := g.open()
	g.blocks(1)
	g.finalise()
	before, err := a.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g.accountOf(g.custody, 0, 70, 7, 60)
	g.blocks(1)
	g.finalise()
	after, err := a.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[vault.Cursor]uint64{before: existential + 1_000_000, after: 77} {
		if got, err := a.Balance(t.Context(), nativeExternal, g.custody, at); err != nil || got != amount.WideOf(want) {
			t.Errorf("%v, %v, want %d", got, err, want)
		}
	}
	if got, err := a.Balance(t.Context(), nativeExternal, stranger, after); err != nil || !got.IsZero() {
		t.Errorf("an account that is not: %v, %v", got, err)
	}
	if _, err := a.Balance(t.Context(), []byte{9}, g.custody, after); !errors.Is(err, rejection.BadExternal) {
		t.Errorf("no asset: %v", err)
	}
}
