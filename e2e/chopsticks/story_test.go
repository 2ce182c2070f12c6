//go:build kusama

package chopsticks

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/sr25519/devkey"
	"github.com/nightjar/nightjar/substrate/storage"
)

// vault is a custody account of two of three on a chain.
type vault struct {
	*chain
	alice   wallet
	signers []signer
	multi   extrinsic.Multisig
	account account.ID
	network external.Network
}

// fund starts a chain on which the signers can pay fees and custody has one
// token.
func fund(t *testing.T) *vault {
	v := &vault{chain: start(t), network: external.NetworkOf("nightjar-chopsticks")}
	alice, err := devkey.Of("Alice")
	v.must(err)
	v.alice = wallet{alice}
	v.multi.Threshold = 2
	var transfers []extrinsic.Call
	give := func(to account.ID, tokens uint64) {
		call, err := v.Transfer(to, amount.WideOf(tokens*unit))
		v.must(err)
		transfers = append(transfers, call)
	}
	for i := range byte(3) {
		s := signer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{i + 1}, ed25519.SeedSize))}
		v.signers = append(v.signers, s)
		v.multi.Signatories = append(v.multi.Signatories, s.Account())
		give(s.Account(), 100)
	}
	v.account, err = account.Multisig(2, v.multi.Signatories)
	v.must(err)
	give(v.account, 1)
	batch, err := v.BatchAll(transfers...)
	v.succeed(v.alice, batch, err)
	v.free("custody", v.account, unit)
	return v
}

// with builds a batch of a call and a remark, as every call of custody is.
func (v *vault) with(call extrinsic.Call, remark external.Remark) extrinsic.Call {
	v.t.Helper()
	r, err := v.Remark(external.Encode(v.network, remark))
	v.must(err)
	batch, err := v.BatchAll(call, r)
	v.must(err)
	return batch
}

// pending returns where the chain keeps a call that is approved and not yet
// executed.
func (v *vault) pending(hash [32]byte) (storage.Operation, bool) {
	v.t.Helper()
	b, ok, err := v.node.Storage(v.ctx, storage.Multisig(v.account, hash), v.head())
	v.must(err)
	if !ok {
		return storage.Operation{}, false
	}
	o, err := storage.DecodeMultisig(b)
	v.must(err)
	return o, true
}

// approve is a signer's first approval of a call.
func (v *vault) approve(s signer, call extrinsic.Call, limit extrinsic.Weight) *extrinsic.Timepoint {
	v.t.Helper()
	approval, err := v.Approve(v.multi, s.Account(), nil, call.Hash(), limit)
	b := v.succeed(s, approval, err)
	v.only(b, "Multisig", "NewMultisig")
	o, ok := v.pending(call.Hash())
	if !ok || o.When.Height != b.number || o.Depositor != s.Account() || len(o.Approvals) != 1 {
		v.t.Fatalf("the chain keeps %+v", o)
	}
	return &o.When
}

// execute is the second signer's, with the call itself. failure is the error by
// which the call failed, "" if it succeeded.
func (v *vault) execute(s signer, first *extrinsic.Timepoint, call extrinsic.Call, limit extrinsic.Weight) (failure string) {
	v.t.Helper()
	execution, err := v.Execute(v.multi, s.Account(), first, call, limit)
	e := v.only(v.succeed(s, execution, err), "Multisig", "MultisigExecuted")
	if of, err := e.Account("multisig"); err != nil || of != v.account {
		v.t.Fatalf("executed for %x, %v", of, err)
	}
	if hash, err := e.Account("call_hash"); err != nil || hash != call.Hash() {
		v.t.Fatalf("executed %x, %v", hash, err)
	}
	ok, err := e.Succeeded("result")
	v.must(err)
	if ok {
		return ""
	}
	return event.Failure(v.Metadata(), e.Fields.Get("result"))
}

// TestCustody plays both ways in and the way out on a real runtime, with our own
// codec, accounts and signatures, and what must not work beside it.
func TestCustody(t *testing.T) {
	v := fund(t)
	v.remarkDeposit()
	v.payout()
	v.derivedDeposit()
	v.belowExistential()
	v.rotation()
	v.notTaken()
	t.Log("ok: two of three custody paid once, and only with both signatures; both ways of depositing arrived to the unit; its signers handed over")
}

