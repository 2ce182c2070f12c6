//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/api/node/v1/nodev1connect"
	"github.com/nightjar/nightjar/e2e/canary"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/scenario"
)

// canaryRules are a market whose quantities and prices can be any numbers: no
// decimals, lots and ticks of one.
const canaryRules = `
title canaries
asset KSM 9 exit-fee 0.001
asset GEM 0 exit-fee 1
asset COIN 0 exit-fee 1
fee 0.0005
market GEM/COIN lot 1 tick 1 fee 5 collar 10000
trader nobody
price GEM/COIN 3
`

// public is what every owner deposits of each asset: the chain shows it.
var public = []uint64{1e9, 5e15, 3e16}

// What the owners enter, and nobody but them and the enclaves may ever see.
const (
	blockQty   = 3_141_592_653_589_793 // ada sells a block at 2
	blockMin   = 1_234_567_890_123_457
	blockAgain = 314_159_265_358_979   // what she replaces the rest by
	takeQty    = 2_718_281_828_459_045 // ben buys of it at up to 4
	restLimit  = 1_618_033_988_749_895 // cleo's sale that never trades
	rashLimit  = 1_732_050_807_568_877 // ben buys 3 at whatever price
	planted    = 6_931_471_805_599_453
)

// fillLimit is how long a fill may take on a busy machine.
const fillLimit = 3 * time.Minute

// TestCanaries trades with numbers that occur nowhere else and searches all
// that is outside the enclaves and the owners' wallets for them.
func TestCanaries(t *testing.T) {
	ctx := t.Context()
	rules, err := scenario.Parse([]byte(canaryRules))
	if err != nil {
		t.Fatal(err)
	}
	n := start(ctx, t, rules)
	ada, ben, cleo := n.newTrader(ctx, t, "ada"), n.newTrader(ctx, t, "ben"), n.newTrader(ctx, t, "cleo")
	n.awaitBook(ctx, t)
	w := n.watchHosts(ctx, t)

	for _, tr := range n.traders {
		for i, amount := range public {
			n.deposit(ctx, t, tr, uint32(i+1), amount)
		}
	}
	order := func(tr *trader, side string, qty, limit uint64, more ...string) string {
		t.Helper()
		var a answer
		args := []string{"order", "--market", "GEM/COIN", "--side", side, "--qty", strconv.FormatUint(qty, 10), "--limit", strconv.FormatUint(limit, 10)}
		n.must(ctx, t, tr, &a, append(args, more...)...)
		if err := n.watch(ctx); err != nil {
			t.Fatal(err)
		}
		for _, o := range tr.witness.Orders {
			if o.Live() {
				return o.ID.String()
			}
		}
		t.Fatalf("%s has no order", tr.name)
		return ""
	}
	w.know(canary.Number("ada's quantity", blockQty), canary.Number("ada's minimum", blockMin),
		canary.Number("ada's next quantity", blockAgain), canary.Number("ben's quantity", takeQty),
		canary.Number("cleo's limit", restLimit), canary.Number("ben's limit", rashLimit),
		canary.Number("planted", planted))
	for _, tr := range n.traders {
		w.knowPhrase(t, tr)
	}

	t.Log("orders rest")
	block := order(ada, "sell", blockQty, 2, "--min-fill", fmt.Sprint(blockMin))
	rest := order(cleo, "sell", 5, restLimit)
	w.knowAll()
	w.search(ctx, t)
	w.searchEnclaves(t)

	t.Log("a fill")
	order(ben, "buy", takeQty, 4)
	w.knowAll()
	w.search(ctx, t)
	await(ctx, t, "ben's order is filled", fillLimit, func(ctx context.Context) (bool, error) {
		err := n.watch(ctx)
		return len(ben.witness.Fills) == 1 && len(ada.witness.Fills) == 1, err
	})
	w.knowAll()
	w.search(ctx, t)

	t.Log("a replacement and another fill")
	var done answer
	n.must(ctx, t, ada, &done, "replace", block, "--qty", fmt.Sprint(uint64(blockAgain)), "--min-fill", "1")
	order(ben, "buy", 3, rashLimit)
	await(ctx, t, "ben's second order is filled", fillLimit, func(ctx context.Context) (bool, error) {
		err := n.watch(ctx)
		return len(ben.witness.Fills) == 2, err
	})
	w.knowAll()
	w.search(ctx, t)

	t.Log("all workers die, and cleo leaves")
	n.kill(ctx, t, "enclave-", "host-")
	n.must(ctx, t, cleo, &done, "withdraw", "--order", rest, "--to", "0x00c1e0")
	w.knowAll()
	w.search(ctx, t)
	w.searchPlanted(ctx, t)
}

