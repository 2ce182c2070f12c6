package extrinsic

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
)

var (
	to    = account.ID(bytes.Repeat([]byte{0xaa}, 32))
	other = account.ID(bytes.Repeat([]byte{0xbb}, 32))
	third = account.ID(bytes.Repeat([]byte{0xcc}, 32))
)

func text(id account.ID) string { return hex.EncodeToString(id[:]) }

// Calls written out by hand from the runtime's source: the first two bytes are
// Westend's pallets and calls.
func TestCallsByHand(t *testing.T) {
	r := runtime(t)
	must := func(c Call, err error) Call {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	value := amount.Wide{Hi: 1, Lo: 5}
	transfer := must(r.Transfer(to, amount.WideOf(1_000_000_000_000)))
	wantTransfer := "0403" + "00" + text(to) + "070010a5d4e8"
	remark := must(r.Remark([]byte("NJD1")))
	const wantRemark = "0008" + "10" + "4e4a4431"
	multi := Multisig{2, []account.ID{third, to, other}}
	hash := transfer.Hash()
	first := &Timepoint{Height: 7, Index: 1}
	limit := Weight{1 << 30, 64}
	weight := "0300000040" + "0101"
	for _, c := range []struct {
		name string
		got  Call
		want string
	}{
		{"transfer_keep_alive", transfer, wantTransfer},
		{"transfer of 65 bits", must(r.Transfer(to, value)), "0403" + "00" + text(to) + "17" + "050000000000000001"},
		{"transfer, by its older name", must(r.Call("Balances", "transfer", Field{"dest", Account(to)}, Field{"value", Uint(1)})), "0400" + "00" + text(to) + "04"},
		{"transfer_all", must(r.TransferAll(to, true)), "0404" + "00" + text(to) + "01"},
		{"remark_with_event", remark, wantRemark},
		{"batch_all", must(r.BatchAll(transfer, remark)), "1002" + "08" + wantTransfer + wantRemark},
		{"batch_all of nothing", must(r.BatchAll()), "1002" + "00"},
		{"as_derivative", must(r.AsDerivative(258, remark)), "1001" + "0201" + wantRemark},
		{"a path", must(r.Nested([]uint16{1, 2}, remark)), "1001" + "0100" + "1001" + "0200" + wantRemark},
		{"approve_as_multi", must(r.Approve(multi, other, nil, hash, limit)),
			"1702" + "0200" + "08" + text(to) + text(third) + "00" + hex.EncodeToString(hash[:]) + weight},
		{"as_multi", must(r.Execute(multi, to, first, transfer, limit)),
			"1701" + "0200" + "08" + text(other) + text(third) + "01" + "07000000" + "01000000" + wantTransfer + weight},
		{"cancel_as_multi", must(r.Cancel(multi, third, *first, hash)),
			"1703" + "0200" + "08" + text(to) + text(other) + "07000000" + "01000000" + hex.EncodeToString(hash[:])},
	} {
		if got := hex.EncodeToString(c.got.Bytes()); got != c.want {
			t.Errorf("%s is %s, want %s", c.name, got, c.want)
		}
		md := r.Metadata()
		if err := md.Registry.Check(md.Extrinsic.Call, c.got.Bytes()); err != nil {
			t.Errorf("%s is no call of the runtime: %v", c.name, err)
		}
	}
}

func TestCallsRefused(t *testing.T) {
	r := runtime(t)
	md := *r.md
	md.Hash[0] ^= 1
	foreign, err := (&Runtime{md: &md}).Remark(nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := r.Remark(nil)
	if err != nil {
		t.Fatal(err)
	}
	dest := Field{"dest", Account(to)}
	value := Field{"value", Uint(1)}
	for _, c := range []struct {
		name         string
		pallet, call string
		fields       []Field
		code         rejection.Code
	}{
		{"control", "Balances", "transfer_keep_alive", []Field{dest, value}, 0},
		{"no such pallet", "Assets", "transfer_keep_alive", nil, rejection.UnknownItem},
		{"no such call", "Balances", "transfer_everything", nil, rejection.UnknownItem},
		{"a field too few", "Balances", "transfer_keep_alive", []Field{dest}, rejection.BadCall},
		{"a field too many", "Balances", "transfer_keep_alive", []Field{dest, value, value}, rejection.BadCall},
		{"another order", "Balances", "transfer_keep_alive", []Field{value, dest}, rejection.BadCall},
		{"another name", "Balances", "transfer_keep_alive", []Field{dest, {"amount", Uint(1)}}, rejection.BadCall},
		{"nothing", "Balances", "transfer_keep_alive", []Field{dest, {"value", nil}}, rejection.BadCall},
		{"an account as a number", "Balances", "transfer_keep_alive", []Field{dest, {"value", Account(to)}}, rejection.BadCall},
		{"a number as an account", "Balances", "transfer_keep_alive", []Field{{"dest", Uint(1)}, value}, rejection.BadCall},
		{"bytes as an address", "Balances", "transfer_keep_alive", []Field{{"dest", Bytes(to[:])}, value}, rejection.BadCall},
		{"a number as a flag", "Balances", "transfer_all", []Field{dest, {"keep_alive", Uint(1)}}, rejection.BadCall},
		{"17 bits in 16", "Utility", "as_derivative", []Field{{"index", Uint(1 << 16)}, {"call", Call{}}}, rejection.BadCall},
		{"an empty call", "Utility", "as_derivative", []Field{{"index", Uint(1)}, {"call", Call{}}}, rejection.BadCall},
		{"another runtime's call", "Utility", "as_derivative", []Field{{"index", Uint(1)}, {"call", foreign}}, rejection.BadCall},
		{"bytes as a call", "Utility", "as_derivative", []Field{{"index", Uint(1)}, {"call", Bytes{0, 7, 0}}}, rejection.BadCall},
		{"an encoded call", "Utility", "as_derivative", []Field{{"index", Uint(1)}, {"call", Encoded{0, 8, 0}}}, 0},
		{"half an encoded call", "Utility", "as_derivative", []Field{{"index", Uint(1)}, {"call", Encoded{0, 8}}}, rejection.BadCall},
		{"an encoded call and a byte", "Utility", "as_derivative", []Field{{"index", Uint(1)}, {"call", Encoded{0, 8, 0, 0}}}, rejection.BadCall},
		{"no list", "Utility", "batch_all", []Field{{"calls", Uint(1)}}, rejection.BadCall},
		{"a list of something else", "Utility", "batch_all", []Field{{"calls", List{Uint(1)}}}, rejection.BadCall},
		{"a call as a remark", "System", "remark_with_event", []Field{{"remark", own}}, rejection.BadCall},
		{"a call as an amount", "Balances", "transfer_keep_alive", []Field{dest, {"value", own}}, rejection.BadCall},
		{"65 bits in 16", "Utility", "as_derivative", []Field{{"index", Number{Hi: 1}}, {"call", own}}, rejection.BadCall},
		{"16 bits in 16", "Utility", "as_derivative", []Field{{"index", Uint(1<<16 - 1)}, {"call", own}}, 0},
		{"65 bits in 64", "Multisig", "as_multi", []Field{{"threshold", Uint(2)}, {"other_signatories", List{}},
			{"maybe_timepoint", None{}}, {"call", own}, {"max_weight", Struct{{"ref_time", Number{Hi: 1}}, {"proof_size", Uint(0)}}}}, rejection.BadCall},
		{"bytes as numbers", "Staking", "cancel_deferred_slash", []Field{{"era", Uint(1)}, {"slash_indices", Bytes{1}}}, rejection.BadCall},
		{"numbers", "Staking", "cancel_deferred_slash", []Field{{"era", Uint(1)}, {"slash_indices", List{Uint(1)}}}, 0},
		{"31 bytes of a hash", "Multisig", "approve_as_multi", []Field{{"threshold", Uint(2)}, {"other_signatories", List{}},
			{"maybe_timepoint", None{}}, {"call_hash", Bytes(to[:31])}, {"max_weight", Weight{}.argument()}}, rejection.BadCall},
		{"an option that is none", "Multisig", "approve_as_multi", []Field{{"threshold", Uint(2)}, {"other_signatories", List{}},
			{"maybe_timepoint", Flag(false)}, {"call_hash", Bytes(to[:])}, {"max_weight", Weight{}.argument()}}, rejection.BadCall},
		{"a weight of one number", "Multisig", "approve_as_multi", []Field{{"threshold", Uint(2)}, {"other_signatories", List{}},
			{"maybe_timepoint", None{}}, {"call_hash", Bytes(to[:])}, {"max_weight", Uint(1)}}, rejection.BadCall},
	} {
		_, err := r.Call(c.pallet, c.call, c.fields...)
		if c.code == 0 && err != nil || c.code != 0 && !errors.Is(err, c.code) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := r.Draft(foreign, Terms{Era: Era{64, 0}}); !errors.Is(err, rejection.BadCall) {
		t.Errorf("another runtime's call, signed: %v", err)
	}
	if _, err := r.Draft(Call{}, Terms{Era: Era{64, 0}}); !errors.Is(err, rejection.BadCall) {
		t.Errorf("no call, signed: %v", err)
	}
	multi := Multisig{2, []account.ID{to, other, third}}
	remark, err := r.Remark(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Execute(multi, account.ID{}, nil, remark, Weight{}); !errors.Is(err, rejection.BadMultisig) {
		t.Errorf("a stranger executes: %v", err)
	}
	if _, err := r.Approve(Multisig{1, multi.Signatories}, to, nil, remark.Hash(), Weight{}); !errors.Is(err, rejection.BadMultisig) {
		t.Errorf("one of three: %v", err)
	}
	if _, err := r.Cancel(Multisig{2, []account.ID{to, to, other}}, to, Timepoint{}, remark.Hash()); !errors.Is(err, rejection.BadMultisig) {
		t.Errorf("one twice: %v", err)
	}
}

func TestRuntimesRefused(t *testing.T) {
	same := func(x []metadata.Extension) []metadata.Extension { return x }
	drop := func(name string) func([]metadata.Extension) []metadata.Extension {
		return func(x []metadata.Extension) []metadata.Extension {
			var out []metadata.Extension
			for _, e := range x {
				if e.Name != name {
					out = append(out, e)
				}
			}
			return out
		}
	}
	rename := func(from, to string) func([]metadata.Extension) []metadata.Extension {
		return func(x []metadata.Extension) []metadata.Extension {
			for i := range x {
				if x[i].Name == from {
					x[i].Name = to
				}
			}
			return x
		}
	}
	for _, c := range []struct {
		name    string
		edit    func([]metadata.Extension) []metadata.Extension
		version Version
		pin     Pin
		code    rejection.Code
	}{
		{"control", same, version, pin, 0},
		{"CheckEra, as it was called", rename("CheckMortality", "CheckEra"), version, pin, 0},
		{"nothing accepted", same, version, Pin{}, rejection.RuntimeChanged},
		{"another transaction version", same, Version{"westend", 9320, 15}, pin, rejection.RuntimeChanged},
		{"another transaction version accepted", same, version, Pin{"westend", 15}, rejection.RuntimeChanged},
		{"another chain", same, version, Pin{"kusama", 14}, rejection.RuntimeChanged},
		{"metadata of another runtime", same, Version{"westend", 9321, 14}, pin, rejection.RuntimeChanged},
		{"metadata of another transaction version", same, Version{"westend", 9320, 15}, Pin{"westend", 15}, rejection.RuntimeChanged},
		{"an unknown extension", rename("CheckWeight", "CheckWait"), version, pin, rejection.UnknownExtension},
		{"one more, without bytes", func(x []metadata.Extension) []metadata.Extension {
			return append(x, metadata.Extension{Name: "SkipAllChecks", Type: x[0].Type, Additional: x[0].Additional})
		}, version, pin, rejection.UnknownExtension},
		{"one twice", func(x []metadata.Extension) []metadata.Extension { return append(x, x[0]) }, version, pin, rejection.UnknownExtension},
		{"a nonce of another type", func(x []metadata.Extension) []metadata.Extension {
			for i := range x {
				if x[i].Name == "CheckNonce" {
					x[i].Type = x[0].Type // nothing
				}
			}
			return x
		}, version, pin, rejection.UnknownExtension},
		{"a genesis that is not signed", func(x []metadata.Extension) []metadata.Extension {
			for i := range x {
				if x[i].Name == "CheckGenesis" {
					x[i].Additional = x[0].Additional
				}
			}
			return x
		}, version, pin, rejection.UnknownExtension},
		{"no nonce", drop("CheckNonce"), version, pin, rejection.UnknownExtension},
		{"no genesis", drop("CheckGenesis"), version, pin, rejection.UnknownExtension},
		{"no spec version", drop("CheckSpecVersion"), version, pin, rejection.UnknownExtension},
		{"no transaction version", drop("CheckTxVersion"), version, pin, rejection.UnknownExtension},
		{"no era", drop("CheckMortality"), version, pin, rejection.UnknownExtension},
		{"no weight", drop("CheckWeight"), version, pin, 0},
	} {
		_, err := New(copied(t, c.edit), c.version, c.pin, genesis)
		if c.code == 0 && err != nil || c.code != 0 && !errors.Is(err, c.code) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	fifth := copied(t, same)
	fifth.Extrinsic.Version = 5
	if _, err := New(fifth, version, pin, genesis); !errors.Is(err, rejection.UnknownVersion) {
		t.Errorf("version 5: %v", err)
	}
}

// The whole extrinsic by hand: Westend's extensions are CheckNonZeroSender,
// CheckSpecVersion, CheckTxVersion, CheckGenesis, CheckMortality, CheckNonce,
// CheckWeight, ChargeTransactionPayment.
func TestExtrinsicByHand(t *testing.T) {
	r := runtime(t)
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	signer := account.ID(private.Public().(ed25519.PublicKey))
	call, err := r.Transfer(to, amount.WideOf(1))
	if err != nil {
		t.Fatal(err)
	}
	birth := [32]byte{0xb1}
	d, err := r.Draft(call, Terms{Signer: signer, Nonce: 64, Era: Era{64, 42}, Birth: birth})
	if err != nil {
		t.Fatal(err)
	}
	extra := "a502" + "0101" + "00"
	callHex := "040300" + text(to) + "04"
	wantPayload := callHex + extra + "68240000" + "0e000000" + text(genesis) + text(birth)
	if got := hex.EncodeToString(d.Payload()); got != wantPayload {
		t.Fatalf("the payload is\n%s, want\n%s", got, wantPayload)
	}
	signature := [64]byte(ed25519.Sign(private, d.Payload()))
	got, err := d.Ed25519(signature)
	if err != nil {
		t.Fatal(err)
	}
	body := "84" + "00" + text(signer) + "00" + hex.EncodeToString(signature[:]) + extra + callHex
	if want := "3102" + body; hex.EncodeToString(got) != want { // 140 bytes
		t.Errorf("the extrinsic is\n%x, want\n%s", got, want)
	}
	sr, err := d.Sr25519(signature)
	if err != nil || hex.EncodeToString(sr[:37]) != "3102"+"84"+"00"+text(signer)+"01" || !bytes.Equal(sr[37:], got[37:]) {
		t.Errorf("%x, %v", sr, err)
	}
	if empty, err := d.Unsigned(); err != nil || len(empty) != len(got) {
		t.Errorf("%x, %v", empty, err)
	}
	if h := Hash(got); h == Hash(sr) {
		t.Error("two extrinsics have one hash")
	}

	for name, forged := range map[string][64]byte{
		"nothing":           {},
		"a bit":             func() [64]byte { s := signature; s[5] ^= 1; return s }(),
		"another message's": [64]byte(ed25519.Sign(private, []byte("message"))),
		"another key's":     [64]byte(ed25519.Sign(ed25519.NewKeyFromSeed(make([]byte, 32)), d.Payload())),
	} {
		if _, err := d.Ed25519(forged); !errors.Is(err, rejection.BadMultiSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Draft(call, Terms{Signer: signer}); !errors.Is(err, rejection.BadEra) {
		t.Errorf("an immortal extrinsic: %v", err)
	}
}

// Each part of the terms is signed: another one gives another payload.
func TestTermsAreSigned(t *testing.T) {
	r := runtime(t)
	call, err := r.Transfer(to, amount.WideOf(1))
	if err != nil {
		t.Fatal(err)
	}
	more, err := r.Transfer(to, amount.WideOf(2))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := New(r.md, version, pin, [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	base := Terms{Signer: to, Nonce: 1, Era: Era{64, 42}, Birth: [32]byte{1}}
	edit := func(f func(*Terms)) Terms { c := base; f(&c); return c }
	seen := map[string]string{}
	for _, c := range []struct {
		name  string
		r     *Runtime
		call  Call
		terms Terms
	}{
		{"the first", r, call, base},
		{"another call", r, more, base},
		{"another chain", elsewhere, call, base},
		{"another nonce", r, call, edit(func(t *Terms) { t.Nonce = 2 })},
		{"another period", r, call, edit(func(t *Terms) { t.Era = Era{128, 42} })},
		{"another birth", r, call, edit(func(t *Terms) { t.Era = Era{64, 43} })},
		{"another birth's hash", r, call, edit(func(t *Terms) { t.Birth = [32]byte{2} })},
	} {
		d, err := c.r.Draft(c.call, c.terms)
		if err != nil {
			t.Fatal(err)
		}
		if was, ok := seen[string(d.Payload())]; ok {
			t.Errorf("%s signs what %s signs", c.name, was)
		}
		seen[string(d.Payload())] = c.name
	}
}

// At 256 bytes the payload is signed, at 257 its hash.
func TestDigest(t *testing.T) {
	for n := 0; n < 300; n++ {
		payload := bytes.Repeat([]byte{9}, n)
		got := Digest(payload)
		if n <= 256 && !bytes.Equal(got, payload) || n > 256 && len(got) != 32 {
			t.Errorf("of %d bytes %d are signed", n, len(got))
		}
	}
	r := runtime(t)
	rapid.Check(t, func(t *rapid.T) {
		call, err := r.Remark(make([]byte, rapid.IntRange(0, 400).Draw(t, "bytes")))
		if err != nil {
			t.Fatal(err)
		}
		private := ed25519.NewKeyFromSeed(make([]byte, 32))
		signer := account.ID(private.Public().(ed25519.PublicKey))
		d, err := r.Draft(call, Terms{Signer: signer, Nonce: rapid.Uint32().Draw(t, "nonce"), Era: Era{64, 0}})
		if err != nil {
			t.Fatal(err)
		}
		s := quorum.Sign(private, Digest(d.Payload()))
		b, err := d.Ed25519(s.Signature)
		if err != nil {
			t.Fatal(err)
		}
		read := scale.NewReader(b)
		if body := read.Vec(); read.Done() != nil || body[0] != 0x84 || !bytes.HasSuffix(body, call.Bytes()) {
			t.Fatalf("%x", b)
		}
	})
}
