package ledger

import (
	"crypto/ed25519"
	"testing"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// challengeOf makes a challenge of a worker about a heartbeat, edited before it
// is signed; its labels were never used.
func (w *world) challengeOf(worker int, heartbeat uint64, edit ...func(*challenge.Challenge)) *challenge.Challenge {
	label := w.fresh()
	c := &challenge.Challenge{
		Worker: w.id(worker),
		Query:  fairness.Query{Heartbeat: heartbeat, Intake: label.Bytes(), Key: askerKey},
		Action: *w.action(),
	}
	for _, e := range edit {
		e(c)
	}
	h := c.Sighash(w.genesis.ChainID)
	c.Action.Signature = jubjub.Sign(domain.SpendSig, jubjub.Spend, spendSecret, h[:], nil)
	return c
}

var askerKey = fairness.KeySeed{1}.Public()

func (w *world) id(worker int) settlement.WorkerID {
	return settlement.NewWorkerID(publicKey(w.workers[worker]))
}

// answerOf makes a worker's answer to a challenge.
func (w *world) answerOf(c *challenge.Challenge, by ed25519.PrivateKey) *challenge.Answer {
	a := &challenge.Answer{Challenge: c.ID(w.genesis.ChainID), Sealed: [fairness.SealedSize]byte{9}}
	a.Signature = quorum.Sign(by, a.SignBytes(w.genesis.ChainID)).Signature
	return a
}

// challenged is a chain in block 21 whose first two workers, and not the third,
// signed the heartbeat at 15.
func challenged(t testing.TB) *world {
	t.Helper()
	w := newWorld(t).withBook()
	w.to(20)
	h := w.heartbeatAt(15)
	h.Signatures = quorumOf(h.SignBytes(w.genesis.ChainID), w.workers[:2]...)
	w.apply(h.Encode())
	return w
}

func TestChallengeRefusals(t *testing.T) {
	w := challenged(t)
	good := w.challengeOf(0, 15)
	w.accept(good.Encode())
	w.refuse(rejection.UnknownHeartbeat, w.challengeOf(0, 10).Encode())
	w.refuse(rejection.UnknownHeartbeat, w.challengeOf(0, 20).Encode())
	w.refuse(rejection.NotASigner, w.challengeOf(2, 15).Encode())
	w.refuse(rejection.UnknownWorker, w.challengeOf(0, 15, func(c *challenge.Challenge) { c.Worker[0] ^= 1 }).Encode())

	// Neither the question nor the one who is asked can be changed.
	other := *good
	other.Query.Call++
	w.refuse(rejection.BadSpendSignature, other.Encode())
	other = *good
	other.Worker = w.id(1)
	w.refuse(rejection.BadSpendSignature, other.Encode())
	// The action alone is none, and an action of its own pays for nothing.
	w.refuse(rejection.BadSpendSignature, good.Action.Encode())
	other = *good
	w.sign(&other.Action)
	w.refuse(rejection.BadSpendSignature, other.Encode())

	// It pays like any action.
	w.refuse(rejection.WrongFee, w.challengeOf(0, 15, func(c *challenge.Challenge) { c.Action.Fee = 0 }).Encode())
	w.refuse(rejection.BadProof, w.challengeOf(0, 15, func(c *challenge.Challenge) { c.Action.Proof[0] = refuted }).Encode())
	w.refuse(rejection.BadWithdrawal, w.challengeOf(0, 15, func(c *challenge.Challenge) { w.withdrawal(hub, 5)(&c.Action) }).Encode())

	w.apply(good.Encode())
	w.refuse(rejection.NullifierReserved, w.challengeOf(1, 15, func(c *challenge.Challenge) { c.Action = good.Action }).Encode())
	again := func(c *challenge.Challenge) { c.Query = good.Query }
	w.refuse(rejection.AlreadyChallenged, w.challengeOf(0, 15, again).Encode())
	w.accept(w.challengeOf(1, 15, again).Encode())

	// Workers keep four heartbeats: 15 + 4·5.
	w.apply(w.answerOf(good, w.workers[0]).Encode())
	w.to(33)
	w.refuse(rejection.AlreadyChallenged, w.challengeOf(0, 15, again).Encode())
	w.accept(w.challengeOf(0, 15).Encode())
	w.skip(1)
	w.refuse(rejection.UnknownHeartbeat, w.challengeOf(0, 15).Encode())
	w.apply()
	if n := len(w.state.Challenges()); n != 0 {
		t.Errorf("%d challenges are kept", n)
	}
}

// The action of a challenge has its effects like any other's.
func TestChallengeCarriesAnAction(t *testing.T) {
	w := challenged(t)
	c := w.challengeOf(0, 15)
	events := w.apply(c.Encode())
	accepted := only[ChallengeAccepted](t, events)
	if accepted.Worker != w.id(0) || accepted.Heartbeat != 15 || accepted.Until != w.height()+8 {
		t.Errorf("%+v", accepted)
	}
	if a := only[ActionAdmitted](t, events); a.ID != c.Action.ID(w.genesis.ChainID) || a.Index != accepted.Index {
		t.Errorf("%+v", a)
	}
	before := w.state.Pool(hub).Fees
	w.skip(1)
	only[ActionExecuted](t, w.apply())
	if got := w.state.Pool(hub).Fees; got != before+w.genesis.Fee {
		t.Errorf("fees %d after %d", got, before)
	}
}

func TestAnswerRefusals(t *testing.T) {
	w := challenged(t)
	c := w.challengeOf(0, 15)
	good := w.answerOf(c, w.workers[0])
	w.refuse(rejection.UnknownChallenge, good.Encode())
	w.apply(c.Encode())
	w.accept(good.Encode())
	w.refuse(rejection.BadWorkerSignature, w.answerOf(c, w.workers[1]).Encode())
	forged := *good
	forged.Sealed[7] ^= 1
	w.refuse(rejection.BadWorkerSignature, forged.Encode())
	w.refuse(rejection.Truncated, good.Encode()[:challenge.AnswerSize-1])
	w.refuse(rejection.TrailingBytes, append(good.Encode(), 0))

	e := only[ChallengeAnswered](t, w.apply(good.Encode()))
	if e.Worker != w.id(0) || e.ID != good.Challenge {
		t.Errorf("%+v", e)
	}
	w.refuse(rejection.ChallengeClosed, good.Encode())
	w.to(40)
	if len(w.state.Workers()) != 3 || len(w.state.Suspensions()) != 0 {
		t.Error("a worker that answered was suspended")
	}
}

func TestUnansweredIsSuspended(t *testing.T) {
	w := challenged(t)
	c := w.challengeOf(0, 15)
	until := only[ChallengeAccepted](t, w.apply(c.Encode())).Until
	w.to(until - 1)
	w.accept(w.answerOf(c, w.workers[0]).Encode()) // the last block in which it can
	w.skip(1)
	if n := len(w.state.Workers()); n != 3 {
		t.Errorf("%d workers before the end", n)
	}
	w.refuse(rejection.ChallengeClosed, w.answerOf(c, w.workers[0]).Encode())
	e := only[WorkerSuspended](t, w.apply())
	if e.Worker != w.id(0) || e.Removed != w.id(0) || e.Until != w.height()+30 || len(w.state.Workers()) != 2 {
		t.Errorf("%+v, %d workers", e, len(w.state.Workers()))
	}

	// Neither the same machine nor another of the same operator comes back; the
	// others do.
	reboot := func(i int, boot string, platform byte) []byte {
		r, _ := w.worker(i, boot)
		r.Evidence = attestation.Simulate(simulator, digest, registry.Platform{platform}, r.ReportData(w.genesis.ChainID))
		r.Sign(w.genesis.ChainID, operators[i])
		return r.Encode()
	}
	w.refuse(rejection.WorkerSuspended, reboot(0, "again", 1))
	w.refuse(rejection.WorkerSuspended, reboot(0, "again", 77))
	w.refuse(rejection.WorkerSuspended, reboot(3, "", 1))
	w.accept(reboot(3, "", 4))
	w.accept(reboot(1, "again", 2))
	w.to(e.Until - 1)
	w.refuse(rejection.WorkerSuspended, reboot(0, "again", 1))
	w.skip(1)
	w.accept(reboot(0, "again", 1))
}

// Whoever restarts instead of answering has not got away.
func TestRestartDoesNotEscape(t *testing.T) {
	w := challenged(t)
	w.apply(w.challengeOf(0, 15).Encode())
	second, _ := w.worker(0, "second boot")
	only[WorkerRegistered](t, w.apply(second.Encode()))
	for range 7 {
		w.apply()
	}
	e := only[WorkerSuspended](t, w.apply())
	if e.Worker != w.id(0) || e.Removed != second.ID() {
		t.Errorf("%+v", e)
	}
}

// With fewer than q workers nothing is locked, and owners leave all the same.
func TestSuspensionsDoNotHoldBackExits(t *testing.T) {
	w := challenged(t)
	w.apply(w.deposit(hub, 5000).Encode(), w.challengeOf(0, 15).Encode(), w.challengeOf(1, 15).Encode())
	w.skip(8)
	if n := count[WorkerSuspended](w.apply()); n != 2 {
		t.Fatalf("%d suspensions", n)
	}
	w.workers = w.workers[2:]
	l := w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())})
	w.refuse(rejection.TooFewSigners, l.Encode())
	w.apply(w.action(w.withdrawal(hub, 500)).Encode())
	w.skip(1)
	only[ClaimOpened](t, w.apply())
}

