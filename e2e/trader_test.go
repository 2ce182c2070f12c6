//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/home"
)

const password = "e2e"

// trader is an owner with two views of one phrase: the wallet that trades, in a
// directory that the nightjar binary works on, and the witness, which only
// reads the chain and is never killed.
type trader struct {
	name    string
	dir     string
	phrase  string
	address string
	scanner *wallet.Scanner
	witness *wallet.State // moved on by network.watch

	seen []wallet.Entry // the history when it was last compared
}

// newTrader makes a wallet with the binary and its witness.
func (n *network) newTrader(ctx context.Context, t *testing.T, name string) *trader {
	t.Helper()
	tr := &trader{name: name, dir: filepath.Join(n.dir, "wallets", name)}
	var made struct {
		Phrase  string `json:"phrase"`
		Address string `json:"address"`
	}
	n.must(ctx, t, tr, &made, "wallet", "create")
	tr.phrase, tr.address = made.Phrase, made.Address
	n.witness(t, tr)
	n.traders = append(n.traders, tr)
	return tr
}

// newTreasury makes the witness of the account that the trading fees go to.
func (n *network) newTreasury(t *testing.T) {
	t.Helper()
	words, err := os.ReadFile(n.Dir().Treasury())
	if err != nil {
		t.Fatal(err)
	}
	n.treasury = &trader{name: "treasury", phrase: strings.TrimSpace(string(words))}
	n.witness(t, n.treasury)
}

// witness makes a trader's witness, which stands before the first block.
func (n *network) witness(t *testing.T, tr *trader) {
	t.Helper()
	phrase, err := keys.ParsePhrase(tr.phrase)
	if err != nil {
		t.Fatal(err)
	}
	view := keys.Derive(phrase.Seed(), 0).Viewing()
	tr.scanner = wallet.NewScanner(view)
	tr.witness = wallet.NewState(view, keys.Development, n.terms())
}

// command is one run of the nightjar binary.
type command struct {
	trader  *trader
	args    []string
	cmd     *exec.Cmd
	started time.Time
	out     bytes.Buffer
	err     bytes.Buffer
	done    chan struct{} // closed when it has ended
}

// begin starts the binary on a trader's wallet.
func (n *network) begin(ctx context.Context, t *testing.T, tr *trader, args ...string) *command {
	t.Helper()
	c := &command{trader: tr, args: args, started: time.Now(), done: make(chan struct{})}
	flags := []string{"--json", "--home", tr.dir, "--node", n.RPC(), "--genesis", n.Dir().Genesis()}
	c.cmd = exec.CommandContext(ctx, filepath.Join(n.bin, "nightjar"), append(flags, args...)...)
	c.cmd.Env = append(os.Environ(), "NIGHTJAR_PASSWORD="+password)
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.err
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait() // its state is looked at in result
		close(c.done)
	}()
	return c
}

// answer is what a command said at its end.
type answer struct {
	OK     bool   `json:"ok"`
	ID     string `json:"id"`
	Status string `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`

	killed bool
	exit   int
}

// result waits for a command's end. A command that was not killed must have
// answered: anything else is a crash.
func (c *command) result(t *testing.T) answer {
	t.Helper()
	<-c.done
	var a answer
	a.exit = c.cmd.ProcessState.ExitCode()
	if a.exit == -1 {
		a.killed = true
		return a
	}
	if err := json.Unmarshal(c.out.Bytes(), &a); err != nil {
		t.Fatalf("%s %s: exit %d without an answer: %s%s", c.trader.name, strings.Join(c.args, " "), a.exit, c.out.Bytes(), c.err.Bytes())
	}
	return a
}