// remarkDeposit: a transfer and the owner's remark in one extrinsic.
func (v *vault) remarkDeposit() {
	owner := external.Owner{C: field.FromUint64(7)}
	transfer, err := v.Transfer(v.account, amount.WideOf(5*unit))
	v.must(err)
	b := v.succeed(v.alice, v.with(transfer, owner), nil)
	e := v.only(b, "Balances", "Transfer")
	to, err := e.Account("to")
	v.must(err)
	value, err := e.Amount("amount")
	v.must(err)
	if to != v.account || value != amount.WideOf(5*unit) {
		v.t.Fatalf("%s to %x", value, to)
	}
	r := v.only(b, "System", "Remarked")
	if r.Extrinsic != e.Extrinsic {
		v.t.Fatal("remark and transfer are two extrinsics")
	}
	hash, err := r.Account("hash")
	v.must(err)
	found, ok := external.Find(v.network, b.body[r.Extrinsic], hash)
	if !ok || found != external.Remark(owner) {
		v.t.Fatalf("the remark found is %v", found)
	}
	v.free("custody", v.account, 6*unit)
}

// payout: one approval pays nothing, a second signer's pays once, no third.
func (v *vault) payout() {
	a, b, c := v.signers[0], v.signers[1], v.signers[2]
	to := account.ID(bytes.Repeat([]byte{0xdd}, 32))
	transfer, err := v.Transfer(to, amount.WideOf(2*unit))
	v.must(err)
	call := v.with(transfer, external.Payout{Claim: custody.ClaimID{1}})
	limit := v.weight(a, call)

	first := v.approve(a, call, limit)
	v.free("the recipient, after one approval,", to, 0)

	again, err := v.Approve(v.multi, a.Account(), first, call.Hash(), limit)
	v.fail("Multisig.AlreadyApproved", a, again, err)
	alone, err := v.Execute(v.multi, a.Account(), first, call, limit)
	v.fail("Multisig.AlreadyApproved", a, alone, err)
	late, err := v.Approve(v.multi, b.Account(), nil, call.Hash(), limit)
	v.fail("Multisig.NoTimepoint", b, late, err)
	tight, err := v.Execute(v.multi, b.Account(), first, call, extrinsic.Weight{RefTime: 1})
	v.fail("Multisig.MaxWeightTooLow", b, tight, err)
	v.free("the recipient, still one signature short,", to, 0)
	v.free("custody", v.account, 6*unit)

	if failure := v.execute(b, first, call, limit); failure != "" {
		v.t.Fatal("the payout failed by ", failure)
	}
	v.free("the recipient", to, 2*unit)
	v.free("custody", v.account, 4*unit)
	if _, ok := v.pending(call.Hash()); ok {
		v.t.Fatal("the call is still pending")
	}
	third, err := v.Execute(v.multi, c.Account(), first, call, limit)
	v.fail("Multisig.UnexpectedTimepoint", c, third, err)
	v.free("the recipient, after a third signer's,", to, 2*unit)

	// A signer that begins the same payout again is alone with it, and has the
	// deposit for it back once it takes it back.
	reserved := v.chain.account(a.Account()).Reserved
	second := v.approve(a, call, limit)
	if v.chain.account(a.Account()).Reserved == reserved {
		v.t.Fatal("an approval reserves nothing")
	}
	v.free("the recipient, after a second payout of one signer,", to, 2*unit)
	others, err := v.Cancel(v.multi, b.Account(), *second, call.Hash())
	v.fail("Multisig.NotOwner", b, others, err)
	own, err := v.Cancel(v.multi, a.Account(), *second, call.Hash())
	v.only(v.succeed(a, own, err), "Multisig", "MultisigCancelled")
	if _, ok := v.pending(call.Hash()); ok || v.chain.account(a.Account()).Reserved != reserved {
		v.t.Fatal("something is left of a call that was taken back")
	}
}

// derivedDeposit: a plain transfer to an owner's own account, swept by eight
// nested derivatives.
func (v *vault) derivedDeposit() {
	owner := field.FromUint64(11)
	deposit := account.Deposit(v.account, v.network, owner)
	transfer, err := v.Transfer(deposit, amount.WideOf(3*unit))
	v.succeed(v.alice, transfer, err)
	v.free("the deposit's account", deposit, 3*unit)

	all, err := v.TransferAll(v.account, false)
	v.must(err)
	path := external.Path(v.network, owner)
	nested, err := v.Nested(path[:], all)
	v.must(err)
	sweep := v.with(nested, external.Sweep{Deposit: custody.DepositID{2}})
	limit := v.weight(v.signers[1], sweep)
	first := v.approve(v.signers[1], sweep, limit)
	if failure := v.execute(v.signers[2], first, sweep, limit); failure != "" {
		v.t.Fatal("the sweep failed by ", failure)
	}
	v.free("the deposit's account, swept,", deposit, 0)
	v.free("custody", v.account, 7*unit)
}

