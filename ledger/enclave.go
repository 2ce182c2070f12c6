package ledger

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// liveWorkers returns the workers that may sign at a height, ascending by id:
// registered, not aged out, of an image and an operator still listed.
func liveWorkers(from Backing, height uint64) []Worker {
	params, _ := rowParams.get(from, single)
	measurements, _ := rowMeasurements.get(from, single)
	operators, _ := rowOperators.get(from, single)
	return slices.DeleteFunc(rowWorker.all(from, single), func(w Worker) bool {
		return aged(w, height, params) || !slices.Contains(measurements, w.Measurement) || !slices.Contains(operators, w.Operator)
	})
}

// aged: the registration has ended.
func aged(w Worker, height uint64, p Params) bool { return height >= w.Registered+p.WorkerBlocks }

// leader returns the worker that must sign the lock of auction a in block a+1:
// those live after block a in turn, so that nothing in block a+1 changes it.
// It is zero without workers.
func leader(from Backing, a uint64) (id settlement.WorkerID) {
	if live := liveWorkers(from, a); len(live) > 0 {
		id = live[a%uint64(len(live))].ID
	}
	return id
}

// checkQuorum demands valid signatures of live workers registered after block
// `after`, of q distinct operators together, and of nobody else.
func (b *block) checkQuorum(signatures []settlement.WorkerSignature, message []byte, after uint64) error {
	live := liveWorkers(b, b.in.Height)
	operators := make(map[quorum.Key]bool)
	for _, s := range signatures {
		i := slices.IndexFunc(live, func(w Worker) bool { return w.ID == s.Worker })
		if i < 0 || after > 0 && live[i].Registered <= after {
			return rejection.New(rejection.UnknownWorker, "")
		}
		if !quorum.Verify(live[i].SigningKey, message, s.Signature) {
			return rejection.New(rejection.BadWorkerSignature, "")
		}
		operators[live[i].Operator] = true
	}
	if uint64(len(operators)) < b.params.Quorum {
		return rejection.New(rejection.TooFewSigners, "%d of %d operators", len(operators), b.params.Quorum)
	}
	return nil
}

// register checks the evidence of a new worker. A platform has one worker: a
// later boot of the same operator replaces the earlier one, whose keys died
// with its memory; anybody else waits until it ages out.
func (b *block) register(w *registry.Worker) (verdict, error) {
	operators, _ := rowOperators.get(b, single)
	if !slices.Contains(operators, w.Operator) {
		return verdict{}, rejection.New(rejection.UnknownOperator, "")
	}
	if err := b.checkHead(w.Head); err != nil {
		return verdict{}, err
	}
	row := Worker{
		ID: w.ID(), Operator: w.Operator, SigningKey: w.SigningKey, SealKey: w.SealKey,
		Registered: b.in.Height, Head: w.Head.Height,
	}
	if rowWorker.has(b, row.ID[:]) {
		return verdict{}, rejection.New(rejection.WorkerRegistered, "this signing key")
	}
	if !quorum.Verify(w.Operator, w.SignBytes(b.chainID()), w.Signature) {
		return verdict{}, rejection.New(rejection.BadWorkerSignature, "of the operator")
	}
	allowed, _ := rowMeasurements.get(b, single)
	claims, err := b.genesis().policy(allowed).Verify(w.Evidence, w.ReportData(b.chainID()), b.in.Time)
	if err != nil {
		return verdict{}, err
	}
	row.Measurement, row.Platform = claims.Measurement, claims.Platform
	replaced, err := b.checkPlatform(row)
	if err != nil {
		return verdict{}, err
	}
	if err := b.checkSuspension(row); err != nil {
		return verdict{}, err
	}
	index := b.index
	return verdict{effect: func() {
		if replaced != (settlement.WorkerID{}) {
			rowWorker.remove(b.overlay, replaced[:])
		}
		rowWorker.put(b.overlay, row.ID[:], row)
		b.emit(WorkerRegistered{Index: index, Worker: row, Replaced: replaced})
	}}, nil
}

// checkHead demands a recent block of this chain: an enclave that was fed
// another chain, or a replayed registration, shows another head.
func (b *block) checkHead(head registry.Head) error {
	hash, ok := rowBlockHash.get(b, id64(head.Height))
	if !ok || hash != head.Hash {
		return rejection.New(rejection.StaleHead, "height %d", head.Height)
	}
	return nil
}

// checkPlatform finds the worker that row replaces. An operator has at most
// maxWorkers, so that nobody can crowd out the others.
func (b *block) checkPlatform(row Worker) (replaced settlement.WorkerID, err error) {
	own := 0
	for _, w := range rowWorker.all(b, single) {
		if w.Platform == row.Platform {
			if w.Operator != row.Operator || w.Head >= row.Head {
				return replaced, rejection.New(rejection.WorkerRegistered, "this platform")
			}
			return w.ID, nil
		}
		if w.Operator == row.Operator {
			own++
		}
	}
	if own >= maxWorkers {
		return replaced, rejection.New(rejection.BlockFull, "%d workers of this operator are registered", own)
	}
	return replaced, nil
}

