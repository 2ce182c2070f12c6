package extrinsic

import (
	"testing"

	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/westend"
)

var (
	version = Version{"westend", 9320, 14}
	pin     = Pin{"westend", 14}
	genesis = [32]byte{0xe1, 31: 0x43}
)

// copied returns the recorded metadata with another list of extensions.
func copied(t testing.TB, edit func([]metadata.Extension) []metadata.Extension) *metadata.Metadata {
	t.Helper()
	c := *westend.Metadata(t)
	c.Extrinsic.Extensions = edit(append([]metadata.Extension(nil), c.Extrinsic.Extensions...))
	return &c
}

func runtime(t testing.TB) *Runtime {
	t.Helper()
	r, err := New(westend.Metadata(t), version, pin, genesis)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
