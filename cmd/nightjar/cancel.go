package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

func (a *app) cancelCommand() *cobra.Command {
	var f sending
	var all bool
	cmd := &cobra.Command{
		Use: "cancel [ORDER]", Short: "Take an order's money back, or that of all orders", Args: cobra.ArbitraryArgs,
		Long: `Cancel turns an order back into money in one action. With --all one action
first takes every order of yours out of the book, and then each order is turned
back by an action of its own. An order that is in a trade at that moment stays
where it is: the trade is settled, and what is left of the order does not rest
again; cancel it once more then.`,
		Example: "nightjar cancel 2f6c01ab9d\nnightjar cancel --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args)+count(all) != 1:
				return badFlag("it takes the id of an order, or its first digits, or --all")
			case all && f.file != "":
				return badFlag("--all makes several actions, and a file holds one: write a plan for each order, or `nightjar pull --all --plan FILE`")
			case all:
				return a.cancelAll(cmd, &f)
			}
			return a.spend(cmd, &f, "nightjar balance", func(s *session) (*wallet.Plan, error) {
				o, err := s.Wallet.State().FindOrder(args[0])
				if err != nil {
					return nil, err
				}
				return s.Wallet.PlanCancel(o)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all of your orders")
	f.register(cmd)
	return cmd
}

// cancelledResult says what became of all orders.
type cancelledResult struct {
	OK        bool        `json:"ok"`
	Pulled    string      `json:"pulled,omitempty"`     // the action that took them out of the book
	NotPulled string      `json:"not_pulled,omitempty"` // why there is none
	Cancelled []cancelled `json:"cancelled"`
	Left      []cancelled `json:"left"` // orders that still hold money
}

type cancelled struct {
	Order  string `json:"order"`
	Action string `json:"action,omitempty"`
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

func (r cancelledResult) print(w io.Writer) {
	switch {
	case r.Pulled != "":
		fmt.Fprintf(w, "Action %s takes all orders out of the book.\n", r.Pulled[:10])
	case r.NotPulled != "":
		fmt.Fprintf(w, "The enclaves were not told: %s\n", r.NotPulled)
	}
	for _, c := range r.Cancelled {
		fmt.Fprintf(w, "Order %s: cancelled by action %s.\n", c.Order[:10], c.Action[:10])
	}
	for _, c := range r.Left {
		fmt.Fprintf(w, "Order %s: still there, %s\n", c.Order[:10], c.Detail)
	}
	if len(r.Cancelled)+len(r.Left) == 0 {
		fmt.Fprintln(w, "No orders.")
	}
}

// cancelAll takes all orders out of the book and then their money out of them.
// Without enclaves to tell, the cancels alone do it: whatever spends an order
// ends it.
func (a *app) cancelAll(cmd *cobra.Command, f *sending) error {
	if err := f.check(); err != nil {
		return err
	}
	return a.with(cmd.Context(), func(s *session) error {
		ctx, stop := context.WithTimeout(cmd.Context(), f.timeout)
		defer stop()
		r := cancelledResult{OK: true, Cancelled: []cancelled{}, Left: []cancelled{}}
		var live []wallet.ID
		for _, o := range s.Wallet.State().Orders {
			if o.Live() {
				live = append(live, o.ID)
			}
		}
		if len(live) == 0 {
			return a.emit(r)
		}
		var refused *rejection.Rejection
		switch id, err := a.act(ctx, s, s.Wallet.PlanPullAll); {
		case err == nil:
			r.Pulled = id.String()
		case errors.As(err, &refused):
			r.NotPulled = refused.Error()
		case ctx.Err() != nil && cmd.Context().Err() == nil:
			r.NotPulled = "the time was over"
		default:
			return err
		}
		var waited *undecided
		for _, id := range live {
			c, err := a.cancelOne(ctx, s, id, f.noWait)
			switch {
			case err == nil:
				r.Cancelled = append(r.Cancelled, c)
				continue
			case cmd.Context().Err() != nil:
				return err
			case errors.As(err, &refused):
				c.Code, c.Detail = refused.Code.Name(), refused.Error()
			case errors.As(err, &waited):
				c.Detail = err.Error()
			case ctx.Err() != nil:
				c.Detail = "the time was over; `nightjar cancel --all` goes on"
			default:
				return err
			}
			r.OK, r.Left = false, append(r.Left, c)
		}
		if err := a.emit(r); err != nil || r.OK {
			return err
		}
		if waited != nil {
			return errors.Join(errReported, waited)
		}
		return errReported
	})
}

func (a *app) cancelOne(ctx context.Context, s *session, id wallet.ID, noWait bool) (cancelled, error) {
	c := cancelled{Order: id.String()}
	action, err := a.act(ctx, s, func() (*wallet.Plan, error) {
		o, err := s.Wallet.State().FindOrder(id.String())
		if err != nil {
			return nil, err
		}
		return s.Wallet.PlanCancel(o)
	})
	if err != nil {
		return c, err
	}
	if c.Action = action.String(); noWait {
		return c, nil
	}
	_, err = s.Wallet.Wait(ctx, action)
	if err != nil && !errors.As(err, new(*rejection.Rejection)) {
		return c, &undecided{action, nil}
	}
	return c, err
}

// act plans an action, merging notes and waiting for money where it must, and
// sends it.
func (a *app) act(ctx context.Context, s *session, plan func() (*wallet.Plan, error)) (id wallet.ID, err error) {
	p, err := s.Wallet.Make(ctx, plan, nil)
	if err != nil {
		return id, err
	}
	err = a.working("proving", func() error { id, err = s.Wallet.Send(ctx, p); return err })
	return id, err
}

func (a *app) pullCommand() *cobra.Command {
	var f sending
	var all bool
	cmd := &cobra.Command{
		Use: "pull [ORDER]", Short: "Tell the enclaves to stop trading an order; its money stays in it until you cancel",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args)+count(all) != 1 {
				return badFlag("it takes an order's id or --all")
			}
			return a.spend(cmd, &f, "nightjar cancel ORDER", func(s *session) (*wallet.Plan, error) {
				if all {
					return s.Wallet.PlanPullAll()
				}
				o, err := s.Wallet.State().FindOrder(args[0])
				if err != nil {
					return nil, err
				}
				return s.Wallet.PlanPull(o)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all of your orders")
	f.register(cmd)
	return cmd
}

// leastKept is the least number of blocks that --keep can renew in time: an
// action takes a few to be proven, taken in and executed.
const leastKept = 50

func (a *app) heartbeatCommand() *cobra.Command {
	var f sending
	var blocks uint32
	var keep, off bool
	cmd := &cobra.Command{
		Use: "heartbeat", Short: "Cancel on disconnect: your orders leave the book unless you are heard of again", Args: nothing,
		Long: `Heartbeat tells the enclaves to take all of your orders out of the book unless
another heartbeat comes within so many blocks. The orders keep their money and
trade no more; ` + "`nightjar cancel --all`" + ` takes it back.

With --keep it goes on sending, at half of that time: leave it running beside
what trades, and if the machine or its network dies, the orders follow it out.
When it is interrupted it sends nothing more, so they follow then as well;
--off ends that: the orders stay, heard of or not. Each heartbeat is an action
and pays an action's fee.`,
		Example: "nightjar heartbeat --blocks 600 --keep\nnightjar heartbeat --off",
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case count(blocks > 0)+count(off) != 1:
				return badFlag("it takes --blocks, more than 0, or --off")
			case keep && off:
				return badFlag("--off is the last heartbeat: leave --keep out")
			case keep && (f.file != "" || f.noWait):
				return badFlag("--keep sends many heartbeats and waits for each: leave --plan and --no-wait out")
			case keep && a.offline:
				return badFlag("--keep follows the chain: leave --offline out")
			case keep && blocks < leastKept:
				return badFlag("--keep can't renew fewer than %d blocks in time", leastKept)
			case keep:
				return a.keepBeating(cmd.Context(), blocks)
			}
			return a.spend(cmd, &f, "nightjar orders", func(s *session) (*wallet.Plan, error) {
				if off {
					return s.Wallet.PlanLastHeartbeat()
				}
				return s.Wallet.PlanHeartbeat(blocks)
			})
		},
	}
	cmd.Flags().Uint32Var(&blocks, "blocks", 0, "for how many blocks this one counts")
	cmd.Flags().BoolVar(&keep, "keep", false, "go on sending until interrupted")
	cmd.Flags().BoolVar(&off, "off", false, "the last one: the orders stay")
	f.register(cmd)
	return cmd
}

// keepBeating sends heartbeats until it is interrupted or one is refused.
// Whatever ends it, the orders leave the book so many blocks after the last.
// Between two of them the wallet is closed, so that others can trade with it;
// after the first, a node that is away is asked again.
func (a *app) keepBeating(ctx context.Context, blocks uint32) error {
	if err := a.passwordOnce(); err != nil {
		return err
	}
	var due uint64 // height of the next one
	for {
		left, err := a.beat(ctx, blocks, &due)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil, errors.Is(err, rejection.WalletInUse):
		case due > 0 && !errors.As(err, new(*rejection.Rejection)):
			fmt.Fprintf(a.stderr, "nightjar: %v; trying again\n", err)
		default:
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(time.Second, time.Duration(left)*time.Second/wallet.BlocksPerSecond)):
		}
	}
}

// beat sends a heartbeat if it is due, and returns how many blocks are left
// until the next one is.
func (a *app) beat(ctx context.Context, blocks uint32, due *uint64) (left uint64, err error) {
	err = a.with(ctx, func(s *session) error {
		if h := s.Wallet.Params().Height; h < *due {
			left = *due - h
			return nil
		}
		id, err := a.act(ctx, s, func() (*wallet.Plan, error) { return s.Wallet.PlanHeartbeat(blocks) })
		if err != nil {
			return err
		}
		e, err := s.Wallet.Wait(ctx, id)
		if err != nil {
			return err
		}
		left = uint64(blocks) / 2
		*due = e.Height + left
		if !a.json {
			fmt.Fprintf(a.stderr, "heartbeat in block %d, for %d blocks\n", e.Height, blocks)
		}
		return nil
	})
	return left, err
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