func (b *block) expireWorkers() {
	for _, w := range rowWorker.all(b, single) {
		if aged(w, b.in.Height, b.params) {
			rowWorker.remove(b.overlay, w.ID[:])
			b.emit(WorkerExpired{ID: w.ID})
		}
	}
}

// startEpoch lets a new key epoch begin. The first and every later one is
// signed by q operators' workers; a reset only by workers registered since the
// enclaves fell silent, and only after L_dead blocks of silence.
func (b *block) startEpoch(p *registry.Epoch) (verdict, error) {
	h := b.in.Height
	if p.Number != b.book.Epoch+1 || p.SealKey == (registry.SealKey{}) {
		return verdict{}, rejection.New(rejection.EpochSequence, "epoch %d after %d", p.Number, b.book.Epoch)
	}
	last, running := rowEpoch.get(b, id64(b.book.Epoch))
	var after uint64
	switch {
	case p.Reset && (!running || h-b.book.Alive < b.params.DeadBlocks):
		return verdict{}, rejection.New(rejection.BookAlive, "last sign of life in block %d", b.book.Alive)
	case p.Reset:
		after = b.book.Alive
	case running && h-last.Start < b.params.EpochBlocks:
		return verdict{}, rejection.New(rejection.EpochTooYoung, "epoch %d began in block %d", last.Number, last.Start)
	}
	if !revealed(p, last, running) {
		return verdict{}, rejection.New(rejection.ScheduleMismatch, "")
	}
	if err := b.checkQuorum(p.Signatures, p.SignBytes(b.chainID()), after); err != nil {
		return verdict{}, err
	}
	row := Epoch{Number: p.Number, Start: h, Reset: p.Reset, SealKey: p.SealKey, Committed: p.Committed}
	index := b.index
	return verdict{effect: func() {
		if running {
			last.End = h
			rowEpoch.put(b.overlay, id64(last.Number), last)
		}
		b.forgetEpochs()
		rowEpoch.put(b.overlay, id64(row.Number), row)
		b.book.Epoch, b.book.Alive = row.Number, h
		if row.Reset || !running {
			b.book.Since = h
		}
		b.emit(EpochStarted{Index: index, Epoch: row, Revealed: p.Revealed})
	}}, nil
}

// revealed reports whether p shows the schedule key that the last epoch
// committed to; where there is none, or nobody is left to know it, zero.
func revealed(p *registry.Epoch, last Epoch, running bool) bool {
	if p.Reset || !running {
		return p.Revealed == registry.Schedule{}
	}
	return p.Revealed.Commit() == last.Committed
}

// forgetEpochs removes epochs that ended more than g blocks ago.
func (b *block) forgetEpochs() {
	for _, e := range rowEpoch.all(b, single) {
		if e.End != 0 && b.in.Height-e.End > b.params.EpochGrace {
			rowEpoch.remove(b.overlay, id64(e.Number))
		}
	}
}

// heartbeat records the enclaves' sign of life.
func (b *block) heartbeat(p *registry.Heartbeat) (verdict, error) {
	every, h := b.params.HeartbeatBlocks, b.in.Height
	switch {
	case b.book.Epoch == 0:
		return verdict{}, rejection.New(rejection.NoBook, "")
	case p.Height%every != 0 || p.Height <= b.book.Heartbeat || p.Height >= h || h-p.Height > 2*every:
		return verdict{}, rejection.New(rejection.HeartbeatSequence, "height %d in block %d", p.Height, h)
	}
	if err := b.checkPrints(p); err != nil {
		return verdict{}, err
	}
	if err := b.checkQuorum(p.Signatures, p.SignBytes(b.chainID()), 0); err != nil {
		return verdict{}, err
	}
	index := b.index
	return verdict{effect: func() {
		b.book.Heartbeat, b.book.Alive = p.Height, h
		b.keepSigners(p)
		b.emit(HeartbeatSeen{Index: index, Height: p.Height, Intake: p.Intake, Transcript: p.Transcript, StateDigest: p.StateDigest, Prints: p.Prints})
	}}, nil
}

// checkPrints demands of a heartbeat's prints what the chain can see: a market,
// a price of its grid, and that nothing in them is younger than the interval of
// heartbeats. Whose fills they are, only the enclaves know.
func (b *block) checkPrints(p *registry.Heartbeat) error {
	for _, x := range p.Prints {
		m, known := rowMarket.get(b, id32(x.Market))
		switch {
		case !known:
			return rejection.New(rejection.UnknownMarket, "a print of market %d", x.Market)
		case !m.OnTick(x.Price):
			return rejection.New(rejection.BadPrint, "a price off the grid of market %d", x.Market)
		case x.Last > p.Height || p.Height-x.Last < b.params.HeartbeatBlocks:
			return rejection.New(rejection.BadPrint, "a fill of block %d in the heartbeat of %d", x.Last, p.Height)
		}
	}
	return nil
}
