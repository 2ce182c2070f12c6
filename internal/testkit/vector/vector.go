package vector

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files of spec/vectors")

// Hex is a byte string that a vector file holds in lower-case hex.
type Hex []byte

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// Refusal is a negative vector of a decoder: bytes and the name of the code
// with which they are refused.
type Refusal struct {
	Name  string `json:"name"`
	Bytes Hex    `json:"bytes"`
	Code  string `json:"code"`
}

// Check demands that spec/vectors/NAME.json, read from the directory of a
// package two levels below the module's root, equals the JSON of computed. It
// returns the file's own contents decoded, for tests that go on from them.
func Check[T any](t *testing.T, name string, computed T) T {
	t.Helper()
	path := filepath.Join("..", "..", "spec", "vectors", name+".json")
	want, err := json.MarshalIndent(computed, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s rewritten", path)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s (-file +code):\n%s", path, cmp.Diff(string(got), string(want)))
	}
	var file T
	decoder := json.NewDecoder(bytes.NewReader(got))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file
}
