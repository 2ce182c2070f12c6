package vigil

import "github.com/nightjar/nightjar/protocol/fairness"

// refusals is for how many heartbeats in a row a worker may answer nothing before
// its owner is told to challenge it.
const refusals = 3

// Report is what a round found.
type Report struct {
	Heartbeats []uint64 // asked about
	Queries    int      // for each heartbeat as many as it has calls, times the slots
	Sent       int      // more than Queries if workers had to be asked again
	Orders     int      // that are watched
	Asked      int      // of them; the others' turn comes
	Auctions   int      // in which one took part, counted for each
	Exact      int      // of them, those in which minimum fills decided: priority can't be judged
	Findings   []Finding
	Missing    []Lost
	Untaken    []Lost
	Altered    []Lost // there, with another handling than was asked for
	Refusals   []Refusal
	Unanswered int      // queries that no worker answered
	Challenge  []string // workers that have answered nothing for several heartbeats
}

// Finding is a rule that was broken against an order, with what proves it.
type Finding struct {
	Order    string
	Rule     fairness.Rule
	Evidence *fairness.Evidence
}

// Lost is an order that the enclaves do not have, or not as it was placed. Only its
// owner knows whether that is right: Had is the heartbeat that had it, 0 if none
// did.
type Lost struct {
	Order     string
	Heartbeat uint64
	Had       uint64
}

// Refusal is a worker's failure to answer some queries about a heartbeat.
type Refusal struct {
	Worker    string
	Heartbeat uint64
	Queries   int
	Err       error // the last
}

func (r *Report) refused(worker string, heartbeat uint64, err error) {
	for i := range r.Refusals {
		if x := &r.Refusals[i]; x.Worker == worker && x.Heartbeat == heartbeat {
			x.Queries++
			x.Err = err
			return
		}
	}
	r.Refusals = append(r.Refusals, Refusal{worker, heartbeat, 1, err})
}

// Alarm reports whether the enclaves broke a rule, dropped an order, so far as the
// chain tells, or altered what was asked for.
func (r *Report) Alarm() bool { return len(r.Findings)+len(r.Missing)+len(r.Altered) > 0 }
