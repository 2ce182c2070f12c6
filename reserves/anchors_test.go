package reserves

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/westend"
)

// own is the header of every height up to 50.
func own(_ context.Context, height uint64) (external.Anchor, bool, error) {
	return ownHeader(height), height <= 50, nil
}

func ownHeader(height uint64) external.Anchor {
	return external.Anchor{Height: height, App: [32]byte{byte(height), 1}, Validators: [32]byte{2}}
}

// builder makes a real runtime's extrinsics.
type builder struct {
	t       *testing.T
	runtime *extrinsic.Runtime
}

func newBuilder(t *testing.T) builder { return builderOf(t, westend.Metadata(t)) }

func builderOf(t *testing.T, md *metadata.Metadata) builder {
	t.Helper()
	v, err := extrinsic.VersionOf(md)
	if err != nil {
		t.Fatal(err)
	}
	r, err := extrinsic.New(md, v, extrinsic.Pin{SpecName: v.SpecName, TransactionVersion: v.TransactionVersion}, [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	return builder{t, r}
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sign makes the extrinsic of a call.
func (b builder) sign(key ed25519.PrivateKey, call extrinsic.Call) []byte {
	b.t.Helper()
	era, err := extrinsic.NewEra(64, 64)
	if err != nil {
		b.t.Fatal(err)
	}
	d, err := b.runtime.Draft(call, extrinsic.Terms{Signer: account.ID(key.Public().(ed25519.PublicKey)), Nonce: 3, Era: era})
	if err != nil {
		b.t.Fatal(err)
	}
	signature := [64]byte(ed25519.Sign(key, extrinsic.Digest(d.Payload())))
	x, err := d.Ed25519(signature)
	return must(b.t, x, err)
}

// anchor makes the extrinsic by which signers anchor: a remark in a batch.
func (b builder) anchor(key ed25519.PrivateKey, bytes []byte) []byte {
	b.t.Helper()
	remark, err := b.runtime.Remark(bytes)
	if err != nil {
		b.t.Fatal(err)
	}
	batch, err := b.runtime.BatchAll(remark)
	return b.sign(key, must(b.t, batch, err))
}

func encode(a external.Anchor) []byte { return external.Encode(network, a) }

var sets = []state.Signers{first, second}

// chainOf is a chain with one block, of these extrinsics.
func chainOf(extrinsics ...[]byte) (*ledger, []header.Hash) {
	l := newLedger()
	l.bodies[header.Hash{1}] = extrinsics
	return l, []header.Hash{{1}}
}

func TestAnchorIsFound(t *testing.T) {
	b := newBuilder(t)
	inherent := []byte{3 << 2, 4, 2, 0}
	l, blocks := chainOf(inherent, b.anchor(signer("a"), encode(ownHeader(40))), b.anchor(signer("d"), encode(ownHeader(44))), b.anchor(signer("d"), encode(ownHeader(43))))
	blocks = append(blocks, blocks[0], header.Hash{9}) // twice, and one that is not final
	got, err := Anchors(t.Context(), l, network, sets, blocks, own, 44)
	want := Anchored{Height: 44, Signer: quorum.Key(signer("d").Public().(ed25519.PublicKey)), Block: 7, Hash: quorum.Key{1}, Equal: 3, By: 2}
	if err != nil || *got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Anchors(t.Context(), l, network, sets, blocks, own, 45); !errors.Is(err, rejection.AnchorMissing) {
		t.Errorf("an anchor that is too old: %v", err)
	}
	// One of a height that we have not reached says nothing yet.
	l, blocks = chainOf(b.anchor(signer("a"), encode(ownHeader(40))), b.anchor(signer("b"), encode(ownHeader(51))))
	if got, err := Anchors(t.Context(), l, network, sets, blocks, own, 40); err != nil || got.Other != 1 || got.Height != 40 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestForkIsNoticed: a signer's anchor that says something else of one height,
// whatever else is there.
func TestForkIsNoticed(t *testing.T) {
	b := newBuilder(t)
	good := b.anchor(signer("d"), encode(ownHeader(44)))
	for name, edit := range map[string]func(*external.Anchor){
		"another state":       func(a *external.Anchor) { a.App[31]++ },
		"other validators":    func(a *external.Anchor) { a.Validators[0]++ },
		"another height's":    func(a *external.Anchor) { a.Height-- },
		"nothing in its hash": func(a *external.Anchor) { a.App = [32]byte{} },
	} {
		a := ownHeader(40)
		edit(&a)
		// "a" is retired, and stands against a history in which others sign.
		l, blocks := chainOf(good, b.anchor(signer("a"), encode(a)))
		if got, err := Anchors(t.Context(), l, network, sets, blocks, own, 1); !errors.Is(err, rejection.AnchorMismatch) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestWhatIsNoAnchor: nobody but a signer anchors, and only by a remark.
func TestWhatIsNoAnchor(t *testing.T) {
	b := newBuilder(t)
	key := signer("a")
	right := b.anchor(key, encode(ownHeader(40)))
	edit := func(at int, v byte) []byte {
		x := append([]byte(nil), right...)
		x[at] = v
		return x
	}
	prefix := 2 // the length's bytes
	// The key where the format's bytes belong.
	body := right[prefix:]
	var early scale.Writer
	early.Vec(append(append(append([]byte(nil), body[2:35]...), 1, 2), body[35:]...))
	transfer, err := b.runtime.Transfer(account.ID{1}, amount.WideOf(1))
	if err != nil {
		t.Fatal(err)
	}
	remark, err := b.runtime.Remark(encode(ownHeader(40)))
	if err != nil {
		t.Fatal(err)
	}
	both, err := b.runtime.BatchAll(remark, transfer)
	if err != nil {
		t.Fatal(err)
	}
	silent, err := b.runtime.Call("System", "remark", extrinsic.Field{Name: "remark", Argument: extrinsic.Bytes(encode(ownHeader(40)))})
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string][]byte{
		"a stranger's":               b.anchor(signer("z"), encode(ownHeader(40))),
		"another network's":          b.anchor(key, external.Encode(external.NetworkOf("nightjar-2"), ownHeader(40))),
		"a payout's remark":          b.anchor(key, external.Encode(network, external.Payout{Claim: custody.ClaimID{1}})),
		"an owner's remark":          b.anchor(key, external.Encode(network, external.Owner{C: field.FromUint64(1)})),
		"a byte more":                b.anchor(key, append(encode(ownHeader(40)), 0)),
		"a call after it":            b.sign(key, both),
		"a remark without its event": b.sign(key, silent),
		"an unsigned extrinsic":      edit(prefix, 0x04),
		"no format":                  early.Bytes(),
		"another address":            edit(prefix+1, 0x01),
		"another signature":          edit(prefix+2+32, 0x01),
		"cut short":                  right[:len(right)-1],
		"bytes after it":             append(append([]byte(nil), right...), 0),
		"nothing":                    {},
		"a long length":              {0xfe, 0xff, 0xff, 0xff},
	} {
		l, blocks := chainOf(x)
		if got, err := Anchors(t.Context(), l, network, sets, blocks, own, 1); !errors.Is(err, rejection.AnchorMissing) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	l, blocks := chainOf(right)
	if _, err := Anchors(t.Context(), l, network, sets, blocks, own, 1); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestFaultsAreNoAnchors(t *testing.T) {
	b := newBuilder(t)
	l, blocks := chainOf(b.anchor(signer("a"), encode(ownHeader(40))))
	fault := errors.New("the node is gone")
	broken := func(context.Context, uint64) (external.Anchor, bool, error) { return external.Anchor{}, false, fault }
	if _, err := Anchors(t.Context(), l, network, sets, blocks, broken, 1); !errors.Is(err, fault) {
		t.Errorf("own headers: %v", err)
	}
	l.fault = fault
	if _, err := Anchors(t.Context(), l, network, sets, blocks, own, 1); !errors.Is(err, rejection.AnchorMissing) {
		t.Errorf("the chain: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Anchors(ctx, l, network, sets, blocks, own, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := Anchors(t.Context(), newLedger(), network, sets, nil, own, 0); !errors.Is(err, rejection.AnchorMissing) {
		t.Errorf("no blocks: %v", err)
	}
}

// TestTooManyBlocks: whoever lists blocks does not decide how long we read.
func TestTooManyBlocks(t *testing.T) {
	b := newBuilder(t)
	l := newLedger()
	var blocks []header.Hash
	for i := range MaxBlocks + 1 {
		hash := header.Hash{2, byte(i)}
		l.bodies[hash] = nil
		blocks = append(blocks, hash)
	}
	l.bodies[blocks[MaxBlocks]] = [][]byte{b.anchor(signer("a"), encode(ownHeader(40)))}
	if _, err := Anchors(t.Context(), l, network, sets, blocks, own, 1); !errors.Is(err, rejection.AnchorMissing) {
		t.Errorf("%v", err)
	}
	if _, err := Anchors(t.Context(), l, network, sets, blocks[1:], own, 1); err != nil {
		t.Errorf("control: %v", err)
	}
}

// westendAnchor is an anchor of height 40 by signer("a") in Westend's format.
const westendAnchor = "09038400eae1c8793b5597c4b3f490e76ac31172c439690f8ee14142bb851a61f9a49f0e00d1d2bbc51779c595f1dc2f9af828d2f849dfd60a7b989611511ab9c53e76eda2346e38eaf4dcf4e9fd745822148b327eabc3f6b20c699a84db09e370a963f40405000c00100204000851014e4a4131dbec9403fd8fd708000000000000002828010000000000000000000000000000000000000000000000000000000000000200000000000000000000000000000000000000000000000000000000000000"

func FuzzAnchorOf(f *testing.F) {
	x, err := hex.DecodeString(westendAnchor)
	if err != nil {
		f.Fatal(err)
	}
	if a, ok := anchorOf(x, network); !ok || a.anchor != ownHeader(40) {
		f.Fatalf("%+v, %v", a, ok)
	}
	f.Add(x)
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, ok := anchorOf(b, network); ok && (!bytes.HasSuffix(b, encode(a.anchor)) || !bytes.Contains(b, a.by[:])) {
			t.Fatalf("%x holds no %+v", b, a)
		}
	})
}
