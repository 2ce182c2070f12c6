package ledger

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

func TestRegisterRefusals(t *testing.T) {
	w := newWorld(t)
	w.skip(30)
	reg := func(edit ...func(*registry.Worker)) []byte {
		r, _ := w.worker(0, "", edit...)
		return r.Encode()
	}
	evidence := func(make func(*registry.Worker) []byte) []byte {
		r, _ := w.worker(0, "")
		r.Evidence = make(r)
		r.Sign(w.genesis.ChainID, operators[0])
		return r.Encode()
	}
	chain := w.genesis.ChainID
	w.refuse(rejection.UnknownOperator, reg(func(r *registry.Worker) { r.Operator = publicKey(privateKey("stranger")) }))
	w.refuse(rejection.StaleHead, reg(func(r *registry.Worker) { r.Head.Hash[0] ^= 1 }))
	w.refuse(rejection.StaleHead, reg(func(r *registry.Worker) { r.Head = registry.Head{Height: 31, Hash: blockHash(31)} }))
	w.refuse(rejection.StaleHead, reg(func(r *registry.Worker) { r.Head = registry.Head{Height: 10, Hash: blockHash(10)} }))
	w.accept(reg(func(r *registry.Worker) { r.Head = registry.Head{Height: 11, Hash: blockHash(11)} }))

	stolen, _ := w.worker(0, "")
	stolen.SealKey[7] ^= 1
	w.refuse(rejection.BadWorkerSignature, stolen.Encode())
	stolen.Sign(chain, operators[0])
	w.refuse(rejection.BadEvidence, stolen.Encode()) // the evidence is for other keys
	w.refuse(rejection.BadEvidence, evidence(func(r *registry.Worker) []byte { return nil }))
	w.refuse(rejection.BadEvidence, evidence(func(r *registry.Worker) []byte { return []byte{byte(registry.TDX), 1, 2} }))
	w.refuse(rejection.BadEvidence, evidence(func(r *registry.Worker) []byte {
		return attestation.Simulate(operators[0], digest, registry.Platform{1}, r.ReportData(chain))
	}))
	w.refuse(rejection.BadEvidence, evidence(func(r *registry.Worker) []byte {
		return attestation.Simulate(simulator, digest, registry.Platform{1}, r.ReportData("test-2"))
	}))
	w.refuse(rejection.MeasurementRefused, evidence(func(r *registry.Worker) []byte {
		return attestation.Simulate(simulator, [48]byte{8}, registry.Platform{1}, r.ReportData(chain))
	}))
	w.accept(reg())
}

func TestSimulatedEnclavesNeedTheGenesis(t *testing.T) {
	g := testGenesis()
	g.AllowSimulated, g.SimulatedRoot, g.Measurements = false, [32]byte{}, nil
	w := newWorldOf(t, g)
	w.skip(1)
	r, _ := w.worker(0, "")
	w.refuse(rejection.SimulatedRefused, r.Encode())
	w.refuse(rejection.SimulatedRefused, w.proposal(governance.AllowMeasurement{
		Measurement: registry.Measurement{Provider: registry.Simulated, Digest: digest}, Allowed: true,
	}).Encode())
}

func TestOneWorkerAPlatform(t *testing.T) {
	w := newWorld(t)
	w.skip(5)
	first, _ := w.worker(0, "boot 1")
	w.apply(first.Encode())
	w.refuse(rejection.WorkerRegistered, first.Encode())

	// Another operator with evidence of the same machine.
	other, _ := w.worker(1, "")
	other.Evidence = attestation.Simulate(simulator, digest, registry.Platform{1}, other.ReportData(w.genesis.ChainID))
	other.Sign(w.genesis.ChainID, operators[1])
	w.refuse(rejection.WorkerRegistered, other.Encode())

	// A second boot of the same machine replaces the first, never the reverse.
	second, _ := w.worker(0, "boot 2")
	e := only[WorkerRegistered](t, w.apply(second.Encode()))
	if e.Replaced != first.ID() || len(w.state.Workers()) != 1 {
		t.Errorf("%+v", e)
	}
	w.refuse(rejection.WorkerRegistered, first.Encode())
}

func TestAnOperatorCannotCrowdOutTheOthers(t *testing.T) {
	w := newWorld(t)
	w.skip(2)
	register := func(i, machine int) []byte {
		r, _ := w.worker(i, fmt.Sprint(machine))
		r.Evidence = attestation.Simulate(simulator, digest, registry.Platform{7, byte(i), byte(machine)}, r.ReportData(w.genesis.ChainID))
		r.Sign(w.genesis.ChainID, operators[i])
		return r.Encode()
	}
	for machine := range maxWorkers {
		w.apply(register(0, machine))
	}
	w.refuse(rejection.BlockFull, register(0, maxWorkers))
	w.accept(register(1, 0))
}

