//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/internal/freeport"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/wallet/outside"
)

// How the custody of the story is set.
const (
	signerFees  = 20 * outsideUnit // what a signer's own account has for fees and reserves
	anchorEvery = 150              // blocks of the devnet
)

// custodian is one gateway: a process with a directory of its own.
type custodian struct {
	binary  string
	home    string
	url     string
	account string // that pays its fees
	log     *os.File
	cmd     *exec.Cmd
	done    chan struct{} // closed when the process has ended
}

// run runs a command of the gateway's binary, with text on its standard input,
// and decodes what it prints.
func (g *custodian) run(ctx context.Context, t *testing.T, in string, into any, args ...string) {
	t.Helper()
	if err := g.try(ctx, in, into, args...); err != nil {
		t.Fatal(err)
	}
}

func (g *custodian) try(ctx context.Context, in string, into any, args ...string) error {
	c := exec.CommandContext(ctx, g.binary, append(args, "--home", g.home, "--json")...)
	c.Env = append(os.Environ(), "NIGHTJAR_GATEWAY_PASSWORD="+password)
	c.Stdin = strings.NewReader(in)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("nightjar-gateway %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("nightjar-gateway %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// start runs the gateway. What it logs is in a file of the network's directory.
func (g *custodian) start(ctx context.Context, t *testing.T) {
	t.Helper()
	g.cmd = exec.CommandContext(ctx, g.binary, "run", "--json", "--home", g.home)
	g.cmd.Env = append(os.Environ(), "NIGHTJAR_GATEWAY_PASSWORD="+password)
	g.cmd.Stdout, g.cmd.Stderr = g.log, g.log
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	g.done = done
	cmd := g.cmd
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
}

// kill ends the gateway at once, as a power cut does.
func (g *custodian) kill(t *testing.T) {
	t.Helper()
	select {
	case <-g.done:
		t.Fatalf("the gateway of %s ended by itself; its log is %s", g.url, g.log.Name())
	default:
	}
	if err := g.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-g.done
}

// ask asks what its operator sees; it is an error while the gateway starts.
func (g *custodian) ask(ctx context.Context) (s gateway.Status, err error) {
	err = g.try(ctx, "", &s, "status")
	return s, err
}

// startCustody makes a gateway for each of the devnet's signers, gives their
// accounts what they pay fees with, and starts them.
func (k *kusama) startCustody(ctx context.Context, t *testing.T) {
	t.Helper()
	var seeds struct {
		Seeds []string `json:"seeds"`
	}
	raw, err := os.ReadFile(k.Dir().Custody())
	if err == nil {
		err = json.Unmarshal(raw, &seeds)
	}
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := freeport.Addresses(len(seeds.Seeds))
	if err != nil {
		t.Fatal(err)
	}
	var fund []extrinsic.Call
	for i, seed := range seeds.Seeds {
		g := &custodian{
			binary: filepath.Join(k.bin, "nightjar-gateway"), home: filepath.Join(k.dir, fmt.Sprint("gateway-", i+1)),
			url: "http://" + addresses[i],
		}
		if g.log, err = os.Create(filepath.Join(k.dir, fmt.Sprint("gateway-", i+1, ".log"))); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { g.log.Close() })
		k.gates = append(k.gates, g)
		var peers []string
		for j, a := range addresses {
			if j != i {
				peers = append(peers, "http://"+a)
			}
		}
		g.run(ctx, t, "", new(struct{}), "init", "--genesis", k.Dir().Genesis(), "--node", k.RPC(), "--listen", addresses[i],
			"--peers", strings.Join(peers, ","), "--chain", fmt.Sprint(outside.Westend), "--name", "Westend",
			"--chain-nodes", k.outside.node.URL, "--max-fee", fmt.Sprint(outsideUnit), "--existential", "10000000000",
			"--sweep-min", fmt.Sprint(outsideUnit), "--rate", "5000000000", "--window", "500", "--max-delay", "2000",
			"--anchor-every", fmt.Sprint(anchorEvery), "--anchor-grace", "60")
		var key struct {
			Account string `json:"account"`
		}
		g.run(ctx, t, seed+"\n", &key, "key", "import")
		g.account = key.Account
		g.run(ctx, t, "", new(struct{}), "checkpoint")
		fund = append(fund, k.outside.transfer(t, k.parse(t, key.Account), signerFees))
	}
	k.outside.included(ctx, t, k.outside.submit(ctx, t, k.outside.call(t)(k.outside.runtime.BatchAll(fund...))))
	for _, g := range k.gates {
		g.start(ctx, t)
		t.Cleanup(func() {
			// Each test leaves the processes as they are; nothing of theirs is lost.
			_ = g.cmd.Process.Signal(syscall.SIGKILL)
			<-g.done
		})
	}
	for _, g := range k.gates {
		g.await(ctx, t)
	}
}

// await waits until a gateway serves and has read both chains.
func (g *custodian) await(ctx context.Context, t *testing.T) {
	t.Helper()
	c, err := gate.New(g.url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	await(ctx, t, "a gateway follows both chains", outsidePatience, func(ctx context.Context) (bool, error) {
		select {
		case <-g.done:
			t.Fatalf("the gateway of %s ended; its log is %s", g.url, g.log.Name())
		default:
		}
		s, err := c.Status(ctx)
		return err == nil && s.Height > 0 && s.Chain.Finalized > 0 && s.Chain.Custody != gate.Hash{}, err
	})
}

// verifyOutside checks the whole chain from genesis as a stranger does, with
// the reserves proven on the other chain and the signers' anchors found there.
func (k *kusama) verifyOutside(ctx context.Context, t *testing.T, notes uint64, dust amount.Wide) string {
	t.Helper()
	var report struct {
		External []struct {
			Alarm    string `json:"alarm"`
			Reserves struct {
				Assets []struct {
					Symbol   string      `json:"symbol"`
					Notes    uint64      `json:"notes"`
					Claims   uint64      `json:"claims"`
					Owed     amount.Wide `json:"owed"`
					Reserves amount.Wide `json:"reserves"`
					Surplus  amount.Wide `json:"surplus"`
					Short    bool        `json:"short"`
				} `json:"assets"`
			} `json:"reserves"`
			Anchor *struct {
				Height uint64 `json:"height"`
				Equal  int    `json:"equal"`
			} `json:"anchor"`
		} `json:"external"`
	}
	chain := fmt.Sprint(outside.Westend)
	verify := func() error {
		c := k.begin(ctx, t, k.traders[0], "verify", "--external", chain+"="+k.outside.node.URL,
			"--checkpoint", chain+"="+filepath.Join(k.gates[0].home, "checkpoint"),
			"--anchors", fmt.Sprint(10*anchorEvery), "--gateway", k.urls())
		<-c.done
		if code := c.cmd.ProcessState.ExitCode(); code != 0 {
			return fmt.Errorf("exit %d: %s%s", code, c.out.Bytes(), c.err.Bytes())
		}
		return json.Unmarshal(c.out.Bytes(), &report)
	}
	// An anchor comes when it comes.
	await(ctx, t, "verify finds reserves and an anchor", outsidePatience, func(context.Context) (bool, error) {
		err := verify()
		return err == nil, err
	})
	if len(report.External) != 1 || report.External[0].Alarm != "" || report.External[0].Anchor == nil || len(report.External[0].Reserves.Assets) != 1 {
		t.Fatalf("%+v", report)
	}
	a, anchor := report.External[0].Reserves.Assets[0], report.External[0].Anchor
	if a.Symbol != "WND" || a.Notes != notes || a.Claims != 0 || a.Short || a.Surplus != dust || anchor.Equal == 0 || anchor.Height == 0 {
		t.Fatalf("%+v %+v", a, anchor)
	}
	return fmt.Sprintf("verify proves reserves of %s WND for %s owed, and an anchor of block %d",
		amount.FormatWide(a.Reserves, outsideDecimals), amount.FormatWide(a.Owed, outsideDecimals), anchor.Height)
}

// refund has all operators order a held deposit back to an address. One whose
// gateway has not read the deposit's block yet orders it a little later.
func (k *kusama) refund(ctx context.Context, t *testing.T, deposit string, to account.ID) {
	t.Helper()
	for _, g := range k.gates {
		await(ctx, t, "an operator orders a refund", outsidePatience, func(ctx context.Context) (bool, error) {
			err := g.try(ctx, "", new(struct{}), "refund", "--deposit", deposit, "--to", to.SS58(account.Generic))
			return err == nil, err
		})
	}
}

// alarms demands that no operator sees any.
func (k *kusama) alarms(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, g := range k.gates {
		if s, err := g.ask(ctx); err != nil || len(s.Alarms) != 0 || s.Stopped {
			t.Errorf("%s: %+v, %v", g.url, s.Alarms, err)
		}
	}
}