// must runs a command that has to succeed and decodes its answer.
func (n *network) must(ctx context.Context, t *testing.T, tr *trader, into any, args ...string) {
	t.Helper()
	c := n.begin(ctx, t, tr, args...)
	if a := c.result(t); a.exit != 0 {
		t.Fatalf("%s %s: exit %d: %s%s", tr.name, strings.Join(args, " "), a.exit, c.out.Bytes(), c.err.Bytes())
	}
	if err := json.Unmarshal(c.out.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// deposit credits a trader and waits until the witness sees it. The custody's
// part is played by this process: it is not under test.
func (n *network) deposit(ctx context.Context, t *testing.T, tr *trader, asset uint32, units uint64) {
	t.Helper()
	var where struct {
		Owner string `json:"owner"`
	}
	n.must(ctx, t, tr, &where, "deposit", "--asset", n.rules.Assets[asset-1].Symbol)
	raw, err := hex.DecodeString(where.Owner)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := field.FromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := n.Dir().Mint(asset, units, owner)
	if err != nil {
		t.Fatal(err)
	}
	credited := func() (sum uint64) {
		for _, e := range tr.witness.History {
			if e.Kind == wallet.DepositEntry && e.Asset == asset {
				sum += e.Amount
			}
		}
		return sum
	}
	before := credited()
	if _, err := n.client.Submit(ctx, tx); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, tr.name+"'s deposit", 3*time.Minute, func(ctx context.Context) (bool, error) {
		err := n.watch(ctx)
		return credited() == before+units, err
	})
}

// watch brings every witness to the newest block: all to the same one.
func (n *network) watch(ctx context.Context) error {
	params, err := n.chain.Params(ctx)
	if err != nil || params.Height <= n.params.Height {
		return err
	}
	everybody := append([]*trader{n.treasury}, n.traders...)
	behind := params.Height
	for _, tr := range everybody {
		behind = min(behind, tr.witness.Height)
	}
	err = n.chain.Blocks(ctx, behind+1, func(b *wallet.Block) error {
		for _, tr := range everybody {
			if tr.witness.Height >= b.Height {
				continue
			}
			if err := tr.witness.Apply(tr.scanner.Scan(b)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	n.params = params
	for _, tr := range everybody {
		if err := tr.witness.Check(params.Roots); err != nil {
			return err
		}
	}
	return nil
}

// checkWallet opens a trader's wallet as the next command would, and waits
// until the chain has decided everything that it had under way. Then it must
// show what its witness shows, and nothing that it once showed may be gone.
func (n *network) checkWallet(ctx context.Context, t *testing.T, tr *trader) {
	t.Helper()
	h, err := home.Open(ctx, n.options(tr.dir))
	if err != nil {
		t.Fatalf("%s: %v", tr.name, err)
	}
	n.agree(ctx, t, tr, h)
	history := h.Wallet.State().History
	if err := extends(history, tr.seen); err != nil {
		t.Fatalf("%s: %v", tr.name, err)
	}
	tr.seen = slices.Clone(history)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}

// agree waits until a wallet of a trader has nothing under way and shows what
// its witness shows. The two read the chain one after the other, so that the
// newest block may be known to one of them alone: then they are asked again.
func (n *network) agree(ctx context.Context, t *testing.T, tr *trader, h *home.Home) {
	t.Helper()
	await(ctx, t, tr.name+"'s wallet shows what its witness shows", 3*time.Minute, func(ctx context.Context) (bool, error) {
		notices, err := h.Wallet.Sync(ctx)
		for _, x := range notices {
			t.Logf("  %s: %s %s came to nothing: %v", tr.name, x.Kind, x.ID.Short(), x.Err)
		}
		if err == nil {
			err = n.watch(ctx)
		}
		if err == nil {
			err = differ(h.Wallet.State(), tr.witness)
		}
		return len(h.Wallet.Outgoing()) == 0, err
	})
}

// extends demands that a history begins with an earlier one.
func extends(now, before []wallet.Entry) error {
	if len(now) < len(before) {
		return fmt.Errorf("the history had %d entries and has %d", len(before), len(now))
	}
	for i := range before {
		if now[i].ID != before[i].ID || now[i].Kind != before[i].Kind || now[i].Amount != before[i].Amount {
			return fmt.Errorf("entry %d of the history was %+v and is %+v", i, before[i], now[i])
		}
	}
	return nil
}

// differ says which of the things that a wallet shows two states disagree in.
// When a note becomes spendable is the height's doing and no difference.
func differ(a, b *wallet.State) error {
	var errs []error
	for _, c := range []struct {
		what string
		x, y any
	}{
		{"balances", balances(a), balances(b)}, {"orders", a.Orders, b.Orders}, {"claims", a.Claims, b.Claims},
		{"fills", a.Fills, b.Fills}, {"history", a.History, b.History},
	} {
		x, errX := json.Marshal(c.x)
		y, errY := json.Marshal(c.y)
		if err := errors.Join(errX, errY); err != nil {
			return err
		}
		if !bytes.Equal(x, y) {
			errs = append(errs, errors.New(c.what+" differ:\n"+string(x)+"\n"+string(y)))
		}
	}
	return errors.Join(errs...)
}

func balances(s *wallet.State) []wallet.Balance {
	all := s.Balances()
	for i := range all {
		all[i].Spendable, all[i].Maturing = all[i].Spendable+all[i].Maturing, 0
	}
	return all
}
