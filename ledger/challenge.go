package ledger

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// signedHeartbeat says who signed a heartbeat that can be challenged.
type signedHeartbeat struct {
	Height  uint64
	Signers []settlement.WorkerID
}

// Challenge is a question to a worker. It stays after the answer for as long as
// its heartbeat can be challenged, so that it is not asked again.
type Challenge struct {
	ID        challenge.ID
	Worker    settlement.WorkerID
	Signing   quorum.Key // the worker's signing key, by which it answers
	Operator  quorum.Key
	Platform  registry.Platform
	Heartbeat uint64 // height
	Until     uint64 // last block in which it can be answered
	Open      bool   // not answered, and still can be
}

// Suspension keeps operator and platform from registering.
type Suspension struct {
	Operator quorum.Key
	Platform registry.Platform
	Until    uint64 // last block of it
}

func (s Suspension) id() id { return append(s.Operator[:], s.Platform[:]...) }

// challenge checks a question to a worker, and the action that pays for it,
// which is admitted like any other.
func (b *block) challenge(c *challenge.Challenge) (verdict, error) {
	beat, ok := rowSigned.get(b, id64(c.Query.Heartbeat))
	if !ok || !b.challengeable(beat.Height) {
		return verdict{}, rejection.New(rejection.UnknownHeartbeat, "height %d", c.Query.Heartbeat)
	}
	live := liveWorkers(b, b.in.Height)
	i := slices.IndexFunc(live, func(w Worker) bool { return w.ID == c.Worker })
	if i < 0 {
		return verdict{}, rejection.New(rejection.UnknownWorker, "")
	}
	if !slices.Contains(beat.Signers, c.Worker) {
		return verdict{}, rejection.New(rejection.NotASigner, "of the heartbeat at %d", beat.Height)
	}
	row := Challenge{
		ID: c.ID(b.chainID()), Worker: c.Worker, Signing: live[i].SigningKey,
		Operator: live[i].Operator, Platform: live[i].Platform,
		Heartbeat: beat.Height, Until: b.in.Height + b.params.AnswerBlocks, Open: true,
	}
	if rowChallenge.has(b, row.ID[:]) {
		return verdict{}, rejection.New(rejection.AlreadyChallenged, "")
	}
	open := 0
	for _, other := range rowChallenge.all(b, single) {
		if other.Open && other.Worker == c.Worker {
			open++
		}
	}
	if open >= maxChallenges {
		return verdict{}, rejection.New(rejection.BlockFull, "%d challenges of this worker are open", open)
	}
	v, err := b.admitSigned(&c.Action, c.VerifySignature)
	if err != nil {
		return verdict{}, err
	}
	index, admit := b.index, v.effect
	v.effect = func() {
		rowChallenge.put(b.overlay, row.ID[:], row)
		b.emit(ChallengeAccepted{Index: index, ID: row.ID, Worker: row.Worker, Heartbeat: row.Heartbeat, Until: row.Until})
		admit()
	}
	return v, nil
}

// answer takes what a worker says. Nobody but the asker can read it, so nothing
// here depends on it.
func (b *block) answer(a *challenge.Answer) (verdict, error) {
	row, ok := rowChallenge.get(b, a.Challenge[:])
	switch {
	case !ok:
		return verdict{}, rejection.New(rejection.UnknownChallenge, "")
	case !row.Open:
		return verdict{}, rejection.New(rejection.ChallengeClosed, "")
	case !a.Verify(b.chainID(), row.Signing):
		return verdict{}, rejection.New(rejection.BadWorkerSignature, "of an answer")
	}
	index := b.index
	return verdict{effect: func() {
		row.Open = false
		rowChallenge.put(b.overlay, row.ID[:], row)
		b.emit(ChallengeAnswered{Index: index, ID: row.ID, Worker: row.Worker})
	}}, nil
}

