package vault

import (
	"bytes"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// subject is what a statement is about: a deposit, or the end of a claim.
type subject struct {
	closing bool
	id      [32]byte
}

func (s Statement) subject(chainID string) subject {
	if s.Deposit != nil {
		return subject{false, s.Deposit.Reference.ID(chainID)}
	}
	return subject{true, s.Closing.Claim}
}

// SignBytes is what a signer signs.
func (s Statement) SignBytes(chainID string) []byte {
	if s.Deposit != nil {
		return s.Deposit.SignBytes(chainID)
	}
	return s.Closing.SignBytes(chainID)
}

// transaction returns the bytes of the statement under signatures, which are
// ascending by key.
func (s Statement) transaction(signatures []quorum.Signature) []byte {
	if s.Deposit != nil {
		d := *s.Deposit
		d.Signatures = signatures
		return d.Encode()
	}
	c := *s.Closing
	c.Signatures = signatures
	return c.Encode()
}

// Encode returns a signed statement as the transaction with this one signature:
// what gateways publish to each other.
func (s Signed) Encode() []byte { return s.Statement.transaction([]quorum.Signature{s.Signature}) }

// DecodeSigned is the inverse of Encode. It refuses what the transaction's
// decoder refuses, and another number of signatures than one (NON_CANONICAL).
func DecodeSigned(b []byte) (Signed, error) {
	var s Signed
	var list []quorum.Signature
	if len(b) > 0 && b[0] == custody.ClosingKind {
		c, err := custody.DecodeClosing(b)
		if err != nil {
			return Signed{}, err
		}
		list, c.Signatures = c.Signatures, nil
		s.Statement.Closing = c
	} else {
		d, err := custody.DecodeDeposit(b)
		if err != nil {
			return Signed{}, err
		}
		list, d.Signatures = d.Signatures, nil
		s.Statement.Deposit = d
	}
	if len(list) != 1 {
		return Signed{}, rejection.New(rejection.NonCanonical, "%d signatures where one is expected", len(list))
	}
	s.Signature = list[0]
	return s, nil
}

// statement returns the statement that was decided on a subject.
func (m *Machine) statement(about subject) (Statement, bool) {
	if !about.closing {
		d := m.books.deposits[about.id]
		if d == nil || d.attested == nil {
			return Statement{}, false
		}
		return Statement{Deposit: &custody.Deposit{
			Reference: custody.Reference{Chain: m.config.Chain, Hash: d.at.Hash, Index: d.transfer.Index},
			Asset:     d.attested.Asset, Amount: d.attested.Amount, C: *d.owner,
		}}, true
	}
	c := m.books.claims[about.id]
	if c == nil || c.decided == nil {
		return Statement{}, false
	}
	return Statement{Closing: &custody.Closing{Claim: about.id, Result: c.decided.Result, Payment: c.decided.Payment}}, true
}

// over reports whether Nightjar needs no more signatures on a subject.
func (m *Machine) over(about subject) bool {
	if !about.closing {
		d := m.books.deposits[about.id]
		return d != nil && d.credited
	}
	c := m.books.claims[about.id]
	return c != nil && c.closed != 0
}

func (m *Machine) forget(about subject) {
	for key := range m.pool[about] {
		if _, decided := m.statement(about); !decided {
			m.early[key]--
		}
	}
	delete(m.pool, about)
	delete(m.sent, about)
}

// decided has a statement signed that was just decided on, and looks through
// the signatures that came before it.
func (m *Machine) decided(o *out, about subject) {
	mine, _ := m.statement(about)
	for _, key := range slices.SortedFunc(maps.Keys(m.pool[about]), compareKeys) {
		m.early[key]--
		if !mine.equal(m.pool[about][key].Statement) {
			delete(m.pool[about], key)
			m.alarm(o, Alarm{OtherStatement, about.id, key})
		}
	}
	m.sign(o, about)
	m.gather(o, about)
}

func (m *Machine) sign(o *out, about subject) {
	newest, ok := m.books.newest()
	if s, decided := m.statement(about); ok && decided && newest.lists(m.config.Key) && !m.over(about) {
		o.do(Sign{s})
	}
}

// signAll has everything signed that is decided and that Nightjar still needs.
func (m *Machine) signAll(o *out) {
	for _, id := range m.books.owed {
		m.sign(o, subject{false, id})
	}
	for _, id := range m.books.queue {
		m.sign(o, subject{true, id})
	}
}

// rotated follows a new generation: what is decided is signed again, as the own
// key may be new in it.
func (m *Machine) rotated(o *out) {
	newest, _ := m.books.newest()
	if !newest.lists(m.config.Key) {
		m.alarm(o, Alarm{Reason: NotASigner, Key: m.config.Key, Ref: newest.Custody})
	}
	m.signAll(o)
}

// maxEarly bounds the statements of one signer that the machine has not come to
// itself. A signer that is far ahead is asked again later.
const maxEarly = 1024

// OnSignature takes in a signature, the own one too. It refuses UNKNOWN_SIGNER
// and BAD_SIGNER_SIGNATURE; STATEMENT_MISMATCH for a statement other than the
// machine's own, TWO_STATEMENTS for a signer's second on one subject, and
// TOO_MANY_EARLY. Whoever has m submits.
func (m *Machine) OnSignature(s Signed) ([]Effect, error) {
	newest, ok := m.books.newest()
	key := s.Signature.Key
	switch {
	case (s.Statement.Deposit == nil) == (s.Statement.Closing == nil):
		return nil, rejection.New(rejection.NonCanonical, "a statement is a deposit or a closing")
	case !ok || !newest.lists(key):
		return nil, rejection.New(rejection.UnknownSigner, "%x", key[:4])
	case s.Statement.Deposit != nil && s.Statement.Deposit.Reference.Chain != m.config.Chain:
		return nil, rejection.New(rejection.StatementMismatch, "a deposit of chain %d", s.Statement.Deposit.Reference.Chain)
	case !quorum.Verify(key, s.Statement.SignBytes(m.config.ChainID), s.Signature.Signature):
		return nil, rejection.New(rejection.BadSignerSignature, "%x", key[:4])
	}
	o, about := new(out), s.Statement.subject(m.config.ChainID)
	mine, decided := m.statement(about)
	if before, twice := m.pool[about][key]; twice && !before.Statement.equal(s.Statement) {
		m.alarm(o, Alarm{TwoStatements, about.id, key})
		return o.effects, rejection.New(rejection.TwoStatements, "%x", key[:4])
	}
	switch {
	case decided && !mine.equal(s.Statement):
		m.alarm(o, Alarm{OtherStatement, about.id, key})
		return o.effects, rejection.New(rejection.StatementMismatch, "%x", key[:4])
	case m.over(about):
		return nil, nil
	case !decided && m.early[key] >= maxEarly:
		return nil, rejection.New(rejection.TooManyEarly, "%x", key[:4])
	}
	if _, known := m.pool[about][key]; known {
		return nil, nil
	}
	if m.pool[about] == nil {
		m.pool[about] = map[quorum.Key]Signed{}
	}
	m.pool[about][key] = s
	if !decided {
		m.early[key]++
		return nil, nil
	}
	m.gather(o, about)
	return o.effects, nil
}

// equal compares statements without signatures.
func (s Statement) equal(other Statement) bool {
	return bytes.Equal(s.transaction(nil), other.transaction(nil))
}

// signatures returns those over the machine's own statement by signers in
// force, ascending by key.
func (m *Machine) signatures(about subject) (list []quorum.Signature) {
	newest, _ := m.books.newest()
	if _, decided := m.statement(about); !decided {
		return nil
	}
	for _, key := range slices.SortedFunc(maps.Keys(m.pool[about]), compareKeys) {
		if newest.lists(key) {
			list = append(list, m.pool[about][key].Signature)
		}
	}
	return list
}

func compareKeys(a, b quorum.Key) int { return bytes.Compare(a[:], b[:]) }

// gather hands the transaction over once there are m signatures.
func (m *Machine) gather(o *out, about subject) {
	newest, _ := m.books.newest()
	list := m.signatures(about)
	if _, done := m.sent[about]; done || len(list) == 0 || len(list) < int(newest.Signers.Threshold) || m.over(about) {
		return
	}
	mine, _ := m.statement(about)
	m.sent[about] = m.height()
	o.do(SubmitHub{mine.transaction(list)})
}

func (m *Machine) height() uint64 {
	if m.hub == nil {
		return 0
	}
	return m.hub.Height
}

// resendEvery is how many heights pass before a transaction is handed over
// again: Nightjar may have refused it for a rule that has changed since, or for
// signers that have.
const resendEvery = 20

func (m *Machine) resend(o *out) {
	again := func(about subject) {
		if at, sent := m.sent[about]; sent && m.height() < at+resendEvery {
			return
		}
		delete(m.sent, about)
		m.gather(o, about)
	}
	for _, id := range m.books.owed {
		again(subject{false, id})
	}
	for _, id := range m.books.queue {
		again(subject{true, id})
	}
}

// decide takes every decision that is due.
func (m *Machine) decide(o *out) {
	m.attest(o)
	m.conclude(o)
}