// lookout searches a network for what its owners want to hide.
type lookout struct {
	*network
	frames   string // where the relays keep their records
	canaries []canary.Canary
	known    map[string]bool // names of canaries
}

// watchHosts puts a relay between every host and its enclave.
func (n *network) watchHosts(ctx context.Context, t *testing.T) *lookout {
	t.Helper()
	w := &lookout{network: n, frames: filepath.Join(n.dir, "frames"), known: map[string]bool{}}
	for i := 1; i <= n.Workers(); i++ {
		newRelay(t, n.Socket(i), filepath.Join(w.frames, strconv.Itoa(i)))
	}
	n.kill(ctx, t, "host-") // to come again, to the relays
	n.restart(ctx, t)
	n.awaitBook(ctx, t)
	return w
}

func (w *lookout) know(c ...canary.Canary) { w.canaries = append(w.canaries, c...) }

// knowPhrase adds a trader's words and the seed made of them.
func (w *lookout) knowPhrase(t *testing.T, tr *trader) {
	t.Helper()
	phrase, err := keys.ParsePhrase(tr.phrase)
	if err != nil {
		t.Fatal(err)
	}
	w.know(canary.Text(tr.name+"'s phrase", tr.phrase), canary.Secret(tr.name+"'s seed", phrase.Seed()))
}

// knowAll adds what the witnesses know by now: the secrets of all orders and
// notes, the amounts in orders, and what the fills came to.
func (w *lookout) knowAll() {
	number := func(name string, v uint64) {
		// Small ones can't be told from chance.
		if v >= 1<<40 && !w.known[name] {
			w.known[name] = true
			w.know(canary.Number(name, v))
		}
	}
	secret := func(name string, b [32]byte) {
		if !w.known[name] {
			w.known[name] = true
			w.know(canary.Secret(name, b[:]))
		}
	}
	for _, tr := range w.traders {
		for _, o := range tr.witness.Orders {
			name := fmt.Sprintf("%s's order %s (%d lots left): ", tr.name, o.ID.Short(), o.Order.Terms.Qty)
			number(name+"quantity", o.Order.Terms.Qty)
			number(name+"limit", o.Order.Terms.Limit)
			number(name+"money", o.Order.Value)
			secret(name+"s", o.Order.S.Bytes())
			secret(name+"oid", o.Order.OID.Bytes())
			secret(name+"r", o.R.Bytes())
		}
		for _, x := range tr.witness.Notes {
			name := fmt.Sprintf("%s's note %d: ", tr.name, x.Position)
			secret(name+"r", x.R.Bytes())
			if !slices.Contains(public, x.Value) {
				number(name+"value", x.Value)
			}
		}
		for i, f := range tr.witness.Fills {
			name := fmt.Sprintf("%s's fill %d: ", tr.name, i)
			number(name+"lots", f.Lots)
			number(name+"quote", f.Quote)
			number(name+"fee", f.Fee)
			number(name+"refund", f.Refund)
			number(name+"left", f.Left)
		}
	}
}