func TestRegistrationsAgeOut(t *testing.T) {
	g := testGenesis()
	g.Params.WorkerBlocks = 6
	w := newWorldOf(t, g)
	w.skip(2)
	r, _ := w.worker(0, "")
	w.apply(r.Encode())
	w.skip(5)
	if len(w.state.Workers()) != 0 {
		t.Error("an aged worker may still sign in the next block")
	}
	only[WorkerExpired](t, w.apply())
}

func TestUnlistedWorkersMayNotSign(t *testing.T) {
	w := newWorld(t).withBook()
	only[ProposalEnacted](t, w.enact(governance.AllowOperator{Operator: publicKey(operators[0]), Allowed: false}))
	if n := len(w.state.Workers()); n != 2 {
		t.Errorf("%d workers after an operator was unlisted", n)
	}
	w.enact(governance.AllowMeasurement{Measurement: registry.Measurement{Provider: registry.Simulated, Digest: digest}})
	if n := len(w.state.Workers()); n != 0 {
		t.Errorf("%d workers after the image was unlisted", n)
	}
	w.refuse(rejection.UnknownWorker, w.heartbeatAt(w.height()/5*5).Encode())
}

// heartbeatAt makes a heartbeat signed by all workers.
func (w *world) heartbeatAt(height uint64) *registry.Heartbeat {
	h := &registry.Heartbeat{Height: height, Intake: [32]byte{1}}
	h.Signatures = quorumOf(h.SignBytes(w.genesis.ChainID), w.workers...)
	return h
}

// TestPrints: what the chain can see of a heartbeat's prints.
func TestPrints(t *testing.T) {
	w := newWorld(t).withBook()
	w.to(20)
	beat := func(list ...registry.Print) []byte {
		h := &registry.Heartbeat{Height: 20, Prints: list}
		h.Signatures = quorumOf(h.SignBytes(w.genesis.ChainID), w.workers...)
		return h.Encode()
	}
	good := registry.Print{Market: 5, First: 3, Last: 15, Lots: 7, Price: 99}
	natural := registry.Print{Market: 5, Pool: 1, First: 3, Last: 3, Lots: 8, Price: 99}
	for name, v := range map[string]struct {
		edit func(*registry.Print)
		code rejection.Code
	}{
		"no market":   {func(p *registry.Print) { p.Market = 6 }, rejection.UnknownMarket},
		"young":       {func(p *registry.Print) { p.Last = 16 }, rejection.BadPrint},
		"to come":     {func(p *registry.Print) { p.Last = 21 }, rejection.BadPrint},
		"a class off": {func(p *registry.Print) { p.Pool = 1 }, rejection.NonCanonical},
	} {
		t.Run(name, func(t *testing.T) {
			p := good
			v.edit(&p)
			w.refuse(v.code, beat(p))
		})
	}
	unsigned := &registry.Heartbeat{Height: 20, Prints: []registry.Print{good}}
	unsigned.Signatures = w.heartbeatAt(20).Signatures
	w.refuse(rejection.BadWorkerSignature, unsigned.Encode())
	e := only[HeartbeatSeen](t, w.apply(beat(good, natural)))
	if !slices.Equal(e.Prints, []registry.Print{good, natural}) {
		t.Errorf("%+v", e)
	}
}

// q counts operators, not workers.
func TestQuorumCountsOperators(t *testing.T) {
	w := newWorld(t)
	w.skip(2)
	a, keyA := w.worker(0, "a")
	b, keyB := w.worker(0, "b")
	b.Evidence = attestation.Simulate(simulator, digest, registry.Platform{99}, b.ReportData(w.genesis.ChainID))
	b.Sign(w.genesis.ChainID, operators[0])
	c, keyC := w.worker(1, "")
	w.apply(a.Encode(), b.Encode(), c.Encode())
	w.workers = []ed25519Key{keyA, keyB}
	w.refuse(rejection.TooFewSigners, w.epoch().Encode())
	w.workers = []ed25519Key{keyA, keyC}
	w.accept(w.epoch().Encode())
}

