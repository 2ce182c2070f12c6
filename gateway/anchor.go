package gateway

import (
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/vault"
)

// anchor has the newest multiple of Every anchored. The signer whose turn it is
// does so at once; each one after it waits for the others:
//
//	turn  = (height / Every) mod n
//	rank  = (position of the own key − turn) mod n
//	now  ≥ height + rank · Grace, and nobody has anchored height or later
func (g *Gateway) anchor() {
	every := g.Anchors.Every
	if every == 0 {
		return
	}
	newest := g.follower.place.Height
	height := newest - newest%every
	head, known := g.follower.headers.at(height)
	if !known || g.rounds.anchored >= height {
		return
	}
	var keys []quorum.Key
	g.core.look(func(m *vault.Machine) {
		if c, ok := m.Custody(); ok {
			keys = c.Signers.Keys
		}
	})
	own := slices.Index(keys, g.Vault.Key)
	if own < 0 {
		return
	}
	n := uint64(len(keys))
	rank := (uint64(own) + n - height/every%n) % n
	if newest < height+rank*g.Anchors.Grace {
		return
	}
	g.core.mu.Lock()
	done := slices.ContainsFunc(g.core.anchors, func(a Anchor) bool { return a.Height >= height && slices.Contains(keys, a.By) })
	g.core.mu.Unlock()
	g.rounds.anchored = height
	if done {
		return
	}
	remark := external.Encode(external.NetworkOf(g.Vault.ChainID), external.Anchor{Height: height, App: head.AppHash, Validators: head.Validators})
	// Its error could only be the core's fault, which ends the gateway anyway.
	_ = g.core.ask(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) { return nil, m.Anchor(remark), nil })
}

// sawAnchors holds what signers anchored against what was verified. Another
// history under a signer's name is what a long-range fork looks like.
func (g *Gateway) sawAnchors(list []Anchor) {
	for _, a := range list {
		g.metrics.anchored.Set(float64(a.Height))
		head, known := g.follower.headers.at(a.Height)
		if known && (head.AppHash != a.App || head.Validators != a.Validators) {
			g.note(anchorForged, fmt.Errorf("height %d, by %x", a.Height, a.By[:4]))
		}
	}
}
