package substrate

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/centrifuge/go-substrate-rpc-client/v4/signature"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types/codec"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/sr25519"
	"github.com/nightjar/nightjar/substrate/sr25519/devkey"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/westend"
)

var genesis = [32]byte{0xe1, 31: 0x43}

// both returns the recorded runtime as each implementation reads it.
func both(t *testing.T) (*extrinsic.Runtime, *types.Metadata) {
	t.Helper()
	r, err := extrinsic.New(westend.Metadata(t), extrinsic.Version{SpecName: "westend", SpecVersion: 9320, TransactionVersion: 14},
		extrinsic.Pin{SpecName: "westend", TransactionVersion: 14}, genesis)
	if err != nil {
		t.Fatal(err)
	}
	var md types.Metadata
	if err := codec.Decode(westend.Bytes(t), &md); err != nil {
		t.Fatal(err)
	}
	return r, &md
}

func address(id account.ID) types.MultiAddress {
	return types.MultiAddress{IsID: true, AsID: types.AccountID(id)}
}

func accounts(ids []account.ID) []types.AccountID {
	out := make([]types.AccountID, len(ids))
	for i, id := range ids {
		out[i] = types.AccountID(id)
	}
	return out
}

// Their forms of what a multisig's call has.
type (
	weight    struct{ RefTime, ProofSize types.UCompact }
	timepoint struct{ Height, Index types.U32 }
)

// pair is one call, built twice.
type pair struct {
	ours   extrinsic.Call
	theirs types.Call
}

// draw builds a call of every kind that custody and depositors use, others in
// it down to a depth.
func draw(t *rapid.T, r *extrinsic.Runtime, md *types.Metadata, depth int) pair {
	must := func(c extrinsic.Call, err error) extrinsic.Call {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	their := func(name string, args ...any) types.Call {
		t.Helper()
		c, err := types.NewCall(md, name, args...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	kinds := []string{"transfer_keep_alive", "transfer", "transfer_all", "remark", "approve", "cancel"}
	if depth > 0 {
		kinds = append(kinds, "batch_all", "as_derivative", "as_multi")
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	switch kind {
	case "transfer_keep_alive", "transfer":
		to, v := account.ID(hash(t, "to")), wide(t, "value")
		if kind == "transfer" {
			return pair{must(r.Call("Balances", "transfer", extrinsic.Field{Name: "dest", Argument: extrinsic.Account(to)}, extrinsic.Field{Name: "value", Argument: extrinsic.Number(v)})), their("Balances.transfer", address(to), types.NewUCompact(toBig(v)))}
		}
		return pair{must(r.Transfer(to, v)), their("Balances.transfer_keep_alive", address(to), types.NewUCompact(toBig(v)))}
	case "transfer_all":
		to, keep := account.ID(hash(t, "to")), rapid.Bool().Draw(t, "keep alive")
		return pair{must(r.TransferAll(to, extrinsic.Flag(keep))), their("Balances.transfer_all", address(to), types.Bool(keep))}
	case "remark":
		b := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "remark")
		return pair{must(r.Remark(b)), their("System.remark_with_event", types.Bytes(b))}
	case "batch_all":
		var ours []extrinsic.Call
		list := []types.Call{}
		for range rapid.IntRange(0, 4).Draw(t, "calls") {
			p := draw(t, r, md, depth-1)
			ours, list = append(ours, p.ours), append(list, p.theirs)
		}
		return pair{must(r.BatchAll(ours...)), their("Utility.batch_all", list)}
	case "as_derivative":
		index, p := rapid.Uint16().Draw(t, "index"), draw(t, r, md, depth-1)
		return pair{must(r.AsDerivative(index, p.ours)), their("Utility.as_derivative", types.U16(index), p.theirs)}
	}
	n := rapid.IntRange(2, 70).Draw(t, "signatories")
	m := extrinsic.Multisig{Threshold: uint16(rapid.IntRange(2, n).Draw(t, "threshold"))}
	for i := range n {
		id := account.ID(hash(t, "signatory"))
		id[0], id[1] = byte(i), byte(i>>8) // different
		m.Signatories = append(m.Signatories, id)
	}
	origin := m.Signatories[rapid.IntRange(0, n-1).Draw(t, "origin")]
	others, err := account.Others(m.Signatories, origin)
	if err != nil {
		t.Fatal(err)
	}
	limit := extrinsic.Weight{RefTime: rapid.Uint64().Draw(t, "time"), ProofSize: rapid.Uint64().Draw(t, "size")}
	theirLimit := weight{types.NewUCompactFromUInt(limit.RefTime), types.NewUCompactFromUInt(limit.ProofSize)}
	first := &extrinsic.Timepoint{Height: rapid.Uint32().Draw(t, "height"), Index: rapid.Uint32().Draw(t, "index")}
	theirFirst := timepoint{types.U32(first.Height), types.U32(first.Index)}
	if kind == "cancel" {
		call := hash(t, "call")
		return pair{must(r.Cancel(m, origin, *first, call)),
			their("Multisig.cancel_as_multi", types.U16(m.Threshold), accounts(others), theirFirst, types.Hash(call))}
	}
	option := types.NewOption(theirFirst)
	if rapid.Bool().Draw(t, "is first") {
		first, option = nil, types.NewEmptyOption[timepoint]()
	}
	if kind == "approve" {
		call := hash(t, "call")
		return pair{must(r.Approve(m, origin, first, call, limit)),
			their("Multisig.approve_as_multi", types.U16(m.Threshold), accounts(others), option, types.Hash(call), theirLimit)}
	}
	p := draw(t, r, md, depth-1)
	return pair{must(r.Execute(m, origin, first, p.ours, limit)),
		their("Multisig.as_multi", types.U16(m.Threshold), accounts(others), option, p.theirs, theirLimit)}
}

func TestCalls(t *testing.T) {
	r, md := both(t)
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, r, md, 3)
		same(t, "call", p.ours.Bytes(), theirs(t, p.theirs))
	})
}