func TestEpochRefusals(t *testing.T) {
	w := newWorld(t).withBook()
	w.refuse(rejection.EpochTooYoung, w.epoch().Encode())
	start := w.mustEpoch(1).Start
	w.to(start + 18)
	w.refuse(rejection.EpochTooYoung, w.epoch().Encode())
	w.skip(1)
	w.accept(w.epoch().Encode())
	for _, n := range []uint64{0, 1, 3} {
		w.refuse(rejection.EpochSequence, w.epoch(func(p *registry.Epoch) { p.Number = n }).Encode())
	}
	w.refuse(rejection.EpochSequence, w.epoch(func(p *registry.Epoch) { p.SealKey = registry.SealKey{} }).Encode())
	w.refuse(rejection.ScheduleMismatch, w.epoch(func(p *registry.Epoch) { p.Revealed[0] ^= 1 }).Encode())
	w.refuse(rejection.ScheduleMismatch, w.epoch(func(p *registry.Epoch) { p.Revealed = registry.Schedule{} }).Encode())
	w.refuse(rejection.BookAlive, w.epoch(reset).Encode())
	short := w.epoch()
	short.Signatures = quorumOf(short.SignBytes(w.genesis.ChainID), w.workers[1])
	w.refuse(rejection.TooFewSigners, short.Encode())
	short.Signatures = quorumOf([]byte("something else"), w.workers...)
	w.refuse(rejection.BadWorkerSignature, short.Encode())

	p := w.epoch()
	e := only[EpochStarted](t, w.apply(p.Encode()))
	if e.Revealed != schedule_(1) || w.mustEpoch(1).End != w.height() || w.mustEpoch(2).Start != w.height() {
		t.Errorf("%+v", e)
	}
	w.refuse(rejection.EpochSequence, p.Encode())
}

func reset(p *registry.Epoch) { p.Reset, p.Revealed = true, registry.Schedule{} }

func TestResetAfterSilence(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	w.refuse(rejection.BookAlive, w.epoch(reset).Encode()) // nothing to reset
	w = newWorld(t).withBook()
	alive := w.state.Book().Alive
	w.to(alive + 28)
	old := w.workers
	w.workers = nil
	for i := range 3 {
		r, key := w.worker(i, "after the fall")
		w.workers = append(w.workers, key)
		if i == 2 {
			w.apply(r.Encode())
			break
		}
		w.apply(r.Encode())
	}
	w.accept(w.epoch(reset).Encode())
	w.refuse(rejection.ScheduleMismatch, w.epoch(func(p *registry.Epoch) { p.Reset = true }).Encode())

	fresh := w.workers
	w.workers = old
	w.refuse(rejection.UnknownWorker, w.epoch(reset).Encode())
	w.workers = fresh
	w.apply(w.epoch(reset).Encode())
	if b := w.state.Book(); b.Since != w.height() || !w.mustEpoch(2).Reset {
		t.Errorf("%+v", b)
	}
	// No lock of an auction before the reset.
	w.apply()
	early := w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())}, func(l *settlement.Lock) { l.Height -= 2 })
	w.refuse(rejection.NoBook, early.Encode())
}

func TestResetNeedsWorkersRegisteredAfterTheSilence(t *testing.T) {
	w := newWorld(t).withBook()
	w.skip(40)
	w.refuse(rejection.UnknownWorker, w.epoch(reset).Encode())
	w.accept(w.epoch().Encode()) // they live after all: an ordinary epoch
}

func TestHeartbeats(t *testing.T) {
	w := newWorld(t)
	w.skip(6)
	w.refuse(rejection.NoBook, w.heartbeatAt(5).Encode())
	w = newWorld(t).withBook()
	w.to(20)
	first := w.heartbeatAt(15)
	w.accept(w.heartbeatAt(20).Encode())
	e := only[HeartbeatSeen](t, w.apply(first.Encode()))
	if e.Height != 15 || w.state.Book().Alive != 21 {
		t.Errorf("%+v", e)
	}
	w.refuse(rejection.HeartbeatSequence, first.Encode())
	w.refuse(rejection.HeartbeatSequence, w.heartbeatAt(10).Encode())
	w.refuse(rejection.HeartbeatSequence, w.heartbeatAt(21).Encode())
	w.refuse(rejection.HeartbeatSequence, w.heartbeatAt(25).Encode())
	w.accept(w.heartbeatAt(20).Encode())
	w.to(30)
	w.refuse(rejection.HeartbeatSequence, w.heartbeatAt(20).Encode())
	forged := w.heartbeatAt(25)
	forged.StateDigest[0] ^= 1
	w.refuse(rejection.BadWorkerSignature, forged.Encode())
}
