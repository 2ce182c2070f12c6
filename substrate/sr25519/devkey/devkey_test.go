package devkey

import (
	"strings"
	"testing"

	"github.com/nightjar/nightjar/substrate/account"
)

// The addresses that Substrate's own documentation prints.
func TestKnownAccounts(t *testing.T) {
	for name, want := range map[string]string{
		"Alice":   "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		"Bob":     "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
		"Charlie": "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y",
		"Dave":    "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy",
		"Eve":     "5HGjWAeFDfFCWPsjFQdVV2Msvz2XtMktvgocEZcCj68kUMaw",
		"Ferdie":  "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL",
	} {
		k, err := Of(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.Account().SS58(account.Generic); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if _, err := Of(strings.Repeat("x", 32)); err == nil {
		t.Error("a name of more than a chain code's bytes")
	}
}
