package fairness

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Evidence is what anybody who knows the chain can check: workers broke a rule.
type Evidence struct {
	ChainID  string
	Rule     Rule
	Claim    Claim     // what the owner reveals; zero for Equivocated
	Exhibits []Exhibit // what workers showed, ascending by heartbeat
	Signed   [][]byte  // for Equivocated: two heartbeats
}

// Exhibit is an answer to a query about the claimed order.
type Exhibit struct {
	Heartbeat uint64
	Call      uint64
	Answer    *Answer
}

// Bounds of an evidence file.
const (
	evidenceVersion = 1
	maxChainID      = 64
	maxSigned       = 8192
)

// Encode returns the encoding of e.
func (e *Evidence) Encode() []byte {
	w := encoding.NewWriter(512 + len(e.Exhibits)*AnswerSize)
	w.U8(evidenceVersion)
	w.U8(uint8(e.Rule))
	w.Var([]byte(e.ChainID))
	if e.Rule == Equivocated {
		w.U8(uint8(len(e.Signed)))
		for _, s := range e.Signed {
			w.Var(s)
		}
		return w.Bytes()
	}
	order.WriteOpening(w, e.Claim.Order)
	w.U64(e.Claim.Position)
	w.U8(uint8(len(e.Exhibits)))
	for _, x := range e.Exhibits {
		w.U64(x.Heartbeat)
		w.U64(x.Call)
		w.Fixed(x.Answer.Encode())
	}
	return w.Bytes()
}

// DecodeEvidence is the inverse of Encode. It refuses other versions
// (UNKNOWN_VERSION) and rules (UNKNOWN_KIND), and (OUT_OF_RANGE) another number
// of exhibits than the rule has.
func DecodeEvidence(b []byte) (*Evidence, error) {
	r := encoding.NewReader(b)
	if v := r.U8(); r.Err() == nil && v != evidenceVersion {
		return nil, rejection.New(rejection.UnknownVersion, "%d", v)
	}
	e := &Evidence{Rule: Rule(r.U8())}
	if r.Err() == nil && (e.Rule < Omitted || e.Rule > Equivocated) {
		return nil, rejection.New(rejection.UnknownKind, "rule %d", e.Rule)
	}
	e.ChainID = string(r.Var(maxChainID))
	if e.Rule != Equivocated {
		e.Claim = Claim{Order: order.ReadOpening(r), Position: r.U64()}
	}
	n := int(r.U8())
	if r.Err() == nil && n != e.Rule.exhibits() {
		return nil, rejection.New(rejection.OutOfRange, "%d exhibits", n)
	}
	for range n {
		if r.Err() != nil {
			break
		}
		if e.Rule == Equivocated {
			e.Signed = append(e.Signed, r.Var(maxSigned))
			continue
		}
		x := Exhibit{Heartbeat: r.U64(), Call: r.U64()}
		text := make([]byte, AnswerSize)
		r.Fixed(text)
		if r.Err() != nil {
			break
		}
		var err error
		if x.Answer, err = DecodeAnswer(text); err != nil {
			return nil, err
		}
		e.Exhibits = append(e.Exhibits, x)
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	return e, nil
}

// exhibits is how many answers or heartbeats a rule's evidence has.
func (r Rule) exhibits() int {
	if r == Omitted || r == Equivocated {
		return 2
	}
	return 1
}

// Chain is what somebody who checks evidence knows: a chain that they verified
// from genesis.
type Chain interface {
	// ID returns the chain id.
	ID() string
	// Heartbeat returns the accepted heartbeat of a height.
	Heartbeat(height uint64) (Heartbeat, bool)
	// Facts returns what the chain says of the order and of the auction at a
	// height, and whether the call's interval was whole; false if no leaf at the
	// claimed position is the order's.
	Facts(c Claim, h Heartbeat, call, height uint64) (*Facts, bool)
	// Signer returns a registered worker's signing key.
	Signer(id settlement.WorkerID) (quorum.Key, bool)
}

// Check returns nil if e proves on this chain that its rule was broken. It
// refuses (WRONG_NETWORK) evidence of another chain, and (BAD_TRANSCRIPT) what
// proves nothing.
func (e *Evidence) Check(chain Chain) error {
	if e.ChainID != chain.ID() {
		return rejection.New(rejection.WrongNetwork, "evidence of another chain")
	}
	switch e.Rule {
	case Equivocated:
		return e.equivocated(chain)
	case Omitted:
		return e.omitted(chain)
	}
	seen, f, err := e.see(chain, 0)
	if err != nil {
		return err
	}
	for _, r := range Judge(e.Claim, seen, f) {
		if r == e.Rule {
			return nil
		}
	}
	return bad("the rule was kept")
}

// see returns what exhibit i proves, and the facts that it is judged by.
func (e *Evidence) see(chain Chain, i int) (*Seen, *Facts, error) {
	x := e.Exhibits[i]
	h, ok := chain.Heartbeat(x.Heartbeat)
	if !ok {
		return nil, nil, bad("the chain has no such heartbeat")
	}
	secret := e.Claim.Secret()
	q := Query{Heartbeat: x.Heartbeat, Call: x.Call}
	q.Intake, q.Order = labels(q, secret)
	q.Right = q.right(secret.S)
	seen, err := x.Answer.Verify(h, &q, secret, e.Claim.Order.Terms.Side)
	if err != nil {
		return nil, nil, err
	}
	at := h.Height
	if seen.Called {
		at = seen.Height
	}
	f, ok := chain.Facts(e.Claim, h, x.Call, at)
	if !ok {
		return nil, nil, bad("the chain has no such order")
	}
	return seen, f, nil
}

func (e *Evidence) omitted(chain Chain) error {
	lacks, f, err := e.see(chain, 0)
	if err != nil {
		return err
	}
	later, _, err := e.see(chain, 1)
	if err != nil {
		return err
	}
	if !Missing(e.Claim, lacks, later, f) {
		return bad("the order was not missing")
	}
	return nil
}

// equivocated: one worker signed two heartbeats of one height.
func (e *Evidence) equivocated(chain Chain) error {
	var beats [2]*registry.Heartbeat
	for i, b := range e.Signed {
		var err error
		if beats[i], err = registry.DecodeHeartbeat(b); err != nil {
			return err
		}
	}
	x, y := beats[0], beats[1]
	if x.Height != y.Height || x.Intake == y.Intake && x.Transcript == y.Transcript && x.StateDigest == y.StateDigest {
		return bad("not two heartbeats of one height")
	}
	for _, s := range x.Signatures {
		key, ok := chain.Signer(s.Worker)
		if !ok || !quorum.Verify(key, x.SignBytes(e.ChainID), s.Signature) {
			continue
		}
		for _, z := range y.Signatures {
			if z.Worker == s.Worker && quorum.Verify(key, y.SignBytes(e.ChainID), z.Signature) {
				return nil
			}
		}
	}
	return bad("nobody signed both")
}