// terms draws the terms of an extrinsic and their form of them.
func terms(t *rapid.T, signer account.ID, r *extrinsic.Runtime) (extrinsic.Terms, types.SignatureOptions) {
	t.Helper()
	period := uint32(1) << rapid.IntRange(2, 16).Draw(t, "log of the period")
	step := max(period>>12, 1)
	birth := rapid.Uint32Range(0, 1<<31).Draw(t, "birth") / step * step
	era, err := extrinsic.NewEra(period, birth)
	if err != nil {
		t.Fatal(err)
	}
	// They have no builder of eras: Substrate's own formula, written out.
	log := 0
	for 2<<log < period {
		log++
	}
	bits := uint16(min(15, max(1, log))) | uint16(birth%period/step)<<4
	own := extrinsic.Terms{Signer: signer, Nonce: rapid.Uint32().Draw(t, "nonce"), Era: era, Birth: hash(t, "birth's hash")}
	return own, types.SignatureOptions{
		Era:                types.ExtrinsicEra{IsMortalEra: true, AsMortalEra: types.MortalEra{First: byte(bits), Second: byte(bits >> 8)}},
		Nonce:              types.NewUCompactFromUInt(uint64(own.Nonce)),
		Tip:                types.NewUCompactFromUInt(0),
		SpecVersion:        types.U32(r.Version().SpecVersion),
		TransactionVersion: types.U32(r.Version().TransactionVersion),
		GenesisHash:        types.Hash(genesis),
		BlockHash:          types.Hash(own.Birth),
	}
}

// payload is what they sign, before its hash.
func payload(t *rapid.T, c types.Call, o types.SignatureOptions) []byte {
	return theirs(t, types.ExtrinsicPayloadV4{ExtrinsicPayloadV3: types.ExtrinsicPayloadV3{
		Method: theirs(t, c), Era: o.Era, Nonce: o.Nonce, Tip: o.Tip,
		SpecVersion: o.SpecVersion, GenesisHash: o.GenesisHash, BlockHash: o.BlockHash,
	}, TransactionVersion: o.TransactionVersion})
}

