package kusama

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/vault"
)

// TestDepositByRemark: one transfer and its owner's remark in one extrinsic are
// a deposit of that owner.
func TestDepositByRemark(t *testing.T) {
	s := newScene(t)
	s.extrinsic() // the time
	x := s.extrinsic(ownerRemark(testOwner))
	s.event(x, "Balances", "Withdraw", named("who", accountValue(depositor)), named("amount", amountValue(3)))
	at := s.transfer(x, depositor, custodian, 500)
	s.remarked(x, depositor, ownerRemark(testOwner))

	got := s.scan(watched())
	c := element(testOwner)
	want := vault.Block{
		Number: 12, Hash: header.Hash{12}, Parent: header.Hash{11},
		Transfers: []vault.Transfer{{
			Index: at, Extrinsic: x, External: []byte{0}, Amount: wideOf(500), From: depositor, To: custodian, Owner: &c,
		}},
	}
	if diff := cmp.Diff(want, got.Block); diff != "" {
		t.Error(diff)
	}
}

// TestUnattributed: whatever is not exactly one payment with exactly one remark
// of the payer is nobody's, and still told.
func TestUnattributed(t *testing.T) {
	owned := ownerRemark(testOwner)
	for name, play := range map[string]func(*scene){
		"no remark": func(s *scene) {
			s.transfer(s.extrinsic(), depositor, custodian, 500)
		},
		"two remarks": func(s *scene) {
			x := s.extrinsic(owned, ownerRemark(otherOwner))
			s.transfer(x, depositor, custodian, 500)
			s.remarked(x, depositor, owned)
			s.remarked(x, depositor, ownerRemark(otherOwner))
		},
		"a second remark that says nothing": func(s *scene) {
			x := s.extrinsic(owned, []byte("hello"))
			s.transfer(x, depositor, custodian, 500)
			s.remarked(x, depositor, owned)
			s.remarked(x, depositor, []byte("hello"))
		},
		"two payments": func(s *scene) {
			x := s.extrinsic(owned)
			s.transfer(x, depositor, custodian, 500)
			s.transfer(x, depositor, older, 1)
			s.remarked(x, depositor, owned)
		},
		"a remark in another extrinsic": func(s *scene) {
			s.transfer(s.extrinsic(owned), depositor, custodian, 500)
			s.remarked(s.extrinsic(owned), depositor, owned)
		},
		"somebody else's remark beside it": func(s *scene) {
			x := s.extrinsic(owned)
			s.transfer(x, depositor, custodian, 500)
			s.remarked(x, stranger, owned)
		},
		"another network's remark": func(s *scene) {
			other := external.Encode(external.NetworkOf("another"), external.Owner{C: element(testOwner)})
			x := s.extrinsic(other)
			s.transfer(x, depositor, custodian, 500)
			s.remarked(x, depositor, other)
		},
		"a remark of another kind": func(s *scene) {
			payout := external.Encode(network, external.Payout{Claim: custody.ClaimID{1}})
			x := s.extrinsic(payout)
			s.transfer(x, depositor, custodian, 500)
			s.remarked(x, depositor, payout)
		},
		"another preimage in the body": func(s *scene) {
			x := s.extrinsic(ownerRemark(otherOwner))
			s.transfer(x, depositor, custodian, 500)
			s.remarked(x, depositor, owned)
		},
		"no extrinsic": func(s *scene) {
			s.extrinsic(owned)
			s.transfer(noExtrinsic, depositor, custodian, 500)
			s.remarked(noExtrinsic, depositor, owned)
		},
		"minted, not paid": func(s *scene) {
			x := s.extrinsic(owned)
			s.event(x, "Balances", "Deposit", named("who", accountValue(custodian)), named("amount", amountValue(500)))
			s.remarked(x, depositor, owned)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			play(s)
			got := s.scan(watched()).Transfers
			if len(got) == 0 {
				t.Fatal("the payment is not told")
			}
			for _, m := range got {
				if m.Owner != nil {
					t.Errorf("event %d belongs to %v", m.Index, m.Owner)
				}
			}
		})
	}
}

