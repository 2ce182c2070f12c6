//go:build soundness

package soundness_test

import (
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

var reportFile = flag.String("report", "", "file whose section of results is written anew")

// What the campaign does, a circuit. Cases are so many that the product's own
// rules apply to 10,000 of them; the others are the statement's alone.
const (
	witnesses = 60    // at each: rank, every lie at every hint, public inputs
	rescue    = 40    // one case in so many is also lied for, if it is false
	mutants   = 8_000 // cases that a circuit without one group may take
)

var cases = map[string]int{"action": 20_000, "fill": 16_000, "collect": 14_000}

// TestCampaign runs the whole and writes the report. Everything follows from
// the seeds, which are 0, 1, 2, …: a run can be repeated to the last number.
func TestCampaign(t *testing.T) {
	keys := circuittest.Prover(t).Keys()
	inputs := map[string]*verify.Key{"action": keys.Action, "fill": keys.Fill, "collect": keys.Collect}
	var report strings.Builder
	tables := newTables(&report)
	for _, c := range circuits() {
		m := c.compile(t)
		f := m.probeAll(t, witnesses)
		f.check(t)
		for _, mode := range c.modes {
			if f.modes[mode] == 0 {
				t.Errorf("%s: no witness is a %q", c.name, mode)
			}
		}
		// A key refuses a K at infinity when it is made (circuit/verify).
		if got := inputs[c.name].Inputs(); got != m.system.Public() {
			t.Errorf("%s: the key has %d inputs, the circuit %d", c.name, got, m.system.Public())
		}
		d := m.compareAll(t, cases[c.name], rescue)
		d.check(t)
		if d.asked < 10_000 {
			t.Errorf("%s: the native rules apply to %d cases only", c.name, d.asked)
		}
		tables.add(t, m, f, d, c.omissions(t))
	}
	tables.write()
	if *reportFile != "" {
		if err := insert(*reportFile, report.String()); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("\n" + report.String())
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

// tables are the report's, a row a circuit.
type tables struct {
	out                                    *strings.Builder
	rank, lies, public, statement, omitted []string
	modes, harmless                        []string
}

func newTables(out *strings.Builder) *tables { return &tables{out: out} }

func (r *tables) add(t *testing.T, m compiled, f *findings, d *comparison, o []omission) {
	row := func(cells ...any) string {
		return "| " + strings.Repeat("%v | ", len(cells))[:5*len(cells)-1] + "\n"
	}
	format := func(cells ...any) string { return fmt.Sprintf(row(cells...), cells...) }
	sum := func(in map[string]int) (n int) {
		for _, k := range in {
			n += k
		}
		return n
	}
	verdict := func(bad int) string {
		if bad == 0 {
			return "none"
		}
		return fmt.Sprint(bad)
	}
	r.rank = append(r.rank, format(m.name, len(m.system.Constraints), m.system.Bindings(), f.witnesses,
		f.columns/max(f.witnesses, 1), f.peeled, f.eliminated, sum(f.free), verdict(len(f.candidates))))
	r.lies = append(r.lies, format(m.name, len(m.system.Hints), f.witnesses, f.lies, f.lies-sum(f.harmless), sum(f.harmless),
		verdict(len(f.candidates))))
	for _, call := range slices.Sorted(maps.Keys(explained)) {
		if name, call, _ := strings.Cut(call, ", "); name == m.name {
			r.harmless = append(r.harmless, format(name, "`"+call+"`", f.free[call], f.harmless[call], explained[name+", "+call]))
		}
	}
	always, sometimes := 0, []string{}
	for _, input := range slices.Sorted(maps.Keys(f.depends)) {
		if n := f.depends[input]; n == f.witnesses {
			always++
		} else {
			sometimes = append(sometimes, fmt.Sprintf("%s %d", input, n))
		}
	}
	if len(sometimes) == 0 {
		sometimes = []string{"–"}
	}
	r.public = append(r.public, format(m.name, m.system.Public(), always, strings.Join(sometimes, ", "), "none"))
	r.statement = append(r.statement, format(m.name, d.cases, d.taken, d.cases-d.taken, d.asked, d.rescues, d.lies,
		verdict(len(d.disagreements)), verdict(len(d.forgeries))))
	var found []string
	for _, x := range o {
		found = append(found, fmt.Sprintf("%s %d", x.group, x.seed))
	}
	r.omitted = append(r.omitted, format(m.name, len(o), strings.Join(found, ", ")))
	var drawn []string
	for _, mode := range slices.Sorted(maps.Keys(f.modes)) {
		drawn = append(drawn, fmt.Sprintf("%s %d", mode, f.modes[mode]))
	}
	r.modes = append(r.modes, format(m.name, strings.Join(drawn, "; ")))
}

func (r *tables) write() {
	table := func(title, head string, rows []string) {
		fmt.Fprintf(r.out, "\n%s\n\n%s\n|%s\n%s", title, head, strings.Repeat("---|", strings.Count(head, "|")-1), strings.Join(rows, ""))
	}
	fmt.Fprintf(r.out, "Seeds 0 to n − 1 of each part; system digests ")
	var digests []string
	for _, name := range prove.Names() {
		if s, err := prove.Compile(name); err == nil {
			digests = append(digests, fmt.Sprintf("%s `%.12x…`", name, s.Digest()))
		}
	}
	fmt.Fprintf(r.out, "%s.\n", strings.Join(digests, ", "))
	table("**Rank.** Columns are internal wires. Fixed and free are of all witnesses together.",
		"| circuit | constraints | left out: publish an output | witnesses | columns | fixed by peeling | by elimination | free, explained | candidates |", r.rank)
	table("**Lies.** Each answer other than the honest one, at each hint, at each witness.",
		"| circuit | hints | witnesses | lies | refused | reach nothing, explained | found |", r.lies)
	table("**Explained.** Hint outputs that may be something else; free directions and lies that reached nothing.",
		"| circuit | hint | free | lies | why it is harmless |", r.harmless)
	table("**Public inputs.** Witnesses at which a constraint depends on the input; no K of a verifying key is infinity.",
		"| circuit | inputs | at every witness | others, with the witnesses | nowhere |", r.public)
	table("**Statement.** Random cases; then false ones at which every hint lied.",
		"| circuit | cases | taken | refused | native rules applied | false, lied for | lies | disagreements | forgeries |", r.statement)
	table("**Omitted groups.** Each group's assertions left out in turn: the first case that shows it.",
		"| circuit | groups | first case |", r.omitted)
	table("**Modes** of the witnesses.", "| circuit | drawn |", r.modes)
}

// insert replaces what stands between the marks in a file.
func insert(file, results string) error {
	const begin, end = "<!-- results: make soundness -->\n", "<!-- end of results -->\n"
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok1 := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no place for the results", file)
	}
	return os.WriteFile(file, []byte(head+begin+"\n"+results+"\n"+end+tail), 0o644)
}
