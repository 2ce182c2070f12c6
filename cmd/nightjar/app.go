package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/ceremony"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Exit codes of every command (spec/16-wallet.md, "Exit codes").
const (
	exitDone        = 0
	exitFault       = 1   // ours, the disk's or the network's: trying again may help
	exitRefused     = 2   // the input's: the code says what to change
	exitUndecided   = 3   // submitted or shown, and not decided when waiting ended
	exitAlarm       = 4   // done, and a rule is broken, by enclaves or custody: the answer says which
	exitInterrupted = 130 // by a signal; whatever was saved goes on next time
)

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environment    func(string) string

	// Flags of every command.
	dir     string
	node    string
	genesis string
	json    bool
	offline bool
	rescan  bool // of sync alone
}

// result is what a command has to say: as text for people, and by its JSON tags
// for programs.
type result interface{ print(w io.Writer) }

// errReported ends a command whose answer, already written, says what failed.
var errReported = errors.New("the answer says what failed")

// errAlarm ends a command whose answer, already written, is an alarm.
var errAlarm = errors.New("somebody did not keep the rules")

// run runs one command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	// A flag that is refused stops the parser, perhaps before --json.
	a.json = a.json || slices.Contains(args, "--json")
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errAlarm):
		return exitAlarm
	case errors.Is(err, errReported) && (errors.As(err, new(*undecided)) || errors.Is(err, errWaiting)):
		return exitUndecided
	case errors.Is(err, errReported):
		return exitFault
	}
	return a.fail(ctx, err)
}

// failure is an error as JSON.
type failure struct {
	OK     bool   `json:"ok"`
	ID     string `json:"id,omitempty"` // of an action that was submitted nevertheless
	Code   string `json:"code,omitempty"`
	Number uint16 `json:"number,omitempty"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"`

	Fault *ceremony.Fault `json:"fault,omitempty"` // a ceremony's, with its place
}

// fail reports an error and returns the exit code that goes with it.
func (a *app) fail(ctx context.Context, err error) int {
	f, exit := failure{Detail: err.Error()}, exitFault
	var refused *rejection.Rejection
	var waited *undecided
	if errors.As(err, &waited) {
		f.ID, exit = waited.id.String(), exitUndecided
	}
	switch {
	case ctx.Err() != nil && waited != nil:
		exit = exitInterrupted
	case ctx.Err() != nil:
		f.Detail, exit = "interrupted", exitInterrupted
	case waited != nil:
	case errors.As(err, &refused):
		f = failure{Code: refused.Code.Name(), Number: uint16(refused.Code), Detail: refused.Detail, Advice: refused.Code.Advice()}
		errors.As(err, &f.Fault)
		exit = exitRefused
	}
	if a.json {
		json.NewEncoder(a.stdout).Encode(f)
	} else if refused != nil {
		fmt.Fprintf(a.stderr, "nightjar: %v\n", refused)
	} else {
		fmt.Fprintf(a.stderr, "nightjar: %v\n", f.Detail)
	}
	return exit
}

// emit writes a command's result.
func (a *app) emit(r result) error {
	if a.json {
		return json.NewEncoder(a.stdout).Encode(r)
	}
	r.print(a.stdout)
	return nil
}

// root builds the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "nightjar",
		Short:         "Trade in the dark",
		SilenceUsage:  true,
		SilenceErrors: true,
		Long: `Nightjar is a dark pool: your orders are seen by nobody but you and the
enclaves that match them, and your money moves only as you have set.

Begin with:  nightjar wallet create`,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return rejection.New(rejection.BadFlag, "%v", err)
	})
	root.RunE = group
	root.Args = cobra.ArbitraryArgs

	flags := root.PersistentFlags()
	flags.StringVar(&a.dir, "home", a.defaultDir(), "the wallet's directory (NIGHTJAR_HOME)")
	flags.StringVar(&a.node, "node", a.fallback("NIGHTJAR_NODE", "http://127.0.0.1:7800"), "the node's address (NIGHTJAR_NODE)")
	flags.StringVar(&a.genesis, "genesis", a.environment("NIGHTJAR_GENESIS"), "the network's genesis file, for a new wallet (NIGHTJAR_GENESIS)")
	flags.BoolVar(&a.json, "json", false, "write one JSON value instead of text")
	flags.BoolVar(&a.offline, "offline", false, "show what was read last, without asking a node")

	root.AddCommand(a.walletCommands()...)
	root.AddCommand(a.networkCommands()...)
	root.AddCommand(a.ceremonyCommand())
	root.AddCommand(a.simCommand())
	root.AddCommand(a.botCommand())
	return root
}

func (a *app) fallback(name, otherwise string) string {
	if v := a.environment(name); v != "" {
		return v
	}
	return otherwise
}

func (a *app) defaultDir() string {
	if v := a.environment("NIGHTJAR_HOME"); v != "" {
		return v
	}
	base, err := os.UserHomeDir()
	if err != nil {
		base = "."
	}
	return filepath.Join(base, ".nightjar")
}

// group runs a command that only has others under it. Cobra answers an unknown
// one with help, or with an untyped error.
func group(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return rejection.New(rejection.BadFlag, "there is no command %q", args[0])
	}
	return cmd.Help()
}

// exactly demands n arguments, with a typed error.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return rejection.New(rejection.BadFlag, "it takes %s", what)
		}
		return nil
	}
}

// nothing demands no arguments.
func nothing(_ *cobra.Command, args []string) error {
	if len(args) != 0 {
		return rejection.New(rejection.BadFlag, "it takes no arguments; %q is one", args[0])
	}
	return nil
}
