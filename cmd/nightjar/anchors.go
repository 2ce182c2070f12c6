package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/reserves"
)

// anchorAge is how old the newest anchor may be unless --anchors says otherwise,
// in blocks.
const anchorAge = 7200

// anchorsCommand compares the chain that the node shows with other chains.
func (a *app) anchorsCommand() *cobra.Command {
	var out elsewhere
	c := &cobra.Command{
		Use:   "anchors",
		Short: "Is this the chain that the custody's signers know? Compare what they wrote on another one",
		Long: `Compare the chain that the node shows with what the custody's signers write on
another chain: every so often the header of a block. Whoever holds the keys of
former validators can make a second history that verifies, and can't put it
where the signers wrote the first one. Do this before you trust a node for the
first time, and after a long absence.

Headers are verified from the genesis on, signers by proof, anchors in final
blocks of the other chain from the checkpoint on. Nodes and gateways are believed
in nothing; name gateways that you know from elsewhere, as one may leave out what
contradicts it. The exit code is 4 if an anchor differs, or none is recent.`,
		Example: `  nightjar anchors --genesis genesis.json --external 434=https://asset-hub \
    --relay 434=1000@https://kusama --checkpoint 434=kusama.checkpoint --gateway https://custody-1,https://custody-2`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			if len(out.nodes) == 0 || len(out.gates.addresses) == 0 && len(out.blocks) == 0 {
				return rejection.New(rejection.BadFlag, "name another chain with --external and --checkpoint, and gateways with --gateway or blocks with --anchor")
			}
			if out.age == 0 {
				out.age = anchorAge
			}
			chains, err := out.open(c)
			if err != nil {
				return err
			}
			_, cl, err := a.reach(c.Context())
			if err != nil {
				return err
			}
			defer cl.Close()
			return a.compareAnchors(c.Context(), cl, cl.Genesis().ChainID, chains, out.age)
		},
	}
	out.register(a, c)
	return c
}

func (a *app) compareAnchors(ctx context.Context, cl *client.Client, chainID string, chains []otherChain, age uint64) error {
	held, err := cl.Custody(ctx, nil, nil)
	if err != nil {
		return err
	}
	// The genesis' signers too: they stand against a history that names others.
	sets := []state.Signers{cl.Genesis().Signers, held.Signers}
	r := compared{ChainID: chainID, Height: held.Height, Chains: []anchored{}}
	own := ownHeaders(held.Height, cl.HeaderAt)
	alarm := false
	for _, x := range chains {
		if _, err := x.sync(ctx); err != nil {
			return err
		}
		found := anchored{Name: x.name()}
		found.Anchor, err = x.anchors(ctx, external.NetworkOf(chainID), sets, held.Height-min(held.Height, age), own)
		switch {
		case errors.Is(err, rejection.AnchorMismatch) || errors.Is(err, rejection.AnchorMissing):
			found.Alarm, alarm = err.Error(), true
		case err != nil:
			return err
		}
		r.Chains = append(r.Chains, found)
	}
	if err := a.emit(r); err != nil {
		return err
	}
	if alarm {
		return errAlarm
	}
	return nil
}

// ownHeaders are the verified headers up to a height.
func ownHeaders(newest uint64, at func(context.Context, uint64) (light.Head, error)) reserves.Headers {
	return func(ctx context.Context, height uint64) (external.Anchor, bool, error) {
		if height == 0 || height > newest {
			return external.Anchor{}, false, nil
		}
		h, err := at(ctx, height)
		if err != nil {
			return external.Anchor{}, false, err
		}
		return external.Anchor{Height: height, App: h.AppHash, Validators: h.Validators}, true, nil
	}
}

// compared is what the signers wrote, against what the node shows.
type compared struct {
	ChainID string     `json:"chain_id"`
	Height  uint64     `json:"height"` // of the newest verified block that was compared
	Chains  []anchored `json:"chains"`
}

type anchored struct {
	Name   string             `json:"name"`
	Anchor *reserves.Anchored `json:"anchor,omitempty"`
	Alarm  string             `json:"alarm,omitempty"` // what must not be, in words
}

func (c compared) print(w io.Writer) {
	for _, x := range c.Chains {
		if x.Alarm != "" {
			fmt.Fprintf(w, "ALARM on %s: %s\n", x.Name, x.Alarm)
			continue
		}
		fmt.Fprintf(w, "%s is the chain that its signers anchored on %s:\n%s.\n", c.ChainID, x.Name, anchorWords(x.Anchor))
	}
}
