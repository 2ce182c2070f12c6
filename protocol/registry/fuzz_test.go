package registry

import (
	"bytes"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, m := range []message{sampleWorker(), sampleEpoch(false), sampleEpoch(true), sampleHeartbeat()} {
		f.Add(m.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := decode(b); err == nil && !bytes.Equal(m.Encode(), b) {
			t.Fatal("two encodings of one message")
		}
	})
}