// TestDepositAddress: a payment to an announced address needs no remark, and a
// remark beside it changes nothing: the address says whose it is.
func TestDepositAddress(t *testing.T) {
	s := newScene(t)
	x := s.extrinsic(ownerRemark(otherOwner))
	s.transfer(x, depositor, announced, 500)
	s.remarked(x, depositor, ownerRemark(otherOwner))
	got := s.scan(watched()).Transfers
	if len(got) != 1 || got[0].To != announced || got[0].Owner != nil {
		t.Errorf("%+v", got)
	}
	if got := s.scan(gateway.Watch{}); len(got.Transfers) != 0 {
		t.Errorf("nobody watches and %+v is told", got.Transfers)
	}
}

// TestBooks: every event that changes what a watched account holds is told with
// its direction, and no other.
func TestBooks(t *testing.T) {
	s := newScene(t)
	x := s.extrinsic()
	who := func(a vault.Account) metadata.Named { return named("who", accountValue(a)) }
	value := func(v uint64) metadata.Named { return named("amount", amountValue(v)) }
	s.transfer(x, custodian, stranger, 1)
	s.transfer(x, stranger, depositor, 2)  // others'
	s.transfer(x, custodian, custodian, 3) // to itself
	s.transfer(x, stranger, custodian, 0)  // nothing
	s.transfer(x, announced, custodian, 4) // a sweep
	s.event(x, "Balances", "Deposit", who(custodian), value(5))
	s.event(x, "Balances", "Withdraw", who(custodian), value(6))
	s.event(x, "Balances", "Slashed", who(older), value(7))
	s.event(x, "Balances", "DustLost", named("account", accountValue(announced)), value(8))
	s.event(x, "Balances", "Reserved", who(custodian), value(9))   // still its own
	s.event(x, "Balances", "Unreserved", who(custodian), value(9)) // was its own
	s.event(x, "Balances", "Endowed", named("account", accountValue(custodian)), named("free_balance", amountValue(10)))
	s.event(x, "Balances", "ReserveRepatriated", named("from", accountValue(stranger)), named("to", accountValue(custodian)), value(11),
		named("destination_status", metadata.Variant{Name: "Free"}))

	type move struct {
		from, to vault.Account
		amount   uint64
	}
	var got []move
	for _, m := range s.scan(watched()).Transfers {
		got = append(got, move{m.From, m.To, m.Amount.Lo})
	}
	want := []move{
		{custodian, stranger, 1}, {announced, custodian, 4}, {zero, custodian, 5}, {custodian, zero, 6},
		{older, zero, 7}, {announced, zero, 8}, {stranger, custodian, 11},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(move{})); diff != "" {
		t.Error(diff)
	}
}

