package node

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/cometbft/cometbft/crypto/ed25519"

	"github.com/nightjar/nightjar/protocol/quorum"
)

// TestSignaturesAreTheEngines: the ledger takes a validator's signature iff the
// engine does, also when a validator makes it to tell the two apart. Else one
// vote extension would void the prices of all others in the same commit.
func TestSignaturesAreTheEngines(t *testing.T) {
	raw, err := os.ReadFile("../spec/vectors/ed25519.json")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string][]struct{ Name, Key, Message, Signature string }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	decode := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for list, want := range map[string]bool{"taken": true, "refused": false} {
		if len(file[list]) == 0 {
			t.Fatalf("no vectors in %q", list)
		}
		for _, v := range file[list] {
			key, message, signature := decode(v.Key), decode(v.Message), decode(v.Signature)
			if got := ed25519.PubKey(key).VerifySignature(message, signature); got != want {
				t.Errorf("%s: the engine says %v", v.Name, got)
			}
			if got := quorum.Verify(quorum.Key(key), message, [64]byte(signature)); got != want {
				t.Errorf("%s: the ledger says %v", v.Name, got)
			}
		}
	}
}
