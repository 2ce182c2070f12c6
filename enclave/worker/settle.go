package worker

import (
	"maps"
	"slices"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Every worker that ran an auction has the same witnesses, so none of them
// travels: each worker proves its share and shows the others the proofs.
//
// The sharers of an auction are the workers whose votes for its lock are here
// when the lock's block comes. They may differ between workers when votes get
// lost; proofs are then made twice or late, never wrong.

// answer is the number of blocks in which a submitted transaction normally is
// in one.
const answer = 2

// lastRank is the rank from which on everybody proves what is still missing.
const lastRank = 2

// settleDue starts the proofs that are due here, submits what is complete, and
// again what did not get into a block.
func (w *Worker) settleDue() {
	maps.DeleteFunc(w.forgers, func(id settlement.WorkerID, _ bool) bool { return member(w.state().Workers(), id) == nil })
	for _, a := range w.lockedAuctions() {
		m := w.auction[a]
		for i, g := range m.groups {
			if !g.settled {
				w.proveDue(m, i)
				w.showAgain(m, i)
				w.submit(m, i)
			}
		}
	}
}

// turnBlocks is how many blocks a worker has for its share before the next one
// makes what is missing of it.
func (w *Worker) turnBlocks() uint64 { return max(w.state().Params().LockBlocks/4, 1) }

// proveDue gives out the jobs of a group that are due here. Proof k of group i
// is first the job of sharer a + i + k in their round, after one turn also that
// of the next, and after two of everybody. What is taken over is begun from the
// end: whoever is merely slow works from the beginning.
func (w *Worker) proveDue(m *auction, i int) {
	g, a := m.groups[i], uint64(m.result.Height)
	var own, others []Job
	for k, p := range g.parts {
		if p.known || p.started {
			continue
		}
		rank := min(w.rank(m, a+uint64(i+k)), lastRank)
		if w.height() < m.locked+w.turnBlocks()*rank {
			continue
		}
		p.started = true
		if rank == 0 {
			own = append(own, p.job)
		} else {
			others = append(others, p.job)
		}
	}
	slices.Reverse(others)
	w.out.Jobs = append(append(w.out.Jobs, own...), others...)
}

// rank returns how many sharers come before this worker in the round that
// begins with number first: those that are live and did not send a false proof.
// Whoever is no sharer comes last.
func (w *Worker) rank(m *auction, first uint64) (before uint64) {
	live := w.state().Workers()
	size := uint64(len(m.sharers))
	for j := range size {
		id := m.sharers[(first+j)%size]
		switch {
		case id == w.keys.ID():
			return before
		case !w.forgers[id] && member(live, id) != nil:
			before++
		}
	}
	return max(before, lastRank)
}

// Proved takes a finished job and shows its proof to the others. A job that
// failed is another worker's turn.
func (w *Worker) Proved(r Result) Output {
	w.out = Output{}
	m := w.auction[r.Auction]
	if m == nil || r.Err != nil {
		return w.out
	}
	g := m.groups[r.Group]
	if p := g.parts[r.Index]; g.settled || p.known {
		return w.out
	}
	g.parts[r.Index].own = true
	g.take(r.Index, r.proof, w.height())
	w.show(m, r.Group, []int{r.Index})
	w.submit(m, r.Group)
	return w.out
}

// show broadcasts proofs of a group.
func (w *Worker) show(m *auction, i int, indexes []int) {
	g := m.groups[i]
	g.told = w.height()
	for some := range slices.Chunk(indexes, peer.MaxProofs) {
		body := &peer.Proofs{Auction: uint64(m.result.Height), Group: uint16(i)}
		for _, k := range some {
			body.List = append(body.List, peer.Proof{Index: uint16(k), Bytes: g.parts[k].claim.Proof})
		}
		w.tell(body)
	}
}

// showAgain shows once more, twice a turn, what was proven here of an open
// group: others may not have heard of it.
func (w *Worker) showAgain(m *auction, i int) {
	g := m.groups[i]
	var own []int
	for k, p := range g.parts {
		if p.own {
			own = append(own, k)
		}
	}
	if len(own) > 0 && w.height() >= g.told+max(w.turnBlocks()/2, 1) {
		w.show(m, i, own)
	}
}

// hearProofs takes proofs that a peer made, all together or none. A false one
// is divergence: it is counted, and this worker neither takes proofs from its
// sender nor waits for them any more.
func (w *Worker) hearProofs(from settlement.WorkerID, body *peer.Proofs) {
	m := w.auction[body.Auction]
	if m == nil || int(body.Group) >= len(m.groups) || w.forgers[from] {
		return
	}
	g := m.groups[body.Group]
	var claims []ledger.Claim
	var unknown []peer.Proof
	for _, q := range body.List {
		if int(q.Index) < len(g.parts) && !g.parts[q.Index].known {
			claim := g.parts[q.Index].claim
			claim.Proof = q.Bytes
			claims, unknown = append(claims, claim), append(unknown, q)
		}
	}
	if g.settled || len(claims) == 0 {
		return
	}
	if err := w.proofs.Check(claims); err != nil {
		w.diverged++
		w.forgers[from] = true
		return
	}
	for _, q := range unknown {
		g.take(int(q.Index), q.Bytes, w.height())
	}
	w.submit(m, int(body.Group))
}

// submit submits a complete group of an open lock when it is this worker's
// turn: sharer a + i first and the next ones a few blocks later each, as long
// as no block has it.
func (w *Worker) submit(m *auction, i int) {
	g := m.groups[i]
	if g.missing > 0 || m.locked == 0 {
		return
	}
	due := g.full + answer*w.rank(m, uint64(m.result.Height)+uint64(i))
	if g.sent > 0 {
		due = g.sent + patience
	}
	if w.height() >= due {
		g.sent = w.height()
		w.send(&boundary.Submit{Tx: g.tx()})
	}
}

// lockedAuctions returns the heights of open locks, ascending.
func (w *Worker) lockedAuctions() []uint64 {
	var open []uint64
	for a, m := range w.auction {
		if m.locked != 0 {
			open = append(open, a)
		}
	}
	slices.Sort(open)
	return open
}
