package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/demo"
	"github.com/nightjar/nightjar/devnet"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/scenario"
)

// networkCommands are the commands that concern a network as a whole.
func (a *app) networkCommands() []*cobra.Command {
	return []*cobra.Command{a.verifyCommand(), a.anchorsCommand(), a.printsCommand(), a.fairnessCommand(), a.evidenceCommand(), a.devnetCommand(), a.demoCommand()}
}

func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.stderr, "  "+format+"\n", args...)
}

// keys opens the proving keys of this machine, making them if need be.
func (a *app) keys() (*prove.Prover, error) {
	dir, err := keystore.Dir()
	if err != nil {
		return nil, err
	}
	return keystore.Open(dir, a.keysBar(), prove.Names()...)
}

// genesisFile reads --genesis, or asks a development node.
func (a *app) genesisFile(ctx context.Context) ([]byte, error) {
	if a.genesis != "" {
		b, err := os.ReadFile(a.genesis)
		if err != nil {
			return nil, rejection.New(rejection.BadGenesis, "%v", err)
		}
		return b, nil
	}
	b, err := client.FetchGenesis(ctx, a.node)
	if err != nil {
		return nil, err
	}
	g, err := client.ParseGenesis(b)
	if err == nil && !g.Development {
		err = rejection.New(rejection.BadGenesis, "%s is not a development network: name its genesis file with --genesis", g.ChainID)
	}
	return b, err
}

// reach returns the genesis and a client of the node that begins to trust at it.
// The caller closes the client.
func (a *app) reach(ctx context.Context) (genesis []byte, cl *client.Client, err error) {
	if genesis, err = a.genesisFile(ctx); err != nil {
		return nil, nil, err
	}
	parsed, err := client.ParseGenesis(genesis)
	if err != nil {
		return nil, nil, err
	}
	cl, err = client.New(a.node, parsed, nil)
	return genesis, cl, err
}

// defaultDevnet is where a devnet lies unless --dir says otherwise.
const defaultDevnet = ".devnet"

func (a *app) devnetCommand() *cobra.Command {
	var dir, file string
	var workers int
	c := &cobra.Command{
		Use:   "devnet",
		Short: "A whole network on this machine, with test assets and SIMULATED enclaves",
		Args:  cobra.ArbitraryArgs,
		RunE:  group,
	}
	c.PersistentFlags().StringVar(&dir, "dir", defaultDevnet, "the devnet's directory")
	up := &cobra.Command{
		Use:   "up",
		Short: "Make a devnet, or start one that was stopped",
		Args:  nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.devnetUp(c.Context(), devnet.Dir(dir), file, workers)
		},
	}
	up.Flags().StringVar(&file, "scenario", "", "take assets and markets from this scenario file instead of the built-in ones")
	up.Flags().IntVar(&workers, "workers", 3, "workers of a new devnet, 2 to 16")
	down := &cobra.Command{
		Use:   "down",
		Short: "Stop a devnet; `up` goes on with it",
		Args:  nothing,
		RunE: func(*cobra.Command, []string) error {
			n, err := devnet.Open(devnet.Dir(dir), devnet.Binaries{})
			if err != nil {
				return err
			}
			n.Down()
			return a.emit(devnetStatus{Dir: dir, Warning: devnetWarning, RPC: n.RPC(), Processes: n.Processes()})
		},
	}
	status := &cobra.Command{
		Use:   "status",
		Short: "Show a devnet's processes and height",
		Args:  nothing,
		RunE:  func(c *cobra.Command, _ []string) error { return a.devnetStatus(c.Context(), devnet.Dir(dir)) },
	}
	c.AddCommand(up, down, status)
	return c
}

const devnetWarning = "DEVELOPMENT network: test assets, SIMULATED enclaves, development custody"

type devnetStatus struct {
	Warning   string           `json:"warning"`
	Dir       string           `json:"dir"`
	RPC       string           `json:"rpc"`
	ChainID   string           `json:"chain_id,omitempty"`
	Height    uint64           `json:"height,omitempty"`
	Epoch     uint64           `json:"epoch,omitempty"`
	Workers   int              `json:"workers_registered,omitempty"`
	Hosts     []string         `json:"hosts,omitempty"` // of the workers: who asks nightjar fairness asks them
	Processes []devnet.Process `json:"processes"`
}

