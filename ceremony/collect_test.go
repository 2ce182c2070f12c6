package ceremony

import (
	"errors"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestCollect holds a ceremony for a circuit of the protocol, from the first
// contribution to a proof. It takes two CPU minutes, nearly all of them in
// evaluating the circuit twice; what can go wrong is tested on small circuits.
func TestCollect(t *testing.T) {
	s, err := prove.Compile(prove.Collect)
	if err != nil {
		t.Fatal(err)
	}
	dir, systems := t.TempDir(), []*prove.System{s}
	if _, err := Init(dir, "test", systems); err != nil {
		t.Fatal(err)
	}
	contribute := func(name string) {
		t.Helper()
		if _, err := Contribute(dir, systems, who(name), nil); err != nil {
			t.Fatal(err)
		}
	}
	contribute("ada")
	contribute("ben")
	kept := entries(t, dir)

	contribute("mallory")
	list := entries(t, dir)
	payload := readFile(t, dir, "powers-003-"+list[3].Payload.Short()+".bin")
	copy(payload[powersStart+8+g2Size:], payload[powersStart+8+g2Size+g1Size:][:g1Size])
	rewrite(t, dir, kept, len(kept))
	add(t, dir, Entry{Kind: Contribution, Chain: Powers, Contributor: "mallory", Base: list[3].Base}, payload)
	var f *Fault
	if _, err := SealPowers(dir, systems, first, nil); !errors.As(err, &f) || f.Contributor != "mallory" || f.Check != CheckUpdate || f.Entry != 3 {
		t.Fatalf("mallory's contribution: %v", err)
	}

	rewrite(t, dir, kept, len(kept))
	if _, err := SealPowers(dir, systems, first, nil); err != nil {
		t.Fatal(err)
	}
	contribute("ada")
	contribute("ben")
	keys := filepath.Join(dir, "keys")
	r, made, err := Finish(dir, systems, second, keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := keystore.OpenCeremony(keys, nil, prove.Collect)
	if err != nil {
		t.Fatal(err)
	}
	key := p.Keys().Collect
	if Hash(key.Hash()) != r.Chains[1].Verifying || key.Hash() != made[0].Verifying().Hash() {
		t.Fatal("the installed key is another")
	}
	w := rapid.Custom(circuittest.Collect).Example(3)
	proof, err := p.Collect(w)
	if err != nil {
		t.Fatal(err)
	}
	claim := verify.Claim{Key: key, Public: circuittest.CollectInputs(w), Proof: proof}
	if err := verify.One(claim); err != nil {
		t.Fatal(err)
	}
	claim.Public[0].SetUint64(1)
	if err := verify.One(claim); !errors.Is(err, rejection.BadProof) {
		t.Errorf("another statement: %v", err)
	}
}
