package node

import (
	"testing"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// A challenge is its action to whoever looks for transactions: one id, the same
// nullifiers in the pool, the same entries for the owner's wallet. A decided
// block gives it no second entry of another id.
func TestChallengeIsIndexedAsItsAction(t *testing.T) {
	b := newBench(t, 1)
	b.decide()
	m := &member{network: b.network, node: &Node{app: b.app}}
	a := m.action(1)
	raw := (&challenge.Challenge{Query: fairness.Query{Key: fairness.KeySeed{1}.Public()}, Action: *a}).Encode()
	id := a.ID(b.genesis.ChainID)
	if got := txID(b.genesis.ChainID, raw); got != id {
		t.Errorf("id %x of a challenge of action %x", got, id)
	}
	ticket := b.app.ticket(raw, ledger.Admission{Kind: transaction.Challenge, Nullifiers: a.Nullifiers[:]})
	if ticket.ID != id || !ticket.Open || len(ticket.Uses) != len(a.Nullifiers) {
		t.Errorf("%+v", ticket)
	}
	d := digester{chainID: b.genesis.ChainID, in: ledger.Block{Height: 9, Txs: [][]byte{raw}}}
	if err := d.admitted(ledger.ActionAdmitted{ID: id, Nullifiers: a.Nullifiers}); err != nil {
		t.Fatal(err)
	}
	if len(d.entries) != 1 || len(d.rows) != 2 {
		t.Errorf("%d entries, %d rows", len(d.entries), len(d.rows))
	}
}
