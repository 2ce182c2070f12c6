//go:build soundness

package soundness_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
)

var reportFile = flag.String("report", "", "file whose sections of results are written anew")

// What the campaign does, a circuit.
const (
	witnesses = 30     // at each: rank, every lie at every hint, public inputs
	cases     = 10_000 // on random assignments
	rescue    = 40     // one case in so many is also lied for, if it is false
	mutants   = 8_000  // cases in which a circuit without one group must be seen
)

// TestCampaign runs the whole and writes the report, a circuit at a time.
// Everything follows from the seeds, which are 0, 1, 2, …: a run can be
// repeated to the last number.
func TestCampaign(t *testing.T) {
	keys := circuittest.Prover(t).Keys()
	inputs := map[string]*verify.Key{"action": keys.Action, "fill": keys.Fill, "collect": keys.Collect}
	for _, c := range circuits() {
		t.Run(c.name, func(t *testing.T) {
			m := c.compile(t)
			f := m.probeAll(t, witnesses)
			f.check(t)
			for _, mode := range c.modes {
				if f.modes[mode] == 0 {
					t.Errorf("no witness is a %q", mode)
				}
			}
			// A key refuses a K at infinity when it is made (circuit/verify).
			if got := inputs[c.name].Inputs(); got != m.system.Public() {
				t.Errorf("the key has %d inputs, the circuit %d", got, m.system.Public())
			}
			d := m.compareAll(t, cases, rescue)
			d.check(t)
			results := report(t, m, f, d, c.omissions(t))
			t.Log("\n" + results)
			if *reportFile != "" && !t.Failed() {
				if err := insert(*reportFile, c.name, results); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// omission is the first case in which a circuit without one group of
// assertions differs from the statement.
type omission struct {
	group string
	seed  int
}

// omissions leaves out each group in turn. The digest's group asserts nothing.
func (c circuit) omissions(t *testing.T) []omission {
	groups := slices.DeleteFunc(slices.Clone(circuittest.Compile(t, c.empty()).Groups), func(g string) bool { return g == "digest" })
	return each(len(groups), func(i int) omission {
		seed, ok := c.compile(t, groups[i]).firstDisagreement(mutants)
		if !ok {
			t.Errorf("%s without %s: no case of %d shows it", c.name, groups[i], mutants)
		}
		return omission{groups[i], seed}
	}, progress(t, c.name+": omitted groups", len(groups)))
}

// report returns the results of one circuit as a table.
func report(t *testing.T, m compiled, f *findings, d *comparison, omitted []omission) string {
	system, err := prove.Compile(prove.Name(m.name))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	line := func(what, format string, in ...any) {
		fmt.Fprintf(&out, "| %s | %s |\n", what, fmt.Sprintf(format, in...))
	}
	list := func(of map[string]int) string {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(of)) {
			all = append(all, fmt.Sprintf("%s %d", name, of[name]))
		}
		return strings.Join(all, "; ")
	}
	sum := func(of map[string]int) (n int) {
		for _, k := range of {
			n += k
		}
		return n
	}
	out.WriteString(title(system))
	line("---", "---")
	line("system", "%d constraints, of which %d publish an output; %d hints; %d public inputs",
		len(m.system.Constraints), m.system.Bindings(), len(m.system.Hints), m.system.Public())
	line("witnesses", "seeds 0 to %d: %s", f.witnesses-1, list(f.modes))
	line("rank", "%d columns each: %d fixed by peeling, %d by elimination, %d free and explained; **%d candidates**",
		f.columns/f.witnesses, f.peeled, f.eliminated, sum(f.free), len(f.candidates))
	line("lies", "%d, %d to %d at a hint: %d refused, %d reach nothing and are explained; **%d found**", f.lies,
		slices.Min(slices.Collect(maps.Values(f.told))), slices.Max(slices.Collect(maps.Values(f.told))),
		f.lies-sum(f.harmless)-len(f.candidates), sum(f.harmless), len(f.candidates))
	for _, key := range slices.Sorted(maps.Keys(explained)) {
		if name, call, _ := strings.Cut(key, ", "); name == m.name {
			line("explained", "`%s`: free at %d witnesses, %d lies reach nothing; %s", call, f.free[call], f.harmless[call], explained[key])
		}
	}
	always, sometimes := 0, map[string]int{}
	for input, n := range f.depends {
		if n == f.witnesses {
			always++
		} else {
			sometimes[input] = n
		}
	}
	line("public inputs", "constraints depend on %d at every witness; **free at all: 0**; at so many witnesses: %s; no K is infinity",
		always, cmp.Or(list(sometimes), "none"))
	line("cases", "seeds 0 to %d: %d taken, %d refused; native rules applied to %d; **%d disagreements**",
		d.cases-1, d.taken, d.cases-d.taken, d.asked, len(d.disagreements))
	line("lies for false cases", "%d at %d cases; **%d forgeries**", d.lies, d.rescues, len(d.forgeries))
	var shown []string
	for _, o := range omitted {
		shown = append(shown, fmt.Sprintf("%s %d", o.group, o.seed))
	}
	line("groups left out", "all %d are seen; first in case: %s", len(omitted), strings.Join(shown, ", "))
	return out.String()
}

// insert replaces a circuit's section in a file.
func insert(file, name, results string) error {
	begin, end := "<!-- results of "+name+" -->\n", "<!-- end of "+name+" -->\n"
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok1 := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no place for the results of %s", file, name)
	}
	return os.WriteFile(file, []byte(head+begin+"\n"+results+"\n"+end+tail), 0o644)
}