// A worker answers at most eight at a time, and a block takes as many answers
// as challenges.
func TestChallengesAreBounded(t *testing.T) {
	w := challenged(t)
	var asked []*challenge.Challenge
	for range maxChallenges {
		c := w.challengeOf(0, 15)
		asked = append(asked, c)
		w.apply(c.Encode())
	}
	w.refuse(rejection.BlockFull, w.challengeOf(0, 15).Encode())
	w.accept(w.challengeOf(1, 15).Encode())
	w.apply(w.answerOf(asked[0], w.workers[0]).Encode(), w.challengeOf(0, 15).Encode())
	w.refuse(rejection.BlockFull, w.challengeOf(0, 15).Encode())

	w = challenged(t)
	var txs [][]byte
	for i := range w.genesis.Limits.BlockOthers + 1 {
		txs = append(txs, w.challengeOf(int(i%2), 15).Encode())
	}
	w.refuse(rejection.BlockFull, txs...)
	w.accept(txs[1:]...)
}

func TestAnswersPrecedeChallenges(t *testing.T) {
	w := challenged(t)
	c := w.challengeOf(0, 15)
	w.apply(c.Encode())
	w.refuse(rejection.TxOrder, w.challengeOf(1, 15).Encode(), w.answerOf(c, w.workers[0]).Encode())
	w.accept(w.answerOf(c, w.workers[0]).Encode(), w.challengeOf(1, 15).Encode())
}

