package wallet

import (
	"io"
	"slices"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Question is what a plan's action pays for: a query that a worker answers on
// the chain (spec/20-fairness.md, "Challenge").
type Question struct {
	Worker settlement.WorkerID
	Query  fairness.Query
}

// Asked is a question with what its asker alone knows. Whoever has it reads the
// answer, and of which order it is.
type Asked struct {
	Question
	Seed   fairness.KeySeed  // of the query's key
	Secret transcript.Secret // that it is about
	Stake  *Stake            // nil if about nobody's order
}

// maxAsked bounds the questions that a wallet keeps; the oldest go first.
const maxAsked = 32

// PlanChallenge plans to have a worker answer on the chain. The action moves
// nothing, tells the enclaves nothing and pays the flat fee; without the
// question it is worth nothing.
func (w *Wallet) PlanChallenge(q Question) (*Plan, error) {
	return w.plan(w.drafter().challenge(q))
}

// challenge drafts an action that only pays.
func (d drafter) challenge(q Question) (*draft, error) {
	p, err := d.pay(ChallengePlan)
	if err != nil {
		return nil, err
	}
	p.question = &q
	return p, nil
}

// Keep saves a question before it is sent: without its seed nobody reads the
// answer.
func (w *Wallet) Keep(a Asked) error {
	before := w.local.Asked
	w.local.Asked = append(slices.Clone(before), a)
	w.local.Asked = w.local.Asked[max(0, len(w.local.Asked)-maxAsked):]
	if err := w.save(); err != nil {
		w.local.Asked = before
		return err
	}
	return nil
}

// Forget drops a question that was decided, or never sent.
func (w *Wallet) Forget(q Question) error {
	n := len(w.local.Asked)
	w.local.Asked = slices.DeleteFunc(slices.Clone(w.local.Asked), func(a Asked) bool { return a.Question == q })
	if len(w.local.Asked) == n {
		return nil
	}
	return w.save()
}

// Asked returns the questions that are kept, the oldest first.
func (w *Wallet) Asked() []Asked { return slices.Clone(w.local.Asked) }

// Tx returns the transaction that the plan is for: its action, or the challenge
// that carries it.
func (p *Plan) Tx() []byte {
	if p.Question == nil {
		return p.Action.Encode()
	}
	return p.carrier().Encode()
}

func (p *Plan) carrier() *challenge.Challenge {
	return &challenge.Challenge{Worker: p.Question.Worker, Query: p.Question.Query, Action: *p.Action}
}

// readTx is the inverse of Tx.
func (p *Plan) readTx(b []byte) (err error) {
	if len(b) == 0 || b[0] != challenge.Kind {
		p.Action, err = action.Decode(b)
		return err
	}
	c, err := challenge.Decode(b)
	if err != nil {
		return err
	}
	p.Action, p.Question = &c.Action, &Question{c.Worker, c.Query}
	return nil
}

// sighash is what the plan's signature is over.
func (p *Plan) sighash() [32]byte {
	if p.Question == nil {
		return p.Action.Sighash(p.ChainID)
	}
	return p.carrier().Sighash(p.ChainID)
}

// write appends the question to what the ciphertexts vouch for (Plan.seal).
func (q *Question) write(to io.Writer) {
	w := encoding.NewWriter(32 + fairness.QuerySize)
	w.Fixed(q.Worker[:])
	q.Query.Write(w)
	_, _ = to.Write(w.Bytes()) // a hash never fails
}
