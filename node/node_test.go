package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/rejection"
)

const fast = 20 * time.Millisecond

// patient is how long a test waits for what comes at once on a machine that has
// time.
const patient = 3 * time.Minute

func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	t.Cleanup(cancel)
	return ctx
}

// submit offers a transaction over the RPC.
func (m *member) submit(tx []byte) ([]byte, error) {
	res, err := m.rpc.Submit(patience(m), connect.NewRequest(&nodev1.SubmitRequest{Tx: tx}))
	if err != nil {
		return nil, err
	}
	return res.Msg.Id, nil
}

// blocks returns the compact blocks of a range.
func (m *member) blocks(from, to uint64) []*nodev1.CompactBlock {
	m.Helper()
	stream, err := m.rpc.CompactBlocks(patience(m), connect.NewRequest(&nodev1.CompactBlocksRequest{From: from, To: to}))
	if err != nil {
		m.Fatal(err)
	}
	defer stream.Close()
	var out []*nodev1.CompactBlock
	for stream.Receive() {
		out = append(out, stream.Msg())
	}
	if err := stream.Err(); err != nil {
		m.Fatal(err)
	}
	return out
}

// find waits for the first entry from a height on for which pick is not nil.
func find[T any](m *member, from uint64, pick func(*nodev1.Entry) *T) (*T, uint64) {
	m.Helper()
	stream, err := m.rpc.CompactBlocks(patience(m), connect.NewRequest(&nodev1.CompactBlocksRequest{From: from}))
	if err != nil {
		m.Fatal(err)
	}
	defer stream.Close()
	for stream.Receive() {
		for _, e := range stream.Msg().Entries {
			if x := pick(e); x != nil {
				return x, stream.Msg().Height
			}
		}
	}
	m.Fatalf("the stream ended: %v", stream.Err())
	return nil, 0
}

// codeOf returns the rejection's code that an error of the RPC carries.
func codeOf(err error) rejection.Code {
	var e *connect.Error
	if errors.As(err, &e) {
		for _, d := range e.Details() {
			if v, err := d.Value(); err == nil {
				if r, ok := v.(*nodev1.Rejection); ok {
					return rejection.Code(r.Code)
				}
			}
		}
	}
	return 0
}

