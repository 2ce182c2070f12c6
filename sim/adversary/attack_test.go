package adversary

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// start is where every story begins; each takes a clone.
var start = sync.OnceValues(func() (*world.Cast, error) {
	p, err := world.OpenProver()
	if err != nil {
		return nil, err
	}
	return world.Open(p)
})

func cast(t *testing.T) *world.Cast {
	t.Helper()
	c, err := start()
	if err != nil {
		t.Fatal(err)
	}
	return c.Clone()
}

// mutated is set by internal/mutate, in whose builds one check is missing: the
// attack on it has to succeed then.
const mutated = "NIGHTJAR_MUTATED"

// TestAttacks: each attack is stopped by what it names, and its control, which
// differs in nothing else, is not stopped at all. Neither breaks an invariant.
func TestAttacks(t *testing.T) {
	for _, a := range All() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			c := cast(t)
			err := a.Run(c, false)
			if os.Getenv(mutated) != "" {
				if err != nil {
					t.Fatalf("still stopped: %v", err)
				}
				return
			}
			if !errors.Is(err, a.Wants) {
				t.Fatalf("%v; want %v", err, a.Wants)
			}
			if err := c.Violation(); err != nil {
				t.Fatal(err)
			}
			c = cast(t)
			if err := a.Run(c, true); err != nil {
				t.Fatalf("the control is stopped: %v", err)
			}
			if err := c.Violation(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestNames: names are unique, and each attack names a guarantee and what
// stops it.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range All() {
		if seen[a.Name] {
			t.Errorf("two attacks are called %s", a.Name)
		}
		seen[a.Name] = true
		if _, ok := a.Wants.(rejection.Code); !ok && a.Wants != ErrPowerless || len(a.Guarantee) != 2 {
			t.Errorf("%s: %q, %v", a.Name, a.Guarantee, a.Wants)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d attacks", len(seen))
	}
}