// challengeable: workers still keep what they show of this heartbeat.
func (b *block) challengeable(heartbeat uint64) bool {
	return b.in.Height < heartbeat+fairness.Kept*b.params.HeartbeatBlocks
}

// closeChallenges suspends who did not answer in time, and forgets what can't
// be asked again and suspensions that ended.
func (b *block) closeChallenges() {
	for _, s := range rowSuspension.all(b, single) {
		if b.in.Height > s.Until {
			rowSuspension.remove(b.overlay, s.id())
		}
	}
	for _, c := range rowChallenge.all(b, single) {
		if c.Open && b.in.Height > c.Until {
			b.suspend(c)
			c.Open = false
			rowChallenge.put(b.overlay, c.ID[:], c)
		}
		if !c.Open && !b.challengeable(c.Heartbeat) {
			rowChallenge.remove(b.overlay, c.ID[:])
		}
	}
	for _, s := range rowSigned.all(b, single) {
		if !b.challengeable(s.Height) {
			rowSigned.remove(b.overlay, id64(s.Height))
		}
	}
}

// suspend ends the registration on the challenged worker's platform: its own, or
// that of a later boot of the same operator. Who restarts instead of answering
// has not got away.
func (b *block) suspend(c Challenge) {
	s := Suspension{Operator: c.Operator, Platform: c.Platform, Until: b.in.Height + b.params.SuspendBlocks}
	var removed settlement.WorkerID
	for _, w := range rowWorker.all(b, single) {
		if w.Platform == c.Platform && w.Operator == c.Operator {
			removed = w.ID
			rowWorker.remove(b.overlay, w.ID[:])
		}
	}
	rowSuspension.put(b.overlay, s.id(), s)
	b.emit(WorkerSuspended{Challenge: c.ID, Worker: c.Worker, Removed: removed, Operator: s.Operator, Platform: s.Platform, Until: s.Until})
}

// checkSuspension: neither the worker's operator nor its platform is suspended.
func (b *block) checkSuspension(w Worker) error {
	for _, s := range rowSuspension.all(b, single) {
		if s.Operator == w.Operator || s.Platform == w.Platform {
			return rejection.New(rejection.WorkerSuspended, "up to block %d", s.Until)
		}
	}
	return nil
}

// keepSigners remembers who signed a heartbeat.
func (b *block) keepSigners(h *registry.Heartbeat) {
	row := signedHeartbeat{Height: h.Height}
	for _, s := range h.Signatures {
		row.Signers = append(row.Signers, s.Worker)
	}
	rowSigned.put(b.overlay, id64(row.Height), row)
}

func writeSigned(w *encoding.Writer, s signedHeartbeat) {
	w.U64(s.Height)
	w.U16(uint16(len(s.Signers)))
	for _, id := range s.Signers {
		w.Fixed(id[:])
	}
}

func readSigned(r *encoding.Reader) signedHeartbeat {
	return signedHeartbeat{r.U64(), list(r, func() settlement.WorkerID { return readHash(r) })}
}

func writeChallenge(w *encoding.Writer, c Challenge) {
	w.Fixed(c.ID[:])
	w.Fixed(c.Worker[:])
	w.Fixed(c.Signing[:])
	w.Fixed(c.Operator[:])
	w.Fixed(c.Platform[:])
	w.U64(c.Heartbeat)
	w.U64(c.Until)
	w.Bool(c.Open)
}

func readChallenge(r *encoding.Reader) Challenge {
	return Challenge{readHash(r), readHash(r), readHash(r), readHash(r), readHash(r), r.U64(), r.U64(), r.Bool()}
}

func writeSuspension(w *encoding.Writer, s Suspension) {
	w.Fixed(s.Operator[:])
	w.Fixed(s.Platform[:])
	w.U64(s.Until)
}

func readSuspension(r *encoding.Reader) Suspension {
	return Suspension{readHash(r), readHash(r), r.U64()}
}
