//go:build kusama

package chopsticks

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/sr25519"
	"github.com/nightjar/nightjar/substrate/storage"
)

// npm is where make kusama-npm installs; nothing there fails the test.
const npm = "../npm"

// unit is one token in its smallest parts.
const unit = 1_000_000_000_000

// chain is a node, its runtime, and blocks on demand.
type chain struct {
	t    *testing.T
	ctx  context.Context
	node *Node
	*extrinsic.Runtime
}

// block is what came of a block.
type block struct {
	number uint32
	body   [][]byte
	events []event.Record
}

func start(t *testing.T) *chain {
	t.Helper()
	ctx := t.Context()
	node, err := Start(ctx, npm, specification(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Stop)
	c := &chain{t: t, ctx: ctx, node: node}
	head := c.head()
	b, err := node.Metadata(ctx, head)
	c.must(err)
	md, err := metadata.Decode(b)
	c.must(err)
	c.must(storage.Agree(md))
	v, err := node.RuntimeVersion(ctx, head)
	c.must(err)
	genesis, ok, err := node.BlockHash(ctx, 0)
	if err != nil || !ok {
		t.Fatal("no genesis", err)
	}
	c.Runtime, err = extrinsic.New(md, extrinsic.Version(v), extrinsic.Pin{SpecName: "westend", TransactionVersion: 14}, genesis)
	c.must(err)
	return c
}

// specification fetches gossamer's module, of which the tool's own go.mod fixes
// the version, and returns its development chain's raw specification.
func specification(t *testing.T) string {
	t.Helper()
	download := exec.CommandContext(t.Context(), "go", "-C", "../tools/gossamer", "mod", "download", "-json", "github.com/ChainSafe/gossamer")
	download.Stderr = os.Stderr
	out, err := download.Output()
	if err != nil {
		t.Fatal("download gossamer's module: ", err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(module.Dir, "chain", "westend-dev", "westend-dev-spec-raw.json")
}

func (c *chain) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *chain) head() rpc.Hash {
	c.t.Helper()
	h, err := c.node.FinalizedHead(c.ctx)
	c.must(err)
	return h
}

// number returns the number of the last block.
func (c *chain) number() uint32 {
	c.t.Helper()
	h, ok, err := c.node.Header(c.ctx, c.head())
	if err != nil || !ok {
		c.t.Fatal("no header", err)
	}
	return h.Number
}

// account returns what an account has; of one that does not exist nothing.
func (c *chain) account(id account.ID) storage.AccountInfo {
	c.t.Helper()
	b, ok, err := c.node.Storage(c.ctx, storage.Account(id), c.head())
	c.must(err)
	if !ok {
		return storage.AccountInfo{}
	}
	info, err := storage.DecodeAccount(b)
	c.must(err)
	return info
}

// free demands that an account has exactly so much.
func (c *chain) free(what string, id account.ID, want uint64) {
	c.t.Helper()
	if got := c.account(id).Free; got != amount.WideOf(want) {
		c.t.Fatalf("%s has %s, want %d", what, got, want)
	}
}

// key signs for an account.
type key interface {
	Account() account.ID
	finish(extrinsic.Draft) ([]byte, error)
}

// signer is a custody signer's key.
type signer struct{ private ed25519.PrivateKey }

func (s signer) Account() account.ID { return account.ID(s.private.Public().(ed25519.PublicKey)) }

func (s signer) finish(d extrinsic.Draft) ([]byte, error) {
	return d.Ed25519(quorum.Sign(s.private, extrinsic.Digest(d.Payload())).Signature)
}

// wallet is a depositor's key.
type wallet struct{ *sr25519.Key }

func (w wallet) finish(d extrinsic.Draft) ([]byte, error) {
	signature, err := w.Sign(extrinsic.Digest(d.Payload()))
	if err != nil {
		return nil, err
	}
	return d.Sr25519(signature)
}

// draft binds a call to its signer's next nonce and an era from the last block.
func (c *chain) draft(k key, call extrinsic.Call, period uint32) extrinsic.Draft {
	c.t.Helper()
	era, err := extrinsic.NewEra(period, c.number())
	c.must(err)
	d, err := c.Draft(call, extrinsic.Terms{Signer: k.Account(), Nonce: c.account(k.Account()).Nonce, Era: era, Birth: c.head()})
	c.must(err)
	return d
}

func (c *chain) signed(k key, call extrinsic.Call) []byte {
	c.t.Helper()
	b, err := k.finish(c.draft(k, call, 64))
	c.must(err)
	return b
}

// weight asks the runtime what a call weighs.
func (c *chain) weight(k key, call extrinsic.Call) extrinsic.Weight {
	c.t.Helper()
	b, err := c.draft(k, call, 64).Unsigned()
	c.must(err)
	fee, err := c.node.Fee(c.ctx, b, c.head())
	c.must(err)
	if fee.RefTime == 0 || fee.Amount.IsZero() {
		c.t.Fatalf("a call for nothing: %+v", fee)
	}
	return extrinsic.Weight{RefTime: fee.RefTime, ProofSize: fee.ProofSize}
}

// next makes a block.
func (c *chain) next() block {
	c.t.Helper()
	before := c.number()
	c.must(c.node.NewBlock(c.ctx))
	head := c.head()
	b, ok, err := c.node.Block(c.ctx, head)
	if err != nil || !ok || b.Header.Number != before+1 {
		c.t.Fatal("no new block", err)
	}
	raw, ok, err := c.node.Storage(c.ctx, storage.Events(), head)
	if err != nil || !ok {
		c.t.Fatal("no events", err)
	}
	events, err := event.Decode(c.Metadata(), raw)
	c.must(err)
	return block{b.Header.Number, b.Extrinsics, events}
}

// include submits an extrinsic, makes a block, and demands that it is in there.
// failure is the name of the error by which it failed, "" if it succeeded.
func (c *chain) include(k key, call extrinsic.Call) (b block, failure string) {
	c.t.Helper()
	x := c.signed(k, call)
	hash, err := c.node.Submit(c.ctx, x)
	c.must(err)
	if hash != extrinsic.Hash(x) {
		c.t.Fatal("the node has another hash of the extrinsic")
	}
	b = c.next()
	for i, body := range b.body {
		if string(body) != string(x) {
			continue
		}
		for _, e := range b.events {
			if e.Phase != event.ApplyExtrinsic || int(e.Extrinsic) != i {
				continue
			}
			switch {
			case e.Is("System", "ExtrinsicSuccess"):
				return b, ""
			case e.Is("System", "ExtrinsicFailed"):
				return b, event.Failure(c.Metadata(), e.Fields.Get("dispatch_error"))
			}
		}
	}
	c.t.Fatal("the block does not hold the extrinsic")
	return b, ""
}

// succeed is include of a call that has to succeed.
func (c *chain) succeed(k key, call extrinsic.Call, err error) block {
	c.t.Helper()
	c.must(err)
	b, failure := c.include(k, call)
	if failure != "" {
		c.t.Fatal("failed by ", failure)
	}
	return b
}

// fail is include of a call that has to fail by an error.
func (c *chain) fail(want string, k key, call extrinsic.Call, err error) {
	c.t.Helper()
	c.must(err)
	if _, failure := c.include(k, call); failure != want {
		c.t.Fatalf("failed by %q, want %q", failure, want)
	}
}

// refuse demands that the node does not even take an extrinsic, for a reason
// that it says.
func (c *chain) refuse(what string, x []byte, reason string) {
	c.t.Helper()
	_, err := c.node.Submit(c.ctx, x)
	var r *rpc.Refused
	if !errors.As(err, &r) || !strings.Contains(r.Message, reason) {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// only returns the one event of a name in a block.
func (c *chain) only(b block, pallet, name string) event.Record {
	c.t.Helper()
	var found []event.Record
	for _, e := range b.events {
		if e.Is(pallet, name) {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		c.t.Fatalf("%d events %s.%s", len(found), pallet, name)
	}
	return found[0]
}
