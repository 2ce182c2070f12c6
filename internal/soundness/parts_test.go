package soundness_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nightjar/nightjar/internal/soundness"
)

// explained lists the hint outputs that may have more than one value in a
// valid solution, and why that is harmless. What holds of each is checked where
// it is found: the circuit takes the other value, and no other wire moves.
var explained = map[string]string{
	"fill, padding solver.InvZeroHint 0":       "the inverse of the lots, at 0" + anyInverse,
	"fill, minimum solver.InvZeroHint 0":       "the inverse of the rest, at 0: a full fill, or padding" + anyInverse,
	"collect, deviation solver.InvZeroHint 0":  "the inverse of 65535 − dev, at 0" + anyInverse,
	"collect, deviation gadget.notBelowHint 0": "which of P and ref is larger, where they are equal: the distance is `±(P − ref) = 0` either way",
}

// anyInverse is why the hint of isZero may say anything at 0.
const anyInverse = "; `0·x = 1 − isZero` and `0·isZero = 0` hold for every x, and nothing else reads x"

// findings are the results of the first three questions for one circuit.
type findings struct {
	circuit                     string
	witnesses                   int
	modes                       map[string]int
	columns, peeled, eliminated int            // of all witnesses together
	free                        map[string]int // explained free hint outputs, by call
	lies                        int
	harmless                    map[string]int // lies that reach nothing, by call
	told                        map[string]int // lies by call
	depends                     map[string]int // witnesses at which a constraint depends on a public input
	candidates                  []string       // what nobody has explained
}

func newFindings(name string) *findings {
	return &findings{
		circuit: name, modes: map[string]int{}, free: map[string]int{}, harmless: map[string]int{},
		told: map[string]int{}, depends: map[string]int{},
	}
}

func (f *findings) add(g *findings) {
	f.witnesses += g.witnesses
	f.columns += g.columns
	f.peeled += g.peeled
	f.eliminated += g.eliminated
	f.lies += g.lies
	for _, m := range [][2]map[string]int{
		{f.modes, g.modes}, {f.free, g.free}, {f.harmless, g.harmless},
		{f.told, g.told}, {f.depends, g.depends},
	} {
		for k, n := range m[1] {
			m[0][k] += n
		}
	}
	f.candidates = append(f.candidates, g.candidates...)
}

// probe asks rank, lies and public inputs about one valid solution.
func (m compiled) probe(seed int) *findings {
	f := newFindings(m.name)
	a, modes := m.draw(seed)
	trial := try(m.system, a)
	candidate := func(format string, in ...any) {
		f.candidates = append(f.candidates, fmt.Sprintf("%s, seed %d: ", m.name, seed)+fmt.Sprintf(format, in...))
	}
	if !trial.Holds() {
		candidate("the circuit refuses a valid witness")
		return f
	}
	f.witnesses = 1
	for _, mode := range modes {
		f.modes[mode]++
	}

	r := trial.Rank()
	f.columns, f.peeled, f.eliminated = r.Columns, r.Peeled, r.Eliminated
	for _, d := range r.Free {
		h := m.system.HintOf(d.Support[0])
		if h != nil && d.Inert && explained[m.name+", "+h.String()] != "" {
			f.free[h.String()]++
			continue
		}
		var names []string
		for _, w := range d.Support {
			names = append(names, m.system.WireName(w))
		}
		candidate("rank: these may move together: %s", strings.Join(names, "; "))
	}

	random := seeded("lies of "+m.name, seed)
	for _, h := range m.system.Hints {
		manners := soundness.Manners()
		if h.ForRange() { // its own lies are those of the manners
			manners = manners[:1]
		}
		lies := liesOf(trial, h, random)
		f.lies += len(lies) * len(manners)
		f.told[h.String()] += len(lies) * len(manners) // an entry for each hint, lies or not: see check
		for i, lie := range lies {
			for _, then := range manners {
				v := trial.Tell(h, lie, then)
				switch {
				case v.RefusedBy != nil:
				case v.Harmless() && explained[m.name+", "+h.String()] != "":
					f.harmless[h.String()]++
				default:
					candidate("lie %d of %s, manner %d, passes and moves %d wires", i, h, then, len(v.Moved))
				}
			}
		}
	}

	free := trial.FreeInputs()
	for w := soundness.Wire(1); int(w) <= m.system.Public(); w++ {
		f.depends[m.system.WireName(w)] += one(!slices.Contains(free, w))
	}
	return f
}

