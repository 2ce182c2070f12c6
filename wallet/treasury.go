package wallet

import (
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
)

// applyFees books the flat fees that the ledger paid out, if the account is
// the treasury. The note's secrets are public (spec/10-ledger.md):
//
//	rho = H(RHO_FEE; asset, height), r = H(R_FEE; asset, height)
//
// The fees of settlements come sealed, and the Scanner opens them.
func (s *State) applyFees(b *Block, g *growth) {
	for _, f := range b.Fees {
		g.put(f.Position, f.Commitment)
		asset, height := field.FromUint64(uint64(f.Asset)), field.FromUint64(b.Height)
		r := field.H(domain.RFee, asset, height)
		n := note.Note{
			Asset: f.Asset, Value: f.Amount, Rho: field.H(domain.RhoFee, asset, height),
			C: keys.Owner(s.view.PKd(s.homeD()), r),
		}
		if n.Commitment() == f.Commitment {
			s.addFee(Note{Note: n, D: s.homeD(), R: r, Position: f.Position}, g)
		}
	}
}

// addFee books a note that pays the treasury.
func (s *State) addFee(n Note, g *growth) {
	if n.Value == 0 {
		return
	}
	cm := n.Commitment()
	s.addNote(n, g)
	s.record(Entry{Kind: FeeEntry, ID: cm.Bytes(), Asset: n.Asset, Amount: n.Value})
}
