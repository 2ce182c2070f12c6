package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/reserves"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/wallet/outside"
)

// elsewhere are the flags that say where other chains are read.
type elsewhere struct {
	nodes, relays, checkpoints []string
	blocks                     []string
	age                        uint64
	gates                      reaching
}

func (e *elsewhere) register(a *app, c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&e.nodes, "external", nil, "CHAIN=URL[,URL]: nodes of the chain with this number; prove its reserves")
	f.StringArrayVar(&e.relays, "relay", nil, "CHAIN=PARA@URL[,URL]: nodes of its relay chain, if it is a parachain, and its number there")
	f.StringArrayVar(&e.checkpoints, "checkpoint", nil, "CHAIN=FILE: a block that its finality is followed from: what nightjar-gateway checkpoint writes, or the chain's specification with a lightSyncState")
	f.Uint64Var(&e.age, "anchors", 0, "demand an anchor that is at most so many blocks of this chain old, out of those that --gateway lists or --anchor names")
	f.StringArrayVar(&e.blocks, "anchor", nil, "CHAIN=HASH: a block of that chain in which a signer has anchored this one")
	e.gates.register(a, c)
}

// numbered splits CHAIN=REST.
func numbered(flag, value string) (uint32, string, error) {
	number, rest, ok := strings.Cut(value, "=")
	n, err := strconv.ParseUint(number, 10, 32)
	if !ok || err != nil || rest == "" {
		return 0, "", rejection.New(rejection.BadFlag, "--%s is CHAIN=… with the chain's number", flag)
	}
	return uint32(n), rest, nil
}

// otherChain is a chain that is read.
type otherChain struct {
	number uint32
	reader *chain.Reader
	gates  gateways      // that list anchors
	blocks []header.Hash // in which anchors are said to be
}

func (x otherChain) name() string { return outside.ChainOf(x.number).Name }

// place is what the flags say of one chain.
type place struct {
	config chain.Config
	known  bool // its checkpoint was named
	blocks []header.Hash
}

// open makes readers of the chains that the flags name, ascending; it asks
// nobody.
func (e *elsewhere) open(c *cobra.Command) ([]otherChain, error) {
	places := map[uint32]*place{}
	for _, v := range e.nodes {
		n, urls, err := numbered("external", v)
		if err != nil {
			return nil, err
		}
		if places[n] != nil {
			return nil, rejection.New(rejection.BadFlag, "--external names chain %d twice", n)
		}
		places[n] = new(place)
		if places[n].config.Nodes, err = dial(urls); err != nil {
			return nil, err
		}
	}
	// The others say more of chains that --external names.
	for _, flag := range []struct {
		name   string
		values []string
		set    func(*place, string) error
	}{
		{"relay", e.relays, (*place).relay}, {"checkpoint", e.checkpoints, (*place).checkpoint}, {"anchor", e.blocks, (*place).anchor},
	} {
		for _, v := range flag.values {
			n, rest, err := numbered(flag.name, v)
			if err != nil {
				return nil, err
			}
			if places[n] == nil {
				return nil, rejection.New(rejection.BadFlag, "--%s of chain %d goes with --external %d=URL", flag.name, n, n)
			}
			if err := flag.set(places[n], rest); err != nil {
				return nil, err
			}
		}
	}
	if c.Flags().Changed("anchors") && (len(places) == 0 || len(e.gates.addresses) == 0 && len(e.blocks) == 0) {
		return nil, rejection.New(rejection.BadFlag, "--anchors goes with --external, and with --gateway or --anchor")
	}
	var out []otherChain
	for _, n := range slices.Sorted(maps.Keys(places)) {
		p := places[n]
		if !p.known {
			return nil, rejection.New(rejection.BadFlag, "chain %d needs --checkpoint %d=FILE", n, n)
		}
		// Nothing is kept: whoever checks begins where the file says.
		p.config.Save = func(light.State) error { return nil }
		r, err := chain.Open(p.config)
		if err != nil {
			return nil, err
		}
		gates, err := e.gates.dial()
		if err != nil {
			return nil, err
		}
		out = append(out, otherChain{n, r, gates, p.blocks})
	}
	return out, nil
}

func (p *place) relay(value string) error {
	para, urls, ok := strings.Cut(value, "@")
	id, err := strconv.ParseUint(para, 10, 32)
	if !ok || err != nil || id == 0 {
		return rejection.New(rejection.BadFlag, "--relay is CHAIN=PARA@URL with the parachain's number")
	}
	p.config.Para = uint32(id)
	p.config.Relay, err = dial(urls)
	return err
}