// comparison is the result of the fourth question for one circuit.
type comparison struct {
	circuit                  string
	cases, taken             int
	asked, nativeTaken       int // cases in which the product's own rules apply
	rescues                  int // false statements at which lies were tried
	lies                     int // and how many
	disagreements, forgeries []string
}

func (c *comparison) add(d *comparison) {
	c.cases += d.cases
	c.taken += d.taken
	c.asked += d.asked
	c.nativeTaken += d.nativeTaken
	c.rescues += d.rescues
	c.lies += d.lies
	c.disagreements = append(c.disagreements, d.disagreements...)
	c.forgeries = append(c.forgeries, d.forgeries...)
}

// compare judges one random case. If rescue, and the statement is false, it
// also lets every hint lie: none may make the circuit take it.
func (m compiled) compare(seed int, rescue bool) *comparison {
	a, v, err := m.randomCase(seed)
	c := &comparison{circuit: m.name, cases: 1, taken: one(v.circuit), asked: one(v.asked), nativeTaken: one(v.native)}
	if err != nil {
		c.disagreements = append(c.disagreements, err.Error())
	}
	if v.circuit || !rescue {
		return c
	}
	trial := try(m.system, a)
	if trial.HoldsButForOutputs() {
		return c // only a public input is wrong: there is nothing to hide
	}
	c.rescues = 1
	random := seeded("rescues of "+m.name, seed)
	for _, h := range m.system.Hints {
		for i, lie := range liesOf(trial, h, random) {
			c.lies++
			if v := trial.Tell(h, lie, soundness.Honest); v.RefusedBy == nil {
				c.forgeries = append(c.forgeries, fmt.Sprintf("%s, case %d: lie %d of %s hides %q", m.name, seed, i, h, m.state(a).Broken()))
			}
		}
	}
	return c
}

// each calls f for 0 … n−1 on every core and returns the results in order.
// progress is called now and then with how many are done.
func each[T any](n int, f func(i int) T, progress func(done int)) []T {
	out := make([]T, n)
	var next, done atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				out[i] = f(i)
				if d := int(done.Add(1)); d%max(n/10, 1) == 0 {
					progress(d)
				}
			}
		})
	}
	wait.Wait()
	return out
}

// probeAll merges the findings of seeds 0 … n−1.
func (m compiled) probeAll(t testing.TB, n int) *findings {
	f := newFindings(m.name)
	for _, g := range each(n, func(i int) *findings { return m.probe(i) }, progress(t, m.name+": witnesses", n)) {
		f.add(g)
	}
	return f
}

// compareAll merges the comparisons of cases 0 … n−1; every rescueth false
// statement is also lied for.
func (m compiled) compareAll(t testing.TB, n, rescue int) *comparison {
	c := &comparison{circuit: m.name}
	for _, d := range each(n, func(i int) *comparison { return m.compare(i, i%rescue == 0) }, progress(t, m.name+": cases", n)) {
		c.add(d)
	}
	return c
}

func progress(t testing.TB, what string, n int) func(int) {
	return func(done int) { t.Logf("%s: %d of %d", what, done, n) }
}

// check fails the test for whatever the findings leave unexplained.
func (f *findings) check(t testing.TB) {
	t.Helper()
	for _, c := range f.candidates {
		t.Error(c)
	}
	for call, n := range f.told {
		if n == 0 {
			t.Errorf("%s: no lie was told at %s", f.circuit, call)
		}
	}
	for _, input := range slices.Sorted(maps.Keys(f.depends)) {
		if f.depends[input] == 0 {
			t.Errorf("%s: no constraint depends on the public input %s", f.circuit, input)
		}
	}
}

// check fails the test for whatever the comparison found.
func (c *comparison) check(t testing.TB) {
	t.Helper()
	for _, e := range slices.Concat(c.disagreements, c.forgeries) {
		t.Error(e)
	}
	if c.taken == 0 || c.taken == c.cases || c.nativeTaken == 0 || c.rescues == 0 {
		t.Errorf("%s: %d of %d cases taken, %d by the native rules, %d false ones lied for: the campaign compares nothing",
			c.circuit, c.taken, c.cases, c.nativeTaken, c.rescues)
	}
}
