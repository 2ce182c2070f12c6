package kusama

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/vault"
)

// tell writes a decoded value as a person would read it.
func tell(v metadata.Value) string {
	switch v := v.(type) {
	case metadata.Bytes:
		if len(v) == 32 && bytes.Count(v, v[:1]) == 32 {
			return fmt.Sprintf("account %x", v[0])
		}
		return fmt.Sprintf("%x", []byte(v))
	case metadata.List:
		var parts []string
		for _, e := range v {
			parts = append(parts, tell(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case metadata.Composite:
		var parts []string
		for _, f := range v {
			parts = append(parts, tell(f.Value))
		}
		return strings.Join(parts, " ")
	case metadata.Variant:
		if len(v.Fields) == 0 {
			return v.Name
		}
		return v.Name + "(" + tell(v.Fields) + ")"
	}
	return fmt.Sprint(v)
}

// read decodes a call by the runtime's own types.
func read(t *testing.T, c codec, call extrinsic.Call) string {
	t.Helper()
	m := c.runtime.Metadata()
	v, err := m.Registry.Read(m.Extrinsic.Call, call.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return tell(v)
}

func payout() vault.Job {
	return vault.Job{
		JobID: vault.JobID{Kind: vault.Payout, Ref: [32]byte{7}}, Generation: signers, Custody: custodian,
		From: custodian, To: depositor, External: nativeExternal, Amount: wideOf(12345),
	}
}

// TestCallsSay: the runtime reads the calls as what they are for.
func TestCallsSay(t *testing.T) {
	c := testCodec(t)
	owner := element(testOwner)
	address := c.Deposit(custodian, owner)
	path := external.Path(network, owner)
	nested := "Balances(transfer_all(Id(account cc) false))"
	for i := len(path) - 1; i >= 0; i-- {
		nested = fmt.Sprintf("Utility(as_derivative(%d %s))", path[i], nested)
	}
	remark := func(r external.Remark) string { return fmt.Sprintf("%x", external.Encode(network, r)) }
	for name, test := range map[string]struct {
		job  vault.Job
		want string
	}{
		"payout": {payout(), "[Balances(transfer_keep_alive(Id(account dd) 12345)) System(remark_with_event(" +
			remark(external.Payout{Claim: [32]byte{7}}) + "))]"},
		"refund": {vault.Job{JobID: vault.JobID{Kind: vault.Refund, Ref: [32]byte{8}}, Custody: custodian, From: custodian, To: depositor,
			External: nativeExternal, Amount: wideOf(5)}, "[Balances(transfer_keep_alive(Id(account dd) 5)) System(remark_with_event(" +
			remark(external.Refund{Deposit: [32]byte{8}}) + "))]"},
		"sweep": {vault.Job{JobID: vault.JobID{Kind: vault.Sweep, Ref: [32]byte{9}}, Custody: custodian, From: address, Owner: &owner, To: custodian,
			External: nativeExternal}, "[" + nested + " System(remark_with_event(" + remark(external.Sweep{Deposit: [32]byte{9}}) + "))]"},
		"drain": {vault.Job{JobID: vault.JobID{Kind: vault.Drain, Ref: [32]byte{3}}, Custody: older, From: older, To: custodian,
			External: nativeExternal}, "[Balances(transfer_all(Id(account cc) false)) System(remark_with_event(" +
			remark(external.Sweep{Deposit: [32]byte{3}}) + "))]"},
		"anchor": {vault.Job{JobID: vault.JobID{Kind: vault.Anchor}, Remark: []byte{1, 2}}, "[System(remark_with_event(0102))]"},
	} {
		t.Run(name, func(t *testing.T) {
			call, err := c.callOf(test.job)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := read(t, c, call), "Utility(batch_all("+test.want+"))"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if call.Bytes()[0] == 0 {
				t.Error("the call begins as Nightjar's messages do")
			}
		})
	}
}

// TestCallsDiffer: a claim's call is the same whoever asks and at every time,
// and no other claim's, however alike they are.
func TestCallsDiffer(t *testing.T) {
	c, d := testCodec(t), testCodec(t)
	one, err := c.Call(payout())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.Call(payout()); err != nil || again != one {
		t.Errorf("%x and %x, %v", one, again, err)
	}
	for name, change := range map[string]func(*vault.Job){
		"claim":     func(j *vault.Job) { j.Ref[31] ^= 1 },
		"recipient": func(j *vault.Job) { j.To[31] ^= 1 },
		"amount":    func(j *vault.Job) { j.Amount.Lo++ },
		"kind":      func(j *vault.Job) { j.Kind = vault.Refund },
	} {
		j := payout()
		change(&j)
		if other, err := c.Call(j); err != nil || other == one {
			t.Errorf("another %s: the same call, %v", name, err)
		}
	}
	elsewhere := c
	elsewhere.network = external.NetworkOf("another")
	if other, err := elsewhere.Call(payout()); err != nil || other == one {
		t.Errorf("another network: the same call, %v", err)
	}
}

// TestCallRefusals: what is no job of this chain has no call.
func TestCallRefusals(t *testing.T) {
	c := testCodec(t)
	owner := element(testOwner)
	for name, test := range map[string]struct {
		change func(*vault.Job)
		code   rejection.Code
	}{
		"no asset":              {func(j *vault.Job) { j.External = nil }, rejection.BadExternal},
		"unknown kind of asset": {func(j *vault.Job) { j.External = []byte{3} }, rejection.BadExternal},
		"native and more":       {func(j *vault.Job) { j.External = []byte{0, 0} }, rejection.BadExternal},
		"a pallet that is not":  {func(j *vault.Job) { j.External = []byte{1, 1, 0, 0, 0} }, rejection.BadExternal},
		"no kind of job":        {func(j *vault.Job) { j.Kind = 0 }, rejection.BadCall},
		"another's account":     {func(j *vault.Job) { j.From = stranger }, rejection.BadCall},
		"another's deposit":     {func(j *vault.Job) { j.From, j.Owner = stranger, &owner }, rejection.BadCall},
		"another owner's address": {func(j *vault.Job) {
			j.From, j.Owner = c.Deposit(custodian, element(otherOwner)), &owner
		}, rejection.BadCall},
	} {
		t.Run(name, func(t *testing.T) {
			j := payout()
			test.change(&j)
			if _, err := c.Call(j); !errors.Is(err, test.code) {
				t.Errorf("%v, want %v", err, test.code)
			}
		})
	}
}

// TestCustody: the account of a generation is pallet-multisig's of its keys, in
// whatever form they are given, and nobody alone has one.
func TestCustody(t *testing.T) {
	c := testCodec(t)
	got, err := c.Custody(signers)
	if err != nil {
		t.Fatal(err)
	}
	want, err := account.Multisig(2, []account.ID{{3}, {1}, {2}})
	if err != nil || got != vault.Account(want) {
		t.Errorf("%x, want %x, %v", got, want, err)
	}
	if _, err := c.Custody(state.Signers{Threshold: 1, Keys: signers.Keys}); !errors.Is(err, rejection.BadMultisig) {
		t.Errorf("one signer alone: %v", err)
	}
}