func (w *lookout) make(t *testing.T) *canary.Search {
	t.Helper()
	s, err := canary.New(w.canaries...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// search looks everywhere outside the enclaves and wallets and demands that
// nothing is found.
func (w *lookout) search(ctx context.Context, t *testing.T) {
	t.Helper()
	s := w.make(t)
	began := time.Now()
	found, files, err := s.Files(string(w.Dir()))
	if err != nil {
		t.Fatal(err)
	}
	inFrames, kinds := searchFrames(t, s, w.frames)
	inAnswers, answers := w.searchAnswers(ctx, t, s)
	inMemory, size := w.searchMemory(t, s, "host-", "node")
	for _, f := range append(append(append(found, inFrames...), inAnswers...), inMemory...) {
		t.Error(f)
	}
	// A search of nothing finds nothing.
	if files < 10 || kinds[boundary.KindBlock] == 0 || kinds[boundary.KindBroadcast] == 0 || answers < 20 || size < 1<<20 {
		t.Errorf("searched only %d files, messages %v, %d answers, %d bytes of memory", files, kinds, answers, size)
	}
	t.Logf("searched %d files, messages %v, %d answers, %d MB of memory for %d canaries in %v",
		files, kinds, answers, size>>20, len(w.canaries), time.Since(began).Round(time.Millisecond))
}

// searchMemory searches the memory of the running processes of some names.
func (w *lookout) searchMemory(t *testing.T, s *canary.Search, names ...string) (found []canary.Finding, total int64) {
	t.Helper()
	for _, p := range w.Processes() {
		for _, name := range names {
			if !p.Alive || !strings.HasPrefix(p.Name, name) {
				continue
			}
			more, size, err := s.Process(p.Pid)
			if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
			found, total = append(found, more...), total+size
		}
	}
	return found, total
}

// searchEnclaves is the control: where the orders are, the same search finds
// them.
func (w *lookout) searchEnclaves(t *testing.T) {
	t.Helper()
	found, _ := w.searchMemory(t, w.make(t), "enclave-")
	seen := map[string]bool{}
	for _, f := range found {
		seen[f.Canary] = true
	}
	for _, name := range []string{"ada's quantity", "ada's minimum", "cleo's limit"} {
		if !seen[name] {
			t.Errorf("the enclaves hold the book, and %s was not found in them: the search of memory does not work", name)
		}
	}
	for name := range seen {
		if strings.Contains(name, "phrase") || strings.Contains(name, "seed") || strings.HasSuffix(name, ": r") || name == "planted" {
			t.Errorf("%s is in an enclave, which has no need of it", name)
		}
	}
}

// searchAnswers asks the node everything that it answers, and searches it as
// protobuf and as JSON.
func (w *lookout) searchAnswers(ctx context.Context, t *testing.T, s *canary.Search) (found []canary.Finding, answers int) {
	t.Helper()
	err := askEverything(ctx, w.RPC(), w.claims(), func(name string, header http.Header, m proto.Message) error {
		answers++
		found = append(found, searchAnswer(t, s, name, header, m)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, answers
}

func searchAnswer(t *testing.T, s *canary.Search, name string, header http.Header, m proto.Message) (found []canary.Finding) {
	t.Helper()
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	text, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	head, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{wire, text, head} {
		found = append(found, s.Bytes("the answer "+name, 0, b)...)
	}
	return found
}

// claims returns the ids of the owners' actions and withdrawals.
func (w *lookout) claims() (ids [][]byte) {
	for _, tr := range w.traders {
		for _, e := range tr.witness.History {
			ids = append(ids, e.ID[:])
		}
		for _, c := range tr.witness.Claims {
			ids = append(ids, c.ID[:])
		}
	}
	return ids
}

// statePrefixes are the starts of all keys of the small state.
const statePrefixes = "abcdefghijklmnopqrstuvwxyz"

// askEverything asks a node by every method for all that it has. An answer that
// is a refusal has its words looked at as well.
func askEverything(ctx context.Context, url string, ids [][]byte, look func(string, http.Header, proto.Message) error) error {
	rpc := nodev1connect.NewNodeServiceClient(http.DefaultClient, url)
	status, err := rpc.Status(ctx, connect.NewRequest(new(nodev1.StatusRequest)))
	if err != nil {
		return err
	}
	to := status.Msg.Height
	if err := look("Status", status.Header(), status.Msg); err != nil {
		return err
	}
	genesis, err := rpc.Genesis(ctx, connect.NewRequest(new(nodev1.GenesisRequest)))
	if err == nil {
		err = look("Genesis", genesis.Header(), genesis.Msg)
	}
	if err != nil {
		return err
	}
	params, err := rpc.Params(ctx, connect.NewRequest(new(nodev1.ParamsRequest)))
	if err == nil {
		err = look("Params", params.Header(), params.Msg)
	}
	if err != nil {
		return err
	}
	light, err := rpc.LightBlock(ctx, connect.NewRequest(new(nodev1.LightBlockRequest)))
	if err == nil {
		err = look("LightBlock", light.Header(), light.Msg)
	}
	if err != nil {
		return err
	}
	compact, err := rpc.CompactBlocks(ctx, connect.NewRequest(&nodev1.CompactBlocksRequest{From: 1, To: to}))
	if err != nil {
		return err
	}
	for compact.Receive() {
		if err := look("CompactBlocks", compact.ResponseHeader(), compact.Msg()); err != nil {
			return err
		}
	}
	if err := compact.Err(); err != nil {
		return err
	}
	raw, err := rpc.RawBlocks(ctx, connect.NewRequest(&nodev1.RawBlocksRequest{From: 1, To: to}))
	if err != nil {
		return err
	}
	for raw.Receive() {
		if err := look("RawBlocks", raw.ResponseHeader(), raw.Msg()); err != nil {
			return err
		}
	}
	if err := raw.Err(); err != nil {
		return err
	}
	for _, c := range statePrefixes {
		rows, err := rpc.State(ctx, connect.NewRequest(&nodev1.StateRequest{Prefixes: [][]byte{[]byte(string(c))}}))
		if err != nil {
			return fmt.Errorf("rows %c: %w", c, err)
		}
		if err := look("State", rows.Header(), rows.Msg); err != nil {
			return err
		}
	}
	for _, id := range ids {
		tx, err := rpc.TxStatus(ctx, connect.NewRequest(&nodev1.TxStatusRequest{Id: id}))
		if err == nil {
			err = look("TxStatus", tx.Header(), tx.Msg)
		}
		if err != nil {
			if err := refusal(look, "TxStatus", err); err != nil {
				return err
			}
		}
		claim, err := rpc.ClaimStatus(ctx, connect.NewRequest(&nodev1.ClaimStatusRequest{Claim: id}))
		if err == nil {
			err = look("ClaimStatus", claim.Header(), claim.Msg)
		}
		if err != nil {
			if err := refusal(look, "ClaimStatus", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// refusal looks at the words of an error that the node answered.
func refusal(look func(string, http.Header, proto.Message) error, name string, err error) error {
	refused, ok := err.(*connect.Error)
	if !ok {
		return err
	}
	return look(name, refused.Meta(), &nodev1.Rejection{Detail: refused.Error()})
}

// searchPlanted plants a canary in a log, in the node's answers and in a
// record of frames, and demands that the searches above find it there.
func (w *lookout) searchPlanted(ctx context.Context, t *testing.T) {
	t.Helper()
	s := w.make(t)
	only := func(where string, found []canary.Finding) {
		t.Helper()
		if len(found) == 0 {
			t.Errorf("planted in %s and not found", where)
		}
		for _, f := range found {
			if f.Canary != "planted" {
				t.Error(f)
			}
		}
	}
	log, err := os.OpenFile(w.Dir().Log("host-1"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(log, `{"msg":"order","qty":"%x"}`+"\n", uint64(planted)); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	found, _, err := s.Files(string(w.Dir()))
	if err != nil {
		t.Fatal(err)
	}
	only("a log", found)

	header := http.Header{"X-Order": {fmt.Sprint(uint64(planted))}}
	only("an answer's header", searchAnswer(t, s, "planted", header, new(nodev1.StatusResponse)))
	only("an answer", searchAnswer(t, s, "planted", nil, &nodev1.Rejection{Detail: fmt.Sprintf("qty %d", uint64(planted))}))

	frames := filepath.Join(w.frames, "planted")
	if err := os.MkdirAll(frames, 0o700); err != nil {
		t.Fatal(err)
	}
	record, err := os.Create(filepath.Join(frames, "a"+fromEnclave))
	if err != nil {
		t.Fatal(err)
	}
	leak := strings.Repeat("x", boundary.FrameSize-12) + fmt.Sprint(uint64(planted))
	if err := boundary.NewConn(record).Send(&boundary.Broadcast{Bytes: []byte(leak)}); err != nil {
		t.Fatal(err)
	}
	if err := record.Close(); err != nil {
		t.Fatal(err)
	}
	found, _ = searchFrames(t, s, w.frames)
	only("a frame", found)
}