// belowExistential: both sign, the chain executes, and the payment fails. (Newer
// runtimes call the failure Token.)
func (v *vault) belowExistential() {
	to := account.ID(bytes.Repeat([]byte{0xee}, 32))
	least, err := v.Metadata().Constant("Balances", "ExistentialDeposit")
	v.must(err)
	minimum, ok := metadata.AsUint64(least)
	if !ok || minimum < 2 {
		v.t.Fatalf("an existential deposit of %v", least)
	}
	transfer, err := v.Transfer(to, amount.WideOf(minimum-1))
	v.must(err)
	call := v.with(transfer, external.Payout{Claim: custody.ClaimID{3}})
	limit := v.weight(v.signers[0], call)
	first := v.approve(v.signers[0], call, limit)
	if failure := v.execute(v.signers[2], first, call, limit); failure != "Balances.ExistentialDeposit" {
		v.t.Fatalf("failed by %q", failure)
	}
	v.free("the recipient below the existential deposit", to, 0)
	v.free("custody", v.account, 7*unit)
}

// rotation: the old signers hand all to the new ones, and then the old account
// pays nothing more: the call executes and fails, which is how a claim is known
// to be unpaid.
func (v *vault) rotation() {
	a, b := v.signers[0], v.signers[1]
	next, err := account.Multisig(3, v.multi.Signatories)
	v.must(err)
	all, err := v.TransferAll(next, false)
	v.must(err)
	drain := v.with(all, external.Sweep{Deposit: custody.DepositID{4}})
	limit := v.weight(a, drain)
	first := v.approve(b, drain, limit)
	if failure := v.execute(a, first, drain, limit); failure != "" {
		v.t.Fatal("the hand-over failed by ", failure)
	}
	v.free("old custody", v.account, 0)
	v.free("new custody", next, 7*unit)

	to := account.ID(bytes.Repeat([]byte{0xcd}, 32))
	transfer, err := v.Transfer(to, amount.WideOf(unit))
	v.must(err)
	late := v.with(transfer, external.Payout{Claim: custody.ClaimID{5}})
	first = v.approve(a, late, limit)
	if failure := v.execute(b, first, late, limit); failure != "Balances.InsufficientBalance" {
		v.t.Fatalf("failed by %q", failure)
	}
	v.free("the recipient of an empty custody", to, 0)
}

// notTaken: what a node does not put into any block, and that it takes the same
// extrinsic without the fault.
func (v *vault) notTaken() {
	to := account.ID(bytes.Repeat([]byte{0xff}, 32))
	call, err := v.Transfer(to, amount.WideOf(unit))
	v.must(err)
	s := v.signers[0]

	expiring, err := s.finish(v.draft(s, call, extrinsic.MinPeriod))
	v.must(err)
	// Blocks birth+1 … birth+3 could hold it; after birth+3 the next is one too late.
	for range extrinsic.MinPeriod - 1 {
		v.next()
	}
	v.refuse("an era that is over", expiring, "ancientBirthBlock")

	good := v.signed(s, call)
	forged := append([]byte(nil), good...)
	forged[40] ^= 1 // in the signature: 2 + 1 + 33 + 1 bytes stand before it
	v.refuse("a flipped bit of the signature", forged, "badProof")
	elsewhere, err := extrinsic.New(v.Metadata(), v.Version(), extrinsic.Pin{SpecName: "westend", TransactionVersion: 14}, [32]byte{1})
	v.must(err)
	otherCall, err := elsewhere.Transfer(to, amount.WideOf(unit))
	v.must(err)
	era, err := extrinsic.NewEra(64, v.number())
	v.must(err)
	d, err := elsewhere.Draft(otherCall, extrinsic.Terms{Signer: s.Account(), Nonce: v.chain.account(s.Account()).Nonce, Era: era, Birth: v.head()})
	v.must(err)
	foreign, err := s.finish(d)
	v.must(err)
	v.refuse("another chain's extrinsic", foreign, "badProof")

	if _, err := v.node.Submit(v.ctx, good); err != nil {
		v.t.Fatal("control: ", err)
	}
	v.next()
	v.free("the recipient", to, unit)
	v.refuse("an extrinsic a second time", good, "stale")
	v.next()
	v.free("the recipient", to, unit)
}
