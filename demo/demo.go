package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/devnet"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/scenario"
	"github.com/nightjar/nightjar/wallet/home"
)

// Options of a demo.
type Options struct {
	Scenario *scenario.Scenario
	Dir      string // empty or absent; everything is kept there
	Workers  int
	Binaries devnet.Binaries
	Prover   *prove.Prover
	Corrupt  Corruption // what `verify` is shown wrongly; none for a real demo
	Say      func(format string, args ...any)
}

// startup bounds how long the network may take until its first epoch, and
// event how long one event of the scenario may take.
const (
	startup = 5 * time.Minute
	event   = 6 * time.Minute
)

// Run plays the scenario and checks everything. It stops the network before it
// returns. The summary is there also after a failure; the error says what
// failed first. A scenario that can't be played with so many workers is refused
// (BAD_SCENARIO), without a summary.
func Run(ctx context.Context, o Options) (*Summary, error) {
	if err := possible(o); err != nil {
		return nil, err
	}
	s := &Summary{Title: o.Scenario.Title, Verify: "not reached", Traders: []Trader{}}
	err := run(ctx, o, s)
	if err != nil {
		s.OK, s.Failure = false, err.Error()
	}
	return s, err
}

func run(ctx context.Context, o Options, s *Summary) error {
	net, err := devnet.Create(devnet.Dir(filepath.Join(o.Dir, "devnet")), o.Scenario, o.Workers, o.Binaries, o.Prover)
	if err != nil {
		return err
	}
	defer net.Down()
	p := &player{scenario: o.Scenario, net: net, say: o.Say, corrupt: o.Corrupt}
	if err := p.begin(ctx, o); err != nil {
		return err
	}
	defer p.close()
	for _, step := range o.Scenario.Steps {
		o.Say("%s", step.Text)
		limited, cancel := context.WithTimeout(ctx, event)
		err := p.play(limited, step)
		cancel()
		if err != nil {
			return fmt.Errorf("line %d (%s): %w", step.Line, step.Text, err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, event)
	defer cancel()
	if err := p.epilogue(limited); err != nil {
		return fmt.Errorf("leaving without enclaves: %w", err)
	}
	if err := p.quiet(limited); err != nil {
		return err
	}
	return p.check(ctx, o, s)
}

// possible refuses, before anything starts, what the scenario alone could not
// know to be impossible.
func possible(o Options) error {
	for _, step := range o.Scenario.Steps {
		if k, ok := step.Do.(scenario.Kill); ok && k.Worker > o.Workers {
			return rejection.New(rejection.BadScenario, "line %d: there are %d workers; --workers makes more", step.Line, o.Workers)
		}
	}
	return nil
}

// begin starts the node, the workers and the traders' wallets.
func (p *player) begin(ctx context.Context, o Options) error {
	genesis, err := os.ReadFile(p.net.Dir().Genesis())
	if err != nil {
		return err
	}
	parsed, err := client.ParseGenesis(genesis)
	if err != nil {
		return err
	}
	if p.client, err = client.New(p.net.RPC(), parsed, nil); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	o.Say("starting the node")
	if err := p.net.StartNode(limited, p.height); err != nil {
		return err
	}
	o.Say("starting %d workers with SIMULATED enclaves", o.Workers)
	if err := p.net.StartWorkers(); err != nil {
		return err
	}
	for _, name := range o.Scenario.Traders {
		t, err := newTrader(ctx, name, filepath.Join(o.Dir, "wallets"), p.options(genesis, o), o.Say)
		if err != nil {
			return err
		}
		p.traders = append(p.traders, t)
	}
	o.Say("waiting for the workers' first epoch")
	if err := AwaitWorkers(limited, p.client, 0, true); err != nil {
		return fmt.Errorf("%w; their logs are in %s", err, filepath.Dir(p.net.Dir().Log("")))
	}
	return nil
}

func (p *player) options(genesis []byte, o Options) home.Options {
	return home.Options{Node: p.net.RPC(), Genesis: genesis, Prover: home.Loaded{Prover: o.Prover}}
}

func (p *player) height(ctx context.Context) (uint64, error) {
	st, err := p.client.Status(ctx)
	if err != nil {
		return 0, err
	}
	return st.Height, nil
}

func (p *player) close() {
	for _, t := range p.traders {
		_ = t.home.Close()
	}
	p.client.Close()
}

// check verifies the chain from genesis, restores every wallet, and fills in
// the summary.
func (p *player) check(ctx context.Context, o Options, s *Summary) error {
	if err := p.collect(ctx, s); err != nil {
		return err
	}
	genesis, err := os.ReadFile(p.net.Dir().Genesis())
	if err != nil {
		return err
	}
	o.Say("restoring every wallet from its phrase alone")
	restoreErr := p.restore(ctx, filepath.Join(o.Dir, "restored"), p.options(genesis, o))
	s.Restored = restoreErr == nil

	height, err := p.height(ctx)
	if err != nil {
		return err
	}
	o.Say("verifying the chain from genesis to height %d", height)
	source := Source(p.client)
	if o.Corrupt.inBlocks() {
		source = corrupt(source, o.Corrupt, p.net.Dir())
	}
	report, err := audit.Run(ctx, genesis, source, height, nil)
	if err != nil {
		s.Verify = err.Error()
		return fmt.Errorf("verify: %w", err)
	}
	s.Verify, s.Audit = "ok", report
	s.Height, s.Simulated, s.Observer = report.Height, report.Simulated, report.Checked
	s.Deposits, s.Settled = report.Checked.Deposits, report.Checked.Settlements
	if err := p.compareCounters(ctx, report, o.Corrupt); err != nil {
		s.Verify = err.Error()
		return fmt.Errorf("verify: %w", err)
	}
	switch {
	case restoreErr != nil:
		return restoreErr
	case !s.ExitWithoutEnclave:
		return fmt.Errorf("height %d: exit: no exit made without enclaves was executed", s.Height)
	case s.Fills > report.Checked.FillProofs:
		return fmt.Errorf("the wallets report %d fills, the chain has proofs of %d", s.Fills, report.Checked.FillProofs)
	}
	s.OK = true
	return nil
}
