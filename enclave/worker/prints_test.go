package worker

import (
	"crypto/sha256"
	"testing"

	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/registry"
)

func printed(e ledger.HeartbeatSeen) bool { return len(e.Prints) > 0 }

// TestPrints: what three owners traded is in a heartbeat once, late; what two
// owners traded is in none.
func TestPrints(t *testing.T) {
	w := running(t)
	w.cross()
	until(w, 16, always[ledger.GroupSettled])
	every := w.State.Params().HeartbeatBlocks
	for range 3 * every {
		w.step()
		for _, e := range w.Events {
			if e, ok := e.(ledger.HeartbeatSeen); ok && printed(e) {
				t.Fatalf("two owners are printed: %v", e.Prints)
			}
		}
	}
	w.three()
	until(w, 16, always[ledger.GroupSettled])
	settled := w.Height()
	seen := until(w, int(3*every), printed)
	if len(seen.Prints) != 1 || seen.Prints[0].Lots != 20 || seen.Prints[0].Last != settled || settled+every > seen.Height {
		t.Errorf("settled in %d, heartbeat of %d: %v", settled, seen.Height, seen.Prints)
	}
	w.agree()
}

// TestRoguePrints: a worker that says another print than the machine's has
// nobody sign for it; the honest one records it. Two honest ones print.
func TestRoguePrints(t *testing.T) {
	w := running(t)
	w.three()
	until(w, 16, always[ledger.GroupSettled])
	w.kill(2)
	w.mute[0] = true
	w.rewrite = func(from int, b []byte) []byte {
		e, err := peer.Decode(b)
		if err != nil {
			w.Fatal(err)
		}
		vote, ok := e.Body.(*peer.Vote)
		n := w.workers[0]
		if from != 0 || !ok || vote.Subject != peer.Heartbeat || len(n.machine.Prints()) == 0 {
			return b
		}
		book := n.state().Book()
		auctions, ran := n.transcripts(max(book.Heartbeat+1, book.Since), n.height())
		if !ran {
			w.Fatal("no transcripts")
		}
		p := registry.Heartbeat{
			Height: n.height(), Intake: n.machine.Intake().Tree.Root(), Transcript: auctions.Root(),
			StateDigest: n.machine.Digest(), Prints: n.machine.Prints(),
		}
		if digest := sha256.Sum256(p.SignBytes(w.Genesis.ChainID)); digest != vote.Digest {
			w.Fatal("the control is another heartbeat")
		}
		p.Prints[0].Lots++
		message := p.SignBytes(w.Genesis.ChainID)
		vote.Digest, vote.Signature = sha256.Sum256(message), n.keys.Sign(message)
		return peer.Encode(w.Genesis.ChainID, n.keys.ID(), vote, n.keys.Sign)
	}
	for range 3 * w.State.Params().HeartbeatBlocks {
		w.step()
		for _, e := range w.Events {
			if e, ok := e.(ledger.HeartbeatSeen); ok && printed(e) {
				t.Fatalf("a print that one worker signed: %v", e.Prints)
			}
		}
	}
	if w.workers[1].diverged == 0 {
		t.Error("the honest worker recorded nothing")
	}
}
