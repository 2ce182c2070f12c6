package vector

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/rejection"
)

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

// Read returns spec/vectors/NAME.json for a test that recomputes every value in
// it. It fails unless T describes the whole file: no field of it is ignored,
// none is missing, and no list at its top is empty.
func Read[T any](t testing.TB, name string) (file T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "spec", "vectors", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	understood, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	want := generic(t, text)
	if diff := cmp.Diff(want, generic(t, understood)); diff != "" {
		t.Fatalf("%s is not what the test reads (-file +test):\n%s", name, diff)
	}
	if !full(want) {
		t.Fatalf("%s: nothing to test in one of its lists", name)
	}
	return file
}

// root returns the module's root: a test runs in its package's directory.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the package")
		}
		dir = parent
	}
}

// generic decodes JSON and keeps the digits of its numbers.
func generic(t testing.TB, text []byte) (value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// full says whether a value has parts and none of them is an empty list.
func full(value any) bool {
	switch v := value.(type) {
	case []any:
		return len(v) != 0
	case map[string]any:
		for _, part := range v {
			if list, ok := part.([]any); ok && len(list) == 0 {
				return false
			}
		}
		return len(v) != 0
	}
	return false
}

// Refused demands that err is the rejection with the code of that name.
func Refused(t *testing.T, name string, err error, code string) {
	t.Helper()
	var got *rejection.Rejection
	if !errors.As(err, &got) || got.Code.Name() != code {
		t.Errorf("%s: got %v, want %s", name, err, code)
	}
}

// Mutation is a negative vector of a decoder for large messages: an edit of
// the positive vector named Of, and the name of the code that refuses it.
type Mutation struct {
	Name   string `json:"name"`
	Of     string `json:"of"`
	Offset int    `json:"offset"` // where With overwrites
	With   Hex    `json:"with,omitempty"`
	Cut    int    `json:"cut,omitempty"`    // bytes cut off the end, then
	Append Hex    `json:"append,omitempty"` // bytes put there
	Code   string `json:"code,omitempty"`   // none if it decodes, and verifies nothing
}

// Apply returns the mutated message.
func (m Mutation) Apply(base []byte) []byte {
	out := bytes.Clone(base)
	copy(out[m.Offset:], m.With)
	return append(out[:len(out)-m.Cut], m.Append...)
}
