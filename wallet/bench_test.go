package wallet

import (
	"crypto/rand"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/cpu"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/seal"
)

// BenchmarkScan reads blocks of 300 strangers' actions on one core: own and
// foreign trial decryption, the look-up of nullifiers, and the tree's append
// with 100 notes kept in it. One action in 300 pays the account.
func BenchmarkScan(b *testing.B) {
	const size = 300
	stranger, me := account("stranger").Viewing(), account("me").Viewing()
	block := &Block{}
	for i := range size {
		nf0 := field.FromHash("bench", []byte{byte(i), byte(i >> 8)})
		to := account("payee").Viewing().Address(0)
		if i == size/2 {
			to = me.Address(3)
		}
		plain := [action.Slots]seal.Plaintext{
			{Kind: seal.Payment, Asset: 1, Value: 5, D: to.D},
			{Kind: seal.OwnNote, Asset: 1, D: stranger.Diversifier(0)},
			{Kind: seal.OwnNote, Asset: 1, D: stranger.Diversifier(0)},
		}
		var entropy [32]byte
		rand.Read(entropy[:])
		sealed, err := seal.SealOutputs(stranger, nf0, plain, to, entropy)
		if err != nil {
			b.Fatal(err)
		}
		x := Executed{ID: ID{byte(i), byte(i >> 8)}, First: uint64(i * action.Slots), Sealed: sealed}
		for j := range x.Nullifiers {
			x.Nullifiers[j] = note.OutputRho(nf0, j)
		}
		x.Commitments[0] = seal.PaymentNote(stranger, nf0, 0, 1, 5, to).Commitment()
		for j := 1; j < action.Slots; j++ {
			x.Commitments[j] = seal.Reopen(stranger, nf0, j, plain[j]).Commitment()
		}
		block.Executed = append(block.Executed, x)
	}
	scanner := NewScanner(me)
	s := NewState(me, keys.Development, Terms{ChainID: "bench", AnchorInterval: 4, FeeAsset: 1})
	before := cpu.Now()
	b.ResetTimer()
	for b.Loop() {
		next := *block
		next.Height = s.Height + 1
		next.Size = s.Keeper.Size() + size*action.Slots
		for i := range next.Executed {
			next.Executed[i].First = s.Keeper.Size() + uint64(i*action.Slots)
		}
		if err := s.Apply(scanner.Scan(&next)); err != nil {
			b.Fatal(err)
		}
		if len(s.Notes) > 100 { // spend the oldest
			g := newGrowth(0, 0)
			s.removeNote(s.Notes[0], g)
			s.Keeper.Unmark(g.spent[0])
		}
	}
	b.StopTimer()
	if s.Height > 1 && len(s.Notes) == 0 {
		b.Fatal("the payments were not found")
	}
	b.ReportMetric(float64(b.N*size)/(cpu.Now()-before).Seconds(), "actions/cpu-s")
}