// TestSteps: what became of custody's calls, and of nobody else's.
func TestSteps(t *testing.T) {
	s := newScene(t)
	x := s.extrinsic()
	call := metadata.Bytes(make([]byte, 32))
	call[0] = 9
	base := func(account vault.Account) []metadata.Named {
		return []metadata.Named{
			named("timepoint", metadata.Composite{named("height", metadata.Uint{3}), named("index", metadata.Uint{1})}),
			named("multisig", accountValue(account)), named("call_hash", call),
		}
	}
	by := func(field string, fields ...metadata.Named) []metadata.Named {
		return append([]metadata.Named{named(field, accountValue(depositor))}, fields...)
	}
	opened := func(account vault.Account) []metadata.Named {
		return by("approving", named("multisig", accountValue(account)), named("call_hash", call))
	}
	ok := named("result", metadata.Variant{Name: "Ok", Fields: metadata.Composite{{Value: metadata.List{}}}})
	failed := named("result", metadata.Variant{Name: "Err", Index: 1, Fields: metadata.Composite{{Value: metadata.Variant{Name: "CannotLookup", Index: 1}}}})
	s.event(x, "Multisig", "NewMultisig", opened(custodian)...)
	s.event(x, "Multisig", "NewMultisig", opened(stranger)...)
	s.event(x, "Multisig", "NewMultisig", opened(announced)...) // no multisig account
	s.event(x, "Multisig", "MultisigApproval", by("approving", base(older)...)...)
	s.event(x, "Multisig", "MultisigExecuted", append(by("approving", base(custodian)...), ok)...)
	s.event(x, "Multisig", "MultisigExecuted", append(by("approving", base(custodian)...), failed)...)
	s.event(x, "Multisig", "MultisigCancelled", by("cancelling", base(custodian)...)...)

	step := func(index uint32, account vault.Account, stage vault.Stage) vault.Step {
		return vault.Step{Index: index, Extrinsic: x, Custody: account, Call: [32]byte{9}, By: depositor, Stage: stage}
	}
	want := []vault.Step{
		step(0, custodian, vault.Opened), step(3, older, vault.Approved), step(4, custodian, vault.Executed),
		step(5, custodian, vault.Failed), step(6, custodian, vault.Cancelled),
	}
	if diff := cmp.Diff(want, s.scan(watched()).Steps); diff != "" {
		t.Error(diff)
	}
}