func (s devnetStatus) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", s.Warning)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "node\t%s\n", s.RPC)
	if s.Height > 0 {
		fmt.Fprintf(t, "chain\t%s, height %d, epoch %d, %d workers registered\n", s.ChainID, s.Height, s.Epoch, s.Workers)
	}
	for i, url := range s.Hosts {
		fmt.Fprintf(t, "worker %d\t%s\n", i+1, url)
	}
	for _, p := range s.Processes {
		state := "stopped"
		if p.Alive {
			state = fmt.Sprintf("running, pid %d", p.Pid)
		}
		fmt.Fprintf(t, "%s\t%s\n", p.Name, state)
	}
	t.Flush()
	if s.Height > 0 {
		fmt.Fprintf(w, "\nNext: export NIGHTJAR_NODE=%s, `nightjar wallet create`, and\nnightjar deposit --asset SYMBOL --amount AMOUNT --devnet %s\n", s.RPC, s.Dir)
	}
}

func (a *app) devnetUp(ctx context.Context, dir devnet.Dir, file string, workers int) error {
	if workers < 2 || workers > 16 {
		return rejection.New(rejection.BadFlag, "--workers is from 2 to 16")
	}
	bin, err := devnet.FindBinaries(func(s string) { a.say("%s", s) })
	if err != nil {
		return err
	}
	n, err := devnet.Open(dir, bin)
	if err != nil {
		s, err := readScenario(file)
		if err != nil {
			return err
		}
		p, err := a.keys()
		if err != nil {
			return err
		}
		if n, err = devnet.Create(dir, s, workers, bin, p); err != nil {
			return err
		}
		if err := openingPrices(n, s); err != nil {
			return err
		}
	}
	limited, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	cl, err := a.devnetClient(n)
	if err != nil {
		return err
	}
	defer cl.Close()
	var height uint64
	err = n.StartNode(limited, func(ctx context.Context) (uint64, error) {
		st, err := cl.Status(ctx)
		if err == nil {
			height = st.Height
		}
		return height, err
	})
	if err != nil {
		return err
	}
	if missing, all := n.Missing(); missing > 0 {
		if err := n.StartWorkers(); err != nil {
			return err
		}
		a.say("waiting for the workers")
		// Without an epoch of theirs there is nobody to seal an order to.
		if err := demo.AwaitWorkers(limited, cl, height, missing == all); err != nil {
			return fmt.Errorf("%w; their logs are in %s", err, filepath.Dir(dir.Log("")))
		}
	}
	return a.devnetStatus(ctx, dir)
}

// openingPrices gives a new devnet the references that a scenario begins with:
// without any, no auction is held.
func openingPrices(n *devnet.Net, s *scenario.Scenario) error {
	for _, step := range s.Steps {
		e, ok := step.Do.(scenario.Price)
		if !ok {
			break
		}
		if err := n.SetPrice(e.Market, e.Price); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) devnetClient(n *devnet.Net) (*client.Client, error) {
	raw, err := os.ReadFile(n.Dir().Genesis())
	if err != nil {
		return nil, err
	}
	g, err := client.ParseGenesis(raw)
	if err != nil {
		return nil, err
	}
	return client.New(n.RPC(), g, nil)
}

func (a *app) devnetStatus(ctx context.Context, dir devnet.Dir) error {
	n, err := devnet.Open(dir, devnet.Binaries{})
	if err != nil {
		return err
	}
	s := devnetStatus{Warning: devnetWarning, Dir: string(dir), RPC: n.RPC(), Processes: n.Processes()}
	for w := range n.Workers() {
		s.Hosts = append(s.Hosts, n.Host(w+1))
	}
	cl, err := a.devnetClient(n)
	if err != nil {
		return err
	}
	defer cl.Close()
	if st, err := cl.Status(ctx); err == nil {
		s.ChainID, s.Height = st.ChainId, st.Height
		if p, err := cl.Params(ctx); err == nil {
			s.Epoch, s.Workers = p.Book.GetEpoch(), len(p.Workers)
		}
	}
	return a.emit(s)
}

// readScenario reads a scenario file, or returns the one that ships.
func readScenario(file string) (*scenario.Scenario, error) {
	if file == "" {
		return scenario.Parse(scenario.Default)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, rejection.New(rejection.BadScenario, "%v", err)
	}
	return scenario.Parse(text)
}
