package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/devnet"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transaction"
	"github.com/nightjar/nightjar/replica"
)

// Corruption is a deliberate fault in what the final checks are shown: the
// test that they can fail (`make demo-negative`).
type Corruption string

// The corruptions. The first three are blocks in which one thing was changed
// and which the devnet's own validator then signed again, so that nothing but
// the rule concerned stands in the way.
const (
	None             Corruption = ""
	CorruptProof     Corruption = "proof"     // one byte of an action's proof
	CorruptSignature Corruption = "signature" // one byte of a spend signature
	CorruptLock      Corruption = "lock"      // the outcome that a lock commits to
	CorruptTurnstile Corruption = "turnstile" // one counter that the node reports
	CorruptExit      Corruption = "exit"      // withdrawals without enclaves are not submitted
)

// Corruptions lists them.
func Corruptions() []Corruption {
	return []Corruption{CorruptProof, CorruptSignature, CorruptLock, CorruptTurnstile, CorruptExit}
}

func (c Corruption) inBlocks() bool {
	return c == CorruptProof || c == CorruptSignature || c == CorruptLock
}

// corrupted changes the first fitting transaction and signs its block again.
type corrupted struct {
	inner audit.Source
	what  Corruption
	key   *privval.FilePV
	done  bool
}

func corrupt(inner audit.Source, what Corruption, d devnet.Dir) audit.Source {
	return &corrupted{inner: inner, what: what, key: privval.LoadFilePVEmptyState(d.ValidatorKey(), "")}
}

// Blocks implements audit.Source.
func (c *corrupted) Blocks(ctx context.Context, from, to uint64, yield func([]byte, [][]byte) error) error {
	return c.inner.Blocks(ctx, from, to, func(lightBlock []byte, txs [][]byte) error {
		if changed := c.change(txs); changed != nil {
			again, err := c.sign(lightBlock, changed)
			if err != nil {
				return err
			}
			return yield(again, changed)
		}
		return yield(lightBlock, txs)
	})
}

// change returns the transactions with one changed, or nil.
func (c *corrupted) change(txs [][]byte) [][]byte {
	if c.done {
		return nil
	}
	for i, tx := range txs {
		if len(tx) == 0 {
			continue
		}
		var b []byte
		switch kind := transaction.Kind(tx[0]); {
		case kind == transaction.Action && c.what == CorruptProof:
			if a, err := action.Decode(tx); err == nil {
				// Another proof of the right form: the negation of its first point.
				a.Proof[0] ^= 0x20
				b = a.Encode()
			}
		case kind == transaction.Action && c.what == CorruptSignature:
			b = slices.Clone(tx)
			b[len(b)-1] ^= 1
		case kind == transaction.Lock && c.what == CorruptLock:
			if l, err := settlement.DecodeLock(tx); err == nil {
				l.Outcome[0] ^= 1
				b = l.Encode()
			}
		}
		if b != nil {
			c.done = true
			out := slices.Clone(txs)
			out[i] = b
			return out
		}
	}
	return nil
}

// sign makes the light block of the changed transactions.
func (c *corrupted) sign(lightBlock []byte, txs [][]byte) ([]byte, error) {
	var pb cmtproto.LightBlock
	if err := pb.Unmarshal(lightBlock); err != nil {
		return nil, err
	}
	lb, err := types.LightBlockFromProto(&pb)
	if err != nil {
		return nil, err
	}
	if len(lb.Commit.Signatures) != 1 {
		return nil, errors.New("only a devnet of one validator can be signed again")
	}
	lb.DataHash = types.ToTxs(txs).Hash()
	lb.Commit.BlockID.Hash = lb.Header.Hash()
	sig, err := c.key.Key.PrivKey.Sign(lb.Commit.VoteSignBytes(lb.ChainID, 0))
	if err != nil {
		return nil, err
	}
	lb.Commit.Signatures[0].Signature = sig
	out, err := lb.ToProto()
	if err != nil {
		return nil, err
	}
	return out.Marshal()
}

// compareCounters holds the turnstile and fee counters that the node reports
// against those that the blocks add up to.
func (p *player) compareCounters(ctx context.Context, r *audit.Report, what Corruption) error {
	params, err := p.client.Params(ctx)
	if err != nil {
		return err
	}
	for _, a := range params.Assets {
		i := slices.IndexFunc(r.Assets, func(c audit.Counters) bool { return c.Asset == a.Id })
		if i < 0 {
			return fmt.Errorf("asset %d is not in the report", a.Id)
		}
		told := audit.Counters{Asset: a.Id, Symbol: r.Assets[i].Symbol, Decimals: r.Assets[i].Decimals,
			Deposited: a.Deposited, Withdrawn: a.Withdrawn, Fees: a.Fees}
		if what == CorruptTurnstile && i == 0 {
			told.Withdrawn++
		}
		if told != r.Assets[i] {
			return &replica.Refusal{Height: r.Height, Check: audit.CheckTurnstile,
				Err: fmt.Errorf("the node's counters of %s are not those of the chain", told.Symbol)}
		}
	}
	return nil
}
