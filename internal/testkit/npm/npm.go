package npm

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// File returns a file of an installed package.
func File(t testing.TB, pkg, name string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "e2e", "npm", "package.json")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("not inside the module")
		}
		dir = parent
	}
	b, err := os.ReadFile(filepath.Join(dir, "e2e", "npm", "node_modules", filepath.FromSlash(pkg), filepath.FromSlash(name)))
	if err != nil {
		t.Fatalf("%v (make kusama-npm)", err)
	}
	return b
}

// support is the package with recorded metadata.
const support = "@polkadot/types-support"

// Metadata returns the recorded metadata of a runtime, such as "v14/kusama".
func Metadata(t testing.TB, name string) []byte {
	t.Helper()
	_, text, ok := bytes.Cut(File(t, support, "metadata/"+name+"-hex.js"), []byte("'0x"))
	text, _, end := bytes.Cut(text, []byte("'"))
	b := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(b, text); err != nil || !ok || !end {
		t.Fatalf("%s is no hexadecimal text: %v", name, err)
	}
	return b
}

// MetadataJSON returns what polkadot.js makes of that metadata, in two parts:
// types, and the rest.
func MetadataJSON(t testing.TB, name string) (types, rest []byte) {
	t.Helper()
	return File(t, support, "metadata/"+name+"-types.json"), File(t, support, "metadata/"+name+"-json.json")
}
