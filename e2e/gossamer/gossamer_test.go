//go:build e2e

package gossamer

import (
	"net/http"
	"os"
	"testing"
)

// TestStart: two nodes at once have a chain each, and are gone after Stop.
func TestStart(t *testing.T) {
	build, err := Build(t.Context(), "..", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	one, err := Start(t.Context(), build, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Stop()
	two, err := Start(t.Context(), build, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer two.Stop()
	if one.URL == two.URL || one.Log == two.Log {
		t.Fatalf("%s and %s share something", one.URL, two.URL)
	}
	one.Stop()
	if answer, err := http.Get(one.URL); err == nil {
		answer.Body.Close()
		t.Fatal("it serves after Stop")
	}
	if err := two.ping(t.Context()); err != nil {
		t.Fatal("stopping one stopped the other: ", err)
	}
}