// checkpoint reads what a gateway writes, or a chain specification, which is
// JSON and has one in it: no checkpoint of the first kind begins like that.
func (p *place) checkpoint(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return rejection.New(rejection.BadFile, "%v", err)
	}
	p.known = true
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		p.config.Checkpoint, err = light.FromChainSpec(b)
	} else {
		p.config.Checkpoint, err = light.Decode(b)
	}
	return err
}

func (p *place) anchor(text string) error {
	var hash gate.Hash
	if err := hash.UnmarshalText([]byte(strings.TrimPrefix(text, "0x"))); err != nil {
		return rejection.New(rejection.BadFlag, "--anchor is CHAIN=HASH with the hash of a block")
	}
	p.blocks = append(p.blocks, header.Hash(hash))
	return nil
}

func dial(urls string) (out []chain.Node, err error) {
	for u := range strings.SplitSeq(urls, ",") {
		n, err := rpc.New(strings.TrimSpace(u))
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// sync follows the chain's finality as far as its nodes go.
func (x otherChain) sync(ctx context.Context) (chain.Block, error) {
	for {
		more, err := x.reader.Sync(ctx)
		if err != nil {
			return chain.Block{}, fmt.Errorf("%s: %w", x.name(), err)
		}
		if !more {
			break
		}
	}
	final, ok := x.reader.Finalised()
	if !ok {
		return chain.Block{}, fmt.Errorf("%s: %w", x.name(), errNoFinal)
	}
	return final, nil
}

// finding is what verify found on another chain.
type finding struct {
	Name     string             `json:"name"`
	Reserves *reserves.Proof    `json:"reserves"`
	Anchor   *reserves.Anchored `json:"anchor,omitempty"`
	Alarm    string             `json:"alarm,omitempty"` // what must not be, in words
}

const (
	looks     = 3                // at reserves that look short
	lookAgain = 15 * time.Second // between them: a few blocks
)

// outside proves the reserves on another chain, and looks for anchors if age is
// not 0.
func (v *verification) outside(ctx context.Context, x otherChain, age uint64) (*finding, error) {
	out := &finding{Name: x.name()}
	network := external.NetworkOf(v.chainID)
	for look := 1; ; look++ {
		// Both chains as they are now: first what is owed, then what is there. A
		// node that lags behind has not seen a deposit yet that Nightjar has
		// credited; it is looked at again.
		if err := v.catchUp(ctx); err != nil {
			return nil, err
		}
		final, err := x.sync(ctx)
		if err != nil {
			return nil, err
		}
		out.Reserves, err = reserves.Prove(ctx, x.reader, final, x.number, network, v.auditor.Custody())
		if errors.Is(err, rejection.ReservesShort) && look < looks {
			v.app.say("%s: the reserves look short; looking again", out.Name)
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(lookAgain):
			}
			continue
		}
		if errors.Is(err, rejection.ReservesShort) {
			out.Alarm = err.Error()
		} else if err != nil {
			return nil, err
		}
		break
	}
	if age == 0 {
		return out, nil
	}
	height := v.auditor.Height()
	anchor, err := x.anchors(ctx, network, v.auditor.Custody().Signers, height-min(height, age),
		func(_ context.Context, h uint64) (external.Anchor, bool, error) {
			a, ok := v.auditor.Header(h)
			return a, ok, nil
		})
	switch {
	case errors.Is(err, rejection.AnchorMismatch) || errors.Is(err, rejection.AnchorMissing):
		out.Alarm = strings.TrimPrefix(out.Alarm+"; "+err.Error(), "; ")
	case err != nil:
		return nil, err
	}
	out.Anchor = anchor
	return out, nil
}

// anchors compares the anchors in the blocks that were named, and in those that
// gateways list, with verified headers; one has to be of height since or later.
func (x otherChain) anchors(ctx context.Context, network external.Network, sets []state.Signers, since uint64, own reserves.Headers) (*reserves.Anchored, error) {
	lists, err := each(x.gates, func(g *gate.Client) ([]gate.Anchor, error) { return g.Anchors(ctx) })
	if err != nil && len(x.blocks) == 0 {
		return nil, err
	}
	blocks := slices.Clone(x.blocks)
	for _, list := range lists {
		var some []header.Hash                    // one that lists many leaves room for the others
		for _, a := range slices.Backward(list) { // the newest first
			hash := header.Hash(a.Reference.Block)
			if a.Reference.Chain == x.number && len(some) < reserves.MaxBlocks/len(lists) && !slices.Contains(some, hash) {
				some = append(some, hash)
			}
		}
		blocks = append(blocks, some...)
	}
	return reserves.Anchors(ctx, x.reader, network, sets, blocks, own, since)
}