func TestOneValidatorServesWhatHappened(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()

	raw := net.deposit(1, hub, 1000)
	id, err := m.submit(raw)
	if err != nil {
		t.Fatal(err)
	}
	deposited, at := find(m, 1, (*nodev1.Entry).GetDeposited)
	d, err := custody.DecodeDeposit(raw)
	if err != nil {
		t.Fatal(err)
	}
	depositID := d.Reference.ID(net.genesis.ChainID)
	if !bytes.Equal(deposited.Id, depositID[:]) || deposited.Amount != 1000 || deposited.Position != 0 {
		t.Errorf("%v", deposited)
	}
	status, err := m.rpc.TxStatus(patience(t), connect.NewRequest(&nodev1.TxStatusRequest{Id: id}))
	if err != nil || status.Msg.State != nodev1.TxStatusResponse_STATE_EXECUTED || status.Msg.Included != at {
		t.Errorf("%v, %v", status, err)
	}
	if _, err := m.submit(raw); codeOf(err) != rejection.DepositReplayed {
		t.Errorf("the same deposit again: %v", err)
	}

	m.until(at + 4) // an anchor that holds the deposit
	recipient, _ := action.NewRecipient([]byte("somebody"))
	a := m.action(1, func(a *action.Action) {
		a.FeeInAsset, a.Fee = true, 20
		a.Out = action.Output{Asset: hub, Amount: 300, Recipient: recipient, Return: a.Commitments[0]}
		a.Sealed.EPK[0], a.Sealed.CT[2][5] = 7, 9
	})
	id, err = m.submit(a.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if want := a.ID(net.genesis.ChainID); !bytes.Equal(id, want[:]) {
		t.Errorf("id %x, want %x", id, want)
	}
	admitted, b := find(m, at, (*nodev1.Entry).GetAdmitted)
	executed, e := find(m, b, (*nodev1.Entry).GetExecuted)
	if e != b+2 {
		t.Errorf("admitted in %d, executed in %d", b, e)
	}
	claim := custody.NewClaimID(net.genesis.ChainID, a.Nullifiers[0])
	want := &nodev1.Execution{
		Id: id, Nullifiers: listOf(a.Nullifiers[:]), Commitments: listOf(a.Commitments[:]), Position: 1,
		Epk:         a.Sealed.EPK[:],
		Ciphertexts: [][]byte{a.Sealed.CT[0][:], a.Sealed.CT[1][:], a.Sealed.CT[2][:]},
		OutAsset:    hub, OutAmount: 300, Claim: claim[:], Admitted: b, Fee: 20,
	}
	if diff := cmp.Diff(want, executed, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(admitted.Id, id) {
		t.Errorf("admitted %x", admitted.Id)
	}
	opened, err := m.rpc.ClaimStatus(patience(t), connect.NewRequest(&nodev1.ClaimStatusRequest{Claim: claim[:]}))
	if err != nil || opened.Msg.State != nodev1.ClaimStatusResponse_STATE_OPEN || opened.Msg.Amount != 300 {
		t.Errorf("%v, %v", opened, err)
	}
	if _, err := m.submit(a.Encode()); codeOf(err) != rejection.NullifierSpent {
		t.Errorf("the same action again: %v", err)
	}
	if err := m.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestSubmitRefusals(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()
	m.until(1)
	good := m.action(1)
	encoded := good.Encode()
	forged := m.action(2)
	forged.Signature = good.Signature
	unproven := m.action(3, func(a *action.Action) { a.Proof[0] = refuted })
	prices := (&oracle.Commit{Height: 1}).Encode()
	for _, c := range []struct {
		name string
		tx   []byte
		code rejection.Code
	}{
		{"empty", nil, rejection.Truncated},
		{"unknown kind", []byte{0xff}, rejection.UnknownKind},
		{"truncated", encoded[:len(encoded)-1], rejection.Truncated},
		{"trailing", append(bytes.Clone(encoded), 0), rejection.TrailingBytes},
		{"bad signature", forged.Encode(), rejection.BadSpendSignature},
		{"bad proof", unproven.Encode(), rejection.BadProof},
		{"unknown anchor", m.action(4, func(a *action.Action) { a.Anchor = a.Nullifiers[0] }).Encode(), rejection.UnknownAnchor},
		{"prices from outside", prices, rejection.UnknownKind},
		{"unknown signer", net.deposit(1, 77, 5), rejection.UnknownAsset},
	} {
		if _, err := m.submit(c.tx); codeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := m.submit(make([]byte, maxRequestBytes+1)); connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Errorf("oversized: %v", err)
	}
	if _, err := m.submit(encoded); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestRequestRefusals(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()
	m.until(3)
	ctx := patience(t)
	drain := func(from, to uint64) error {
		s, err := m.rpc.CompactBlocks(ctx, connect.NewRequest(&nodev1.CompactBlocksRequest{From: from, To: to}))
		if err != nil {
			return err
		}
		for s.Receive() {
		}
		return errors.Join(s.Err(), s.Close())
	}
	_, claim := m.rpc.ClaimStatus(ctx, connect.NewRequest(&nodev1.ClaimStatusRequest{Claim: make([]byte, 31)}))
	_, unknown := m.rpc.ClaimStatus(ctx, connect.NewRequest(&nodev1.ClaimStatusRequest{Claim: make([]byte, 32)}))
	_, tx := m.rpc.TxStatus(ctx, connect.NewRequest(&nodev1.TxStatusRequest{Id: make([]byte, 33)}))
	many := &nodev1.StateRequest{}
	for i := range maxStateRows + 1 {
		many.Keys = append(many.Keys, fmt.Append(nil, i))
	}
	_, rows := m.rpc.State(ctx, connect.NewRequest(many))
	for _, c := range []struct {
		name string
		err  error
		code rejection.Code
	}{
		{"height 0", drain(0, 1), rejection.OutOfRange},
		{"backwards", drain(2, 1), rejection.OutOfRange},
		{"short claim", claim, rejection.OutOfRange},
		{"unknown claim", unknown, rejection.UnknownClaim},
		{"long id", tx, rejection.OutOfRange},
		{"too many rows", rows, rejection.Oversized},
	} {
		if codeOf(c.err) != c.code {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
	if _, err := m.rpc.LightBlock(ctx, connect.NewRequest(&nodev1.LightBlockRequest{Height: 1 << 40})); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a light block of the future: %v", err)
	}
}

// TestOrigins: a sender has one lane, whichever of its ports or of its own
// network's addresses it sends from.
func TestOrigins(t *testing.T) {
	for _, c := range []struct{ addr, want string }{
		{"192.0.2.7:4000", "192.0.2.7"}, {"192.0.2.7:4001", "192.0.2.7"}, {"192.0.2.8:4000", "192.0.2.8"},
		{"[::ffff:192.0.2.7]:4000", "192.0.2.7"},
		{"[2001:db8:1:2:3::4]:4000", "2001:db8:1:2::/64"}, {"[2001:db8:1:2:5::6]:1", "2001:db8:1:2::/64"},
		{"[2001:db8:1:3::4]:4000", "2001:db8:1:3::/64"}, {"[fe80::1%eth0]:4000", "fe80::/64"},
		{"pipe", "pipe"},
	} {
		if got := originOf(c.addr); got != c.want {
			t.Errorf("%s: %s, want %s", c.addr, got, c.want)
		}
	}
}

// TestTooManyReaders: a reader past the bound is told to come back, and is
// served when another has gone.
func TestTooManyReaders(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.config.RPCStreams = 1
	m.start()
	m.until(2)
	follow := func(ctx context.Context) (*connect.ServerStreamForClient[nodev1.CompactBlock], bool) {
		s, err := m.rpc.CompactBlocks(ctx, connect.NewRequest(&nodev1.CompactBlocksRequest{From: 1}))
		if err != nil {
			t.Fatal(err)
		}
		return s, s.Receive()
	}
	ctx, leave := context.WithCancel(patience(t))
	first, ok := follow(ctx)
	if !ok {
		t.Fatal(first.Err())
	}
	second, ok := follow(patience(t))
	if ok || connect.CodeOf(second.Err()) != connect.CodeUnavailable {
		t.Errorf("a reader too many: %v", second.Err())
	}
	leave()
	first.Close()
	for end := time.Now().Add(patient); time.Now().Before(end); m.until(m.head() + 1) {
		if third, ok := follow(patience(t)); ok {
			third.Close()
			return
		}
	}
	t.Error("the place was never given back")
}

// TestPricesReachTheReferenceTable changes the price file while the node runs.
func TestPricesReachTheReferenceTable(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	reference := func() (price, height uint64) {
		m.node.app.read(func(s *ledger.State) error {
			for _, r := range s.References() {
				price = r.Mid
			}
			height = s.Head().Height
			return nil
		})
		return price, height
	}
	put := func(text string) {
		if err := os.WriteFile(m.config.Oracle.Prices+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(m.config.Oracle.Prices+".new", m.config.Oracle.Prices); err != nil {
			t.Fatal(err)
		}
	}
	m.start()
	m.until(3)
	if p, _ := reference(); p != 0 {
		t.Errorf("a reference of %d without a price file", p)
	}
	put("height,market,bid,ask\n1,5,31490,31511\n1,6,9,9\n") // market 6 does not exist
	h := m.head()
	m.until(h + 3)
	if p, _ := reference(); p != 31500 {
		t.Errorf("reference %d", p)
	}
	put("height,market,bid,ask\n1,5,31600,31600\n")
	h = m.head()
	m.until(h + 3)
	if p, _ := reference(); p != 31600 {
		t.Errorf("reference %d after the change", p)
	}
	h = m.head() // the vote for this block had a price, perhaps those for the next two
	put("nonsense\n")
	stale := m.genesis.Params.StaleBlocks
	for p, at := reference(); at < h+stale+5; p, at = reference() {
		if p != 31600 && (p != 0 || at <= h+stale) {
			t.Fatalf("reference %d at height %d, %d after the last opinion: it stays until it is stale", p, at, at-h)
		}
		m.until(at + 1)
	}
	if p, _ := reference(); p != 0 {
		t.Errorf("reference %d: stale prices count", p)
	}
}

// TestFourValidators kills one of four with SIGKILL and starts it again, and
// demands that all hold the same chain and serve the same compact blocks.
func TestFourValidators(t *testing.T) {
	net := newNetwork(t, 4, 50*time.Millisecond)
	victim := net.members[3]
	kill := victim.spawn()
	for _, m := range net.members[:3] {
		m.start()
	}
	m := net.members[0]
	for i := range 8 {
		if _, err := net.members[i%4].submit(net.deposit(i, hub, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	m.until(6)
	kill()
	h := m.head()
	m.until(h + 5) // three of four go on
	for i := range 8 {
		if _, err := net.members[i%3].submit(net.deposit(8+i, coin, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	kill = victim.spawn()
	m.until(h + 12)
	m.untilLeaves(16)
	last := m.head()
	want := m.blocks(1, last)
	for i, o := range net.members[1:] {
		if diff := cmp.Diff(want, o.blocks(1, last), protocmp.Transform()); diff != "" {
			t.Errorf("node %d: %s", i+1, diff)
		}
	}
	view, err := m.dial(net.members[2].url()).View(patience(t))
	if err != nil || view.Height+1 < last {
		t.Errorf("the state of height %v, %v", view, err)
	}
	kill()
	for _, m := range net.members {
		if err := m.stop(); err != nil {
			t.Fatal(err)
		}
		m.auditHome()
	}
}

// TestFloodMempool runs two validators with CometBFT's own pool in front.
func TestFloodMempool(t *testing.T) {
	net := newNetwork(t, 2, 50*time.Millisecond)
	for _, m := range net.members {
		m.config.Mempool.Kind = FloodMempool
		m.start()
	}
	for i, m := range net.members {
		if _, err := m.submit(net.deposit(i, hub, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range net.members {
		m.untilLeaves(2)
	}
}

func TestAnotherGenesisIsRefused(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()
	m.until(2)
	if err := m.stop(); err != nil {
		t.Fatal(err)
	}
	m.raw = append(bytes.Clone(m.raw), '\n')
	if err := m.tryStart(); err == nil {
		t.Fatal("started on another chain's data")
	}
}
