package gateway

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
)

// Constants of the tests' Nightjar.
const (
	chainID     = "test-1"
	chainNumber = 2 // the external chain
	ksm         = 7 // its asset
	execution   = 2 // D
	delay       = 5 // of governance
)

func testKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func publicKey(k ed25519.PrivateKey) (out quorum.Key) {
	copy(out[:], k.Public().(ed25519.PublicKey))
	return out
}

// signersOf are a set of named signers.
func signersOf(threshold uint8, names ...string) state.Signers {
	s := state.Signers{Threshold: threshold}
	for _, n := range names {
		s.Keys = append(s.Keys, publicKey(testKey(n)))
	}
	slices.SortFunc(s.Keys, func(a, b quorum.Key) int { return bytes.Compare(a[:], b[:]) })
	return s
}

// hub is Nightjar in memory: it takes what a ledger would take of custody's
// transactions. It stands in for a node and its light verification, which
// node's own tests test against the real ones.
type hub struct {
	genesis *client.Genesis

	mu       sync.Mutex
	blocks   [][][]byte // transactions, from height 1
	signers  state.Signers
	pending  map[uint64]state.Signers
	due      map[uint64][]state.Claim
	locked   map[custody.ClaimID]bool // whose action a lock preceded
	asset    state.Asset
	pool     state.Pool
	claims   map[custody.ClaimID]state.Claim
	deposits map[custody.DepositID]uint64
	queue    [][]byte
	fail     error // what every answer is, if set
	fork     byte  // part of every block's hash
}

func newHub(signers state.Signers) *hub {
	h := &hub{
		genesis: &client.Genesis{ChainID: chainID, ExecutionDelay: execution, GovernanceDelay: delay, Signers: signers},
		signers: signers, pending: map[uint64]state.Signers{}, due: map[uint64][]state.Claim{}, locked: map[custody.ClaimID]bool{},
		asset: state.Asset{
			Record:     asset.Record{ID: ksm, Symbol: "KSM", Decimals: 9, ExternalDecimals: 12, Chain: chainNumber, External: []byte{asset.Native}},
			MinDeposit: 10, MaxDeposit: 1e15, MaxSupply: 1e17,
		},
		claims: map[custody.ClaimID]state.Claim{}, deposits: map[custody.DepositID]uint64{},
	}
	h.block()
	return h
}

// block makes one block of transactions and of what was submitted.
func (h *hub) block(txs ...[]byte) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	height := uint64(len(h.blocks) + 1)
	if s, ok := h.pending[height]; ok {
		h.signers = s
	}
	for _, c := range h.due[height] {
		if !h.locked[c.ID] {
			h.claims[c.ID] = c
			h.pool.Withdrawn += c.Amount
		}
	}
	for _, raw := range h.queue {
		if h.check(raw) == nil {
			h.apply(raw, height)
			txs = append(txs, raw)
		}
	}
	h.queue = nil
	for _, raw := range txs {
		switch raw[0] {
		case governance.Kind:
			p, err := governance.Decode(raw)
			if err != nil {
				panic(err)
			}
			if c, ok := p.Change.(governance.SetSigners); ok {
				h.pending[height+delay] = state.Signers{Threshold: c.Threshold, Keys: c.Keys}
			}
		case action.Kind:
			a, err := action.Decode(raw)
			if err != nil {
				panic(err)
			}
			if a.Out.Amount > 0 {
				h.due[height+execution] = append(h.due[height+execution], state.Claim{
					ID: custody.NewClaimID(chainID, a.Nullifiers[0]), Asset: a.Out.Asset, Amount: a.Out.Amount,
					Recipient: a.Out.Recipient, Return: a.Out.Return, Height: height + execution,
				})
			}
		}
	}
	h.blocks = append(h.blocks, txs)
	return height
}

// check is what the ledger checks of custody's transactions; h.mu is held.
func (h *hub) check(raw []byte) error {
	signed := func(message []byte, signatures []quorum.Signature) error {
		if len(signatures) < int(h.signers.Threshold) {
			return rejection.New(rejection.BadSignerSignature, "")
		}
		for _, s := range signatures {
			if !slices.Contains(h.signers.Keys, s.Key) || !quorum.Verify(s.Key, message, s.Signature) {
				return rejection.New(rejection.BadSignerSignature, "")
			}
		}
		return nil
	}
	switch raw[0] {
	case custody.DepositKind:
		d, err := custody.DecodeDeposit(raw)
		if err != nil {
			return err
		}
		if h.deposits[d.Reference.ID(chainID)] != 0 {
			return rejection.New(rejection.DepositReplayed, "")
		}
		return signed(d.SignBytes(chainID), d.Signatures)
	case custody.ClosingKind:
		c, err := custody.DecodeClosing(raw)
		if err != nil {
			return err
		}
		claim, ok := h.claims[c.Claim]
		if !ok {
			return rejection.New(rejection.UnknownClaim, "")
		}
		if !claim.Open() {
			return rejection.New(rejection.ClaimClosed, "")
		}
		return signed(c.SignBytes(chainID), c.Signatures)
	}
	return rejection.New(rejection.UnknownKind, "")
}