func TestAnswerTimeIsBounded(t *testing.T) {
	w := newWorld(t)
	w.refuse(rejection.ParameterBounds, w.proposal(governance.SetParameter{Parameter: governance.AnswerBlocks, Value: minAnswer - 1}).Encode())
	w.refuse(rejection.ParameterBounds, w.proposal(governance.SetParameter{Parameter: governance.SuspendBlocks, Value: 0}).Encode())
	w.enact(governance.SetParameter{Parameter: governance.AnswerBlocks, Value: 12})
	w.enact(governance.SetParameter{Parameter: governance.SuspendBlocks, Value: 99})
	if p := w.state.Params(); p.AnswerBlocks != 12 || p.SuspendBlocks != 99 {
		t.Errorf("%+v", p)
	}
}

// The store that a suspended chain leaves holds together.
func TestChallengesAreCommitted(t *testing.T) {
	w := challenged(t)
	w.apply(w.challengeOf(0, 15).Encode(), w.challengeOf(1, 15).Encode())
	for range 12 {
		s, err := Open(w.genesis, w.proofs, w.store)
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Apply(w.block())
		if err != nil {
			t.Fatal(err)
		}
		w.apply()
		if a.AppHash != w.last.AppHash {
			t.Fatal("a reopened chain goes on otherwise")
		}
	}
	if len(w.state.Suspensions()) != 2 {
		t.Error("nobody was suspended")
	}
}
