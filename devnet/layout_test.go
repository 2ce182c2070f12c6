package devnet

import (
	"errors"
	"os"
	"testing"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestDamagedManifest: a directory without a devnet, or with a manifest that
// none wrote, is refused; nothing is made in it.
func TestDamagedManifest(t *testing.T) {
	absent := Dir(t.TempDir())
	if _, err := absent.Mint(1, 1, field.Element{}); !errors.Is(err, rejection.BadFile) {
		t.Errorf("no devnet: %v", err)
	}
	if entries, err := os.ReadDir(string(absent)); err != nil || len(entries) != 0 {
		t.Errorf("something was made: %v %v", entries, err)
	}
	whole := `{"chain_id":"devnet-1","workers":1,"hosts":["127.0.0.1:1"],"processes":{}}`
	for _, text := range []string{
		"", "{}", "[]", "\x00",
		`{"chain_id":"devnet-1","workers":2,"hosts":["127.0.0.1:1"],"processes":{}}`,
		`{"chain_id":"devnet-1","workers":-1,"hosts":[],"processes":{}}`,
		`{"chain_id":"devnet-1","workers":1,"hosts":["127.0.0.1:1"]}`,
	} {
		d := Dir(t.TempDir())
		if err := os.WriteFile(d.manifest(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(d, Binaries{}); !errors.Is(err, rejection.BadFile) {
			t.Errorf("%q: %v", text, err)
		}
		if err := os.WriteFile(d.manifest(), []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
		if id, err := d.ChainID(); err != nil || id != "devnet-1" {
			t.Errorf("a whole one: %q %v", id, err)
		}
	}
}