func (h *hub) apply(raw []byte, height uint64) {
	if raw[0] == custody.DepositKind {
		d, _ := custody.DecodeDeposit(raw)
		h.deposits[d.Reference.ID(chainID)] = height
		h.pool.Deposited += d.Amount
		return
	}
	c, _ := custody.DecodeClosing(raw)
	claim := h.claims[c.Claim]
	claim.Closed, claim.Payment = c.Result, c.Payment
	h.claims[c.Claim] = claim
}

func (h *hub) Genesis() *client.Genesis { return h.genesis }
func (h *hub) Trusted() []byte          { return nil }
func (h *hub) Chain(trusted []byte) (*light.Chain, error) {
	return light.Start(chainID, []light.Validator{{Key: publicKey(testKey("validator")), Power: 1}})
}

func (h *hub) Custody(_ context.Context, claims []custody.ClaimID, deposits []custody.DepositID) (*client.Custody, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return nil, h.fail
	}
	v := &client.Custody{
		Height: uint64(len(h.blocks)), Signers: h.signers, Assets: []state.Asset{h.asset, {Record: asset.Record{ID: 8, Chain: 9}}},
		Pools:  map[uint32]state.Pool{ksm: h.pool},
		Claims: map[custody.ClaimID]state.Claim{}, Deposits: map[custody.DepositID]uint64{},
	}
	for _, id := range claims {
		if c, ok := h.claims[id]; ok {
			v.Claims[id] = c
		}
	}
	for _, id := range deposits {
		if at, ok := h.deposits[id]; ok {
			v.Deposits[id] = at
		}
	}
	return v, nil
}

func (h *hub) VerifiedBlocks(_ context.Context, _ *light.Chain, from, to uint64, yield func(light.Head, [][]byte) error) error {
	for height := from; height <= to; height++ {
		h.mu.Lock()
		txs, fork, fail := h.blocks[height-1], h.fork, h.fail
		h.mu.Unlock()
		if fail != nil {
			return fail
		}
		head := light.Head{Height: height, Hash: [32]byte{fork, byte(height >> 8), byte(height)}, AppHash: [32]byte{byte(height)}, Validators: [32]byte{9}}
		if err := yield(head, txs); err != nil {
			return err
		}
	}
	return nil
}

func (h *hub) Submit(_ context.Context, tx []byte) (id [32]byte, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return id, h.fail
	}
	if err := h.check(tx); err != nil {
		return id, err
	}
	h.queue = append(h.queue, bytes.Clone(tx))
	return sha256.Sum256(tx), nil
}

var spendSecret = jubjub.ScalarFromHash("test", []byte("spend"))

// withdrawal makes the action number i, which opens the claim that is returned.
func withdrawal(t testing.TB, i int, of uint32, amount uint64, recipient []byte) ([]byte, custody.ClaimID) {
	t.Helper()
	a := &action.Action{Version: 1, FeeInAsset: true, RK: jubjub.Mul(jubjub.Spend, spendSecret)}
	for j := range a.Nullifiers {
		a.Nullifiers[j] = field.FromHash("test", fmt.Appendf(nil, "nullifier %d %d", i, j))
		a.Commitments[j] = field.FromHash("test", fmt.Appendf(nil, "commitment %d %d", i, j))
	}
	to, err := action.NewRecipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	a.Out = action.Output{Asset: of, Amount: amount, Recipient: to, Return: field.FromUint64(uint64(i) + 1)}
	h := a.Sighash(chainID)
	a.Signature = jubjub.Sign(domain.SpendSig, jubjub.Spend, spendSecret, h[:], nil)
	return a.Encode(), custody.NewClaimID(chainID, a.Nullifiers[0])
}

func rotation(nonce uint64, s state.Signers) []byte {
	return (&governance.Proposal{Nonce: nonce, Change: governance.SetSigners{Threshold: s.Threshold, Keys: s.Keys}}).Encode()
}

var errAway = errors.New("the node is away")
