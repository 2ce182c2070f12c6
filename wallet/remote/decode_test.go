package remote

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

func element(n byte) []byte { return append(make([]byte, 31), n) }

func elements(n int) (out [][]byte) {
	for i := range n {
		out = append(out, element(byte(i+1)))
	}
	return out
}

// whole is a block with an entry of every kind.
func whole() *nodev1.CompactBlock {
	hash := make([]byte, 32)
	ct := make([]byte, seal.CiphertextSize)
	b := &nodev1.CompactBlock{Height: 7, Time: 8, Leaves: 40, Root: element(1), BlockHash: hash}
	for _, e := range []*nodev1.Entry{
		{Kind: &nodev1.Entry_Admitted{Admitted: &nodev1.Admission{Id: hash, Nullifiers: elements(3)}}},
		{Kind: &nodev1.Entry_Executed{Executed: &nodev1.Execution{
			Id: hash, Nullifiers: elements(3), Commitments: elements(3), Position: 5, Epk: hash,
			Ciphertexts: [][]byte{ct, ct, ct}, OutAsset: 1, OutAmount: 2, Claim: hash, Fee: 3}}},
		{Kind: &nodev1.Entry_Dropped{Dropped: &nodev1.Drop{Id: hash, Nullifiers: elements(3)}}},
		{Kind: &nodev1.Entry_Locked{Locked: &nodev1.Lock{Auction: 4, Nullifiers: elements(2)}}},
		{Kind: &nodev1.Entry_Busted{Busted: &nodev1.Bust{Auction: 3}}},
		{Kind: &nodev1.Entry_Settled{Settled: &nodev1.Settlement{
			Auction: 4, PriceCommitment: element(4), Fee: element(5), FeeOpening: make([]byte, seal.FeeOpeningSize), Position: 20,
			Legs: []*nodev1.Leg{{Nullifier: element(6), Proceeds: element(7), Refund: element(8), Remainder: element(9), Report: element(10)}}}}},
		{Kind: &nodev1.Entry_Deposited{Deposited: &nodev1.Deposit{Id: hash, Asset: 1, Amount: 2, Owner: element(3), Position: 30}}},
		{Kind: &nodev1.Entry_ClaimOpened{ClaimOpened: &nodev1.ClaimOpening{
			Claim: hash, Asset: 1, Amount: 2, Recipient: make([]byte, action.RecipientSize), ReturnOwner: element(3)}}},
		{Kind: &nodev1.Entry_ClaimPaid{ClaimPaid: &nodev1.ClaimPayment{Claim: hash}}},
		{Kind: &nodev1.Entry_ClaimReturned{ClaimReturned: &nodev1.ClaimReturn{Claim: hash, Asset: 1, Amount: 2, Owner: element(3), Position: 33}}},
		{Kind: &nodev1.Entry_FeesPaid{FeesPaid: &nodev1.FeeNote{Asset: 1, Amount: 2, Commitment: element(3), Position: 36}}},
		{Kind: &nodev1.Entry_EpochStarted{EpochStarted: &nodev1.EpochStart{Number: 2}}},
	} {
		b.Entries = append(b.Entries, e)
	}
	return b
}

func TestDecode(t *testing.T) {
	b, err := decode(whole())
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]int{
		"admitted": len(b.Admitted), "executed": len(b.Executed), "dropped": len(b.Dropped), "locks": len(b.Locks),
		"busts": len(b.Busts), "groups": len(b.Groups), "deposits": len(b.Deposits), "claims": len(b.Claims),
		"fees": len(b.Fees),
	} {
		if n != 1 {
			t.Errorf("%d %s", n, name)
		}
	}
	if len(b.Closings) != 2 || b.Height != 7 || b.Size != 40 || b.Executed[0].First != 5 || b.Groups[0].Legs[0].Report.Uint64() != 10 {
		t.Errorf("%+v", b)
	}
}

// unread are fields that the wallet computes itself or does not need.
var unread = map[protoreflect.Name]bool{"block_hash": true, "root": true, "commitment": true, "claim": true}

// TestWrongLengths shortens every byte string of a block in turn: whatever the
// wallet reads is refused.
func TestWrongLengths(t *testing.T) {
	count := 0
	var visit func(m protoreflect.Message, block *nodev1.CompactBlock)
	check := func(name protoreflect.FullName, block *nodev1.CompactBlock) {
		count++
		if _, err := decode(block); !errors.Is(err, rejection.BadBlock) {
			t.Errorf("%s of the wrong length: %v", name, err)
		}
	}
	visit = func(m protoreflect.Message, block *nodev1.CompactBlock) {
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			ignored := unread[f.Name()] && f.FullName() != "nightjar.node.v1.FeeNote.commitment" &&
				(f.Name() != "claim" || f.FullName() == "nightjar.node.v1.Execution.claim")
			switch {
			case ignored:
			case f.Kind() == protoreflect.MessageKind && f.IsList():
				for i := range v.List().Len() {
					visit(v.List().Get(i).Message(), block)
				}
			case f.Kind() == protoreflect.MessageKind:
				visit(v.Message(), block)
			case f.Kind() == protoreflect.BytesKind && f.IsList():
				list := v.List()
				last := list.Get(list.Len() - 1)
				list.Set(list.Len()-1, protoreflect.ValueOfBytes(last.Bytes()[1:]))
				check(f.FullName(), block)
				list.Set(list.Len()-1, last)
			case f.Kind() == protoreflect.BytesKind:
				m.Set(f, protoreflect.ValueOfBytes(v.Bytes()[1:]))
				check(f.FullName(), block)
				m.Set(f, v)
			}
			return true
		})
	}
	block := whole()
	visit(block.ProtoReflect(), block)
	if count < 25 {
		t.Fatalf("only %d fields were tried", count)
	}
	block.Entries = append(block.Entries, new(nodev1.Entry))
	if _, err := decode(block); !errors.Is(err, rejection.BadBlock) {
		t.Errorf("an entry of no kind: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	b, err := proto.Marshal(whole())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var in nodev1.CompactBlock
		if proto.Unmarshal(b, &in) != nil {
			return
		}
		if out, err := decode(&in); err == nil && out.Height != in.Height {
			t.Fatal("another block")
		}
	})
}