// TestStepsSay: an executed call is for what the one remark says that custody
// made by it, and for nothing if there is none or more than one.
func TestStepsSay(t *testing.T) {
	remark := func(r external.Remark) []byte { return external.Encode(network, r) }
	pays := remark(external.Payout{Claim: [32]byte{7}})
	refunds := remark(external.Refund{Deposit: [32]byte{8}})
	sweeps := remark(external.Sweep{Deposit: [32]byte{9}})
	type said struct {
		by   vault.Account
		what []byte
	}
	for name, test := range map[string]struct {
		said []said
		want *vault.JobID
	}{
		"a payout":                  {[]said{{custodian, pays}}, &vault.JobID{Kind: vault.Payout, Ref: [32]byte{7}}},
		"a refund":                  {[]said{{custodian, refunds}}, &vault.JobID{Kind: vault.Refund, Ref: [32]byte{8}}},
		"a sweep":                   {[]said{{custodian, sweeps}}, &vault.JobID{Kind: vault.Sweep, Ref: [32]byte{9}}},
		"beside another's":          {[]said{{stranger, refunds}, {custodian, pays}}, &vault.JobID{Kind: vault.Payout, Ref: [32]byte{7}}},
		"nothing":                   {nil, nil},
		"another's alone":           {[]said{{stranger, pays}}, nil},
		"two things":                {[]said{{custodian, pays}, {custodian, refunds}}, nil},
		"an owner":                  {[]said{{custodian, ownerRemark(testOwner)}}, nil},
		"a remark and unknown ones": {[]said{{custodian, pays}, {custodian, []byte("hello")}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			var bytes [][]byte
			for _, one := range test.said {
				bytes = append(bytes, one.what)
			}
			x := s.extrinsic(bytes...)
			for _, one := range test.said {
				s.remarked(x, one.by, one.what)
			}
			s.event(x, "Multisig", "MultisigExecuted", named("approving", accountValue(depositor)),
				named("timepoint", metadata.Composite{named("height", metadata.Uint{3}), named("index", metadata.Uint{1})}),
				named("multisig", accountValue(custodian)), named("call_hash", metadata.Bytes(make([]byte, 32))),
				named("result", metadata.Variant{Name: "Ok", Fields: metadata.Composite{{Value: metadata.List{}}}}))
			steps := s.scan(watched()).Steps
			if len(steps) != 1 {
				t.Fatalf("%+v", steps)
			}
			if diff := cmp.Diff(test.want, steps[0].Job); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestIncluded: the own pending extrinsics of a block, and whether each
// succeeded.
func TestIncluded(t *testing.T) {
	s := newScene(t)
	good, bad, other := s.extrinsic([]byte("good")), s.extrinsic([]byte("bad")), s.extrinsic([]byte("other"))
	weight := metadata.Composite{named("ref_time", metadata.Uint{}), named("proof_size", metadata.Uint{})}
	info := named("dispatch_info", metadata.Composite{
		named("weight", weight), named("class", metadata.Variant{Name: "Normal"}), named("pays_fee", metadata.Variant{Name: "Yes"}),
	})
	s.event(good, "System", "ExtrinsicSuccess", info)
	s.event(bad, "System", "ExtrinsicFailed", named("dispatch_error", metadata.Variant{Name: "CannotLookup", Index: 1}), info)
	s.event(other, "System", "ExtrinsicSuccess", info)

	hash := func(x uint32) [32]byte { return blake2b.Sum256(s.extrinsics[x]) }
	w := watched()
	w.Attempts = [][32]byte{hash(bad), {1}, hash(good)}
	want := []vault.Inclusion{{Hash: hash(good), OK: true}, {Hash: hash(bad), OK: false}}
	if diff := cmp.Diff(want, s.scan(w).Included); diff != "" {
		t.Error(diff)
	}
}

// TestAnchors: a signer's own remark is an anchor, anybody else's is not.
func TestAnchors(t *testing.T) {
	s := newScene(t)
	content := external.Anchor{Height: 900, App: [32]byte{1}, Validators: [32]byte{2}}
	anchor := external.Encode(network, content)
	x := s.extrinsic(anchor)
	s.remarked(x, stranger, anchor)
	at := s.remarked(x, vault.Account(signers.Keys[1]), anchor)
	s.remarked(x, vault.Account(signers.Keys[1]), ownerRemark(testOwner))
	want := []gateway.Anchor{{
		Reference: custody.Reference{Chain: testChain, Hash: header.Hash{12}, Index: at},
		By:        quorum.Key{2}, Height: 900, App: [32]byte{1}, Validators: [32]byte{2},
	}}
	if diff := cmp.Diff(want, s.scan(watched()).Anchors); diff != "" {
		t.Error(diff)
	}
}

// TestOtherEvents: events that the metadata does not describe are refused, and
// a block is not believed in part.
func TestOtherEvents(t *testing.T) {
	s := newScene(t)
	s.transfer(s.extrinsic(), depositor, custodian, 500)
	b := s.encode()
	for name, bad := range map[string][]byte{
		"cut":      b[:len(b)-1],
		"too long": append(append([]byte{}, b...), 0),
		"empty":    {},
	} {
		_, err := interpret(testChain, network, proven{metadata: s.metadata, events: bad}, watched())
		var r *rejection.Rejection
		if !errors.As(err, &r) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzInterpret: whatever a state holds under System.Events, it is interpreted
// or refused, and what is told is of watched accounts alone.
func FuzzInterpret(f *testing.F) {
	s := newScene(f)
	x := s.extrinsic(ownerRemark(testOwner))
	s.transfer(x, depositor, custodian, 500)
	s.remarked(x, depositor, ownerRemark(testOwner))
	s.event(x, "Multisig", "NewMultisig", named("approving", accountValue(depositor)),
		named("multisig", accountValue(custodian)), named("call_hash", metadata.Bytes(make([]byte, 32))))
	f.Add(s.encode())
	m := recordedMetadata(f)
	is := roles(watched())
	f.Fuzz(func(t *testing.T, b []byte) {
		scan, err := interpret(testChain, network, proven{metadata: m, events: b, extrinsics: s.extrinsics}, watched())
		if err != nil {
			return
		}
		for _, m := range scan.Transfers {
			if is[m.From] == 0 && is[m.To] == 0 || m.Owner != nil && is[m.To] != custodyRole {
				t.Fatalf("%+v", m)
			}
		}
		for _, s := range scan.Steps {
			if is[s.Custody] != custodyRole {
				t.Fatalf("%+v", s)
			}
		}
	})
}