func TestEd25519Extrinsics(t *testing.T) {
	r, md := both(t)
	rapid.Check(t, func(t *rapid.T) {
		seed := hash(t, "seed")
		private := ed25519.NewKeyFromSeed(seed[:])
		signer := account.ID(private.Public().(ed25519.PublicKey))
		p := draw(t, r, md, 2)
		own, o := terms(t, signer, r)
		d, err := r.Draft(p.ours, own)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "payload", d.Payload(), payload(t, p.theirs, o))
		s := ed25519.Sign(private, extrinsic.Digest(d.Payload()))
		ours, err := d.Ed25519([64]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		x := types.NewExtrinsic(p.theirs)
		x.Version |= types.ExtrinsicBitSigned
		x.Signature = types.ExtrinsicSignatureV4{
			Signer: address(signer), Signature: types.MultiSignature{IsEd25519: true, AsEd25519: types.NewSignature(s)},
			Era: o.Era, Nonce: o.Nonce, Tip: o.Tip,
		}
		same(t, "extrinsic", ours, theirs(t, x))
	})
}

// sr25519 signs with randomness: they sign, and ours is the same extrinsic with
// their signature; each side takes the other's.
func TestSr25519Extrinsics(t *testing.T) {
	r, md := both(t)
	alice, err := devkey.Of("Alice")
	if err != nil {
		t.Fatal(err)
	}
	pair := signature.TestKeyringPairAlice
	if !bytes.Equal(pair.PublicKey, func() []byte { id := alice.Account(); return id[:] }()) {
		t.Fatal("two Alices")
	}
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, r, md, 2)
		own, o := terms(t, alice.Account(), r)
		x := types.NewExtrinsic(p.theirs)
		if err := x.Sign(pair, o); err != nil {
			t.Fatal(err)
		}
		d, err := r.Draft(p.ours, own)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := d.Sr25519([64]byte(x.Signature.Signature.AsSr25519))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "extrinsic", ours, theirs(t, x))
		signed := extrinsic.Digest(d.Payload())
		if !sr25519.Verify(alice.Account(), signed, [64]byte(x.Signature.Signature.AsSr25519)) {
			t.Fatal("we refuse their signature")
		}
		s, err := alice.Sign(signed)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := signature.Verify(d.Payload(), s[:], pair.URI); err != nil || !ok {
			t.Fatalf("they refuse our signature: %v", err)
		}
	})
}

func TestStorageKeys(t *testing.T) {
	_, md := both(t)
	ours := westend.Metadata(t)
	rapid.Check(t, func(t *rapid.T) {
		who, call := hash(t, "account"), hash(t, "call")
		number := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "number"))
		for _, c := range []struct {
			pallet, name string
			parts        [][]byte
			known        []byte // where substrate/storage has it without metadata
		}{
			{"System", "Events", nil, storage.Events()},
			{"System", "Account", [][]byte{who[:]}, storage.Account(who)},
			{"System", "BlockHash", [][]byte{number[:]}, nil},
			{"Multisig", "Multisigs", [][]byte{who[:], call[:]}, storage.Multisig(who, call)},
			{"Balances", "Locks", [][]byte{who[:]}, nil},
			{"Staking", "ErasStakers", [][]byte{number[:], who[:]}, nil},
			{"Paras", "Heads", [][]byte{number[:]}, nil},
		} {
			key, err := types.CreateStorageKey(md, c.pallet, c.name, c.parts...)
			if err != nil {
				t.Fatal(err)
			}
			own, err := storage.Key(ours, c.pallet, c.name, c.parts...)
			if err != nil {
				t.Fatal(err)
			}
			same(t, c.pallet+"."+c.name, own, key)
			if c.known != nil {
				same(t, "known "+c.name, c.known, key)
			}
		}
	})
}

// Their account has the fields in the same places; a value is read alike.
func TestAccounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amounts := [4]amount.Wide{wide(t, "free"), wide(t, "reserved"), wide(t, "misc"), wide(t, "fee")}
		var info types.AccountInfo
		info.Nonce = types.U32(rapid.Uint32().Draw(t, "nonce"))
		info.Consumers, info.Providers, info.Sufficients = 1, 2, 3
		info.Data.Free, info.Data.Reserved = types.NewU128(*toBig(amounts[0])), types.NewU128(*toBig(amounts[1]))
		info.Data.MiscFrozen, info.Data.Flags = types.NewU128(*toBig(amounts[2])), types.NewU128(*toBig(amounts[3]))
		got, err := storage.DecodeAccount(theirs(t, info))
		if err != nil {
			t.Fatal(err)
		}
		if got.Nonce != uint32(info.Nonce) || got.Free != amounts[0] || got.Reserved != amounts[1] {
			t.Fatalf("%+v of %+v", got, info)
		}
	})
}
