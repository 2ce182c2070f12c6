package vault_test

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// solo is one machine that is driven by hand: the test is its shell, its chain
// and its peers.
type solo struct {
	*world
	g *gateway
	m *vault.Machine
}

func newSolo(t *testing.T) *solo {
	w := newWorld(t, 2, "ada", "bea", "cyd")
	g := w.gateways[0]
	s := &solo{w, g, g.vault}
	s.tick()
	return s
}

// tick is one more height of Nightjar.
func (s *solo) tick() []vault.Effect {
	s.t.Helper()
	s.hub.height++
	_, effects, err := s.m.OnHub(vault.Hub{Height: s.hub.height, Assets: []vault.Asset{s.hub.asset}, Rotations: s.hub.rotations, Opened: s.hub.opened})
	if err != nil {
		s.t.Fatal(err)
	}
	return effects
}

// next is the next block, with what is given.
func (s *solo) next(transfers []vault.Transfer, steps ...vault.Step) vault.Block {
	at := s.m.Cursor()
	b := vault.Block{Number: at.Number + 1, Parent: at.Hash, Transfers: transfers, Steps: steps, Latest: true}
	b.Hash = account(string(rune(b.Number)) + "block")
	return b
}

func (s *solo) block(transfers []vault.Transfer, steps ...vault.Step) []vault.Effect {
	s.t.Helper()
	_, effects, err := s.m.OnBlock(s.next(transfers, steps...))
	if err != nil {
		s.t.Fatal(err)
	}
	return effects
}

// deposit is a transfer of hub units to the custody account.
func (s *solo) deposit(units uint64, of *field.Element) vault.Transfer {
	return vault.Transfer{External: coin, Amount: amount.WideOf(units * unit), From: account("alice"), To: s.custodyAccount(), Owner: of}
}

// signature is what a signer signs.
func signature(name string, of vault.Statement) vault.Signed {
	private, _ := keyOf(name)
	return vault.Signed{Statement: of, Signature: quorum.Sign(private, of.SignBytes(network))}
}

// only returns the one effect of a type; the test fails if there is another
// number of them.
func only[E vault.Effect](t *testing.T, effects []vault.Effect) (found E) {
	t.Helper()
	n := 0
	for _, e := range effects {
		if is, ok := e.(E); ok {
			found = is
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d effects of type %T in %v", n, found, effects)
	}
	return found
}

func none[E vault.Effect](t *testing.T, effects []vault.Effect) {
	t.Helper()
	for _, e := range effects {
		if _, ok := e.(E); ok {
			t.Fatalf("%T: %+v", e, e)
		}
	}
}

func raised(effects []vault.Effect, reason vault.AlarmReason) bool {
	for _, e := range effects {
		if a, ok := e.(vault.Alarm); ok && a.Reason == reason {
			return true
		}
	}
	return false
}

func refused(t *testing.T, err error, want rejection.Code) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v where %s is expected", err, want.Name())
	}
}

func replay(t *testing.T, m *vault.Machine, records []vault.Record) {
	t.Helper()
	for _, r := range records {
		if err := m.Replay(r); err != nil {
			t.Fatalf("%T: %v", r, err)
		}
	}
}

// execute is the steps of a call that two signers execute.
func (s *solo) execute(call [32]byte, stage vault.Stage) []vault.Step {
	_, bea := keyOf("bea")
	_, cyd := keyOf("cyd")
	at := s.custodyAccount()
	return []vault.Step{
		{Index: 10, Extrinsic: 5, Custody: at, Call: call, By: vault.Account(bea), Stage: vault.Opened},
		{Index: 12, Extrinsic: 6, Custody: at, Call: call, By: vault.Account(cyd), Stage: stage},
	}
}

func (s *solo) payout(c vault.Claim) [32]byte {
	j := vault.Job{JobID: vault.JobID{Kind: vault.Payout, Ref: c.ID}, External: coin, Amount: amount.WideOf(c.Amount * unit)}
	copy(j.To[:], c.Recipient)
	hash, err := codec{s.chain}.Call(j)
	if err != nil {
		s.t.Fatal(err)
	}
	return hash
}

// opened returns the first order for a claim's payment, and the block's number.
func (s *solo) opened() (vault.Order, uint64) {
	s.t.Helper()
	for range 4 * vault.Slot {
		for _, e := range s.block(nil) {
			if p, ok := e.(vault.Prepare); ok {
				return p.Order, s.m.Cursor().Number
			}
		}
	}
	s.t.Fatal("no order")
	return vault.Order{}, 0
}
