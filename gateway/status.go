package gateway

import (
	"slices"
	"time"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/vault"
)

// Status is what an operator is shown.
type Status struct {
	Version   string          `json:"version"`
	Network   string          `json:"network"`
	Key       string          `json:"key"`
	Account   string          `json:"account"` // that pays this signer's fees
	Chain     string          `json:"chain"`
	Custody   string          `json:"custody"` // address of the newest signers' account
	Threshold uint8           `json:"threshold"`
	Signers   int             `json:"signers"`
	Listed    bool            `json:"listed"` // whether this key is one of them
	Height    uint64          `json:"height"` // of Nightjar, read last
	HeightAge float64         `json:"height_age_seconds"`
	Block     uint64          `json:"block"` // of the external chain, read last
	Final     uint64          `json:"final"` // newest one that is known final
	BlockAge  float64         `json:"block_age_seconds"`
	Stopped   bool            `json:"payments_stopped"`
	Balances  []BalanceStatus `json:"balances"`
	Deposits  []DepositStatus `json:"deposits"` // neither credited nor refunded
	Claims    []ClaimStatus   `json:"claims"`   // open
	Flight    *FlightStatus   `json:"flight,omitempty"`
	Peers     []PeerStatus    `json:"peers"`
	Anchors   AnchorStatus    `json:"anchors"`
	Alarms    []AlarmStatus   `json:"alarms"`
}

// DepositStatus is one deposit.
type DepositStatus struct {
	gate.Deposit
	Symbol   string `json:"symbol,omitempty"`
	Decimals uint8  `json:"decimals"` // of Amount
	From     string `json:"from"`
	To       string `json:"to"`
	Refund   string `json:"refund,omitempty"`
	Waits    string `json:"waits,omitempty"`
}

// ClaimStatus is one claim.
type ClaimStatus struct {
	gate.Claim
	Symbol    string      `json:"symbol,omitempty"`
	Amount    amount.Wide `json:"amount"`
	Decimals  uint8       `json:"decimals"`
	Recipient string      `json:"recipient"`
	Approvals int         `json:"approvals"`
	Attempts  uint32      `json:"attempts"`
	Observed  bool        `json:"observed,omitempty"` // older than this journal: others pay it
}

// FlightStatus is the own extrinsic under way.
type FlightStatus struct {
	Job     string    `json:"job"`
	Ref     gate.Hash `json:"ref"`
	Attempt uint32    `json:"attempt"`
	Until   uint64    `json:"until"` // block
}

// PeerStatus is another gateway.
type PeerStatus struct {
	URL   string   `json:"url"`
	Heard *float64 `json:"heard_seconds_ago,omitempty"` // none: never
	Fault string   `json:"fault,omitempty"`
}

// AnchorStatus is the newest anchor.
type AnchorStatus struct {
	Every  uint64 `json:"every"`
	Height uint64 `json:"height"`
	Block  string `json:"block,omitempty"`
}

// Bounds of a status.
const maxStatusList = 500

func (g *Gateway) status() Status {
	s := Status{
		Version: g.Version, Network: g.Vault.ChainID, Key: hexOf(g.Vault.Key[:]), Account: g.Adapter.Address(vault.Account(g.Vault.Key)), Chain: g.Name,
		Balances: []BalanceStatus{}, Deposits: []DepositStatus{}, Claims: []ClaimStatus{}, Peers: []PeerStatus{}, Alarms: g.alarms(),
		Anchors: AnchorStatus{Every: g.Anchors.Every},
	}
	g.rounds.mu.Lock()
	assets := g.rounds.hub.Assets
	s.Height, s.HeightAge = g.rounds.hub.Height, age(g.rounds.hubAt)
	s.Final, s.BlockAge = g.rounds.head.Number, age(g.rounds.blockAt)
	s.Balances = append(s.Balances, g.rounds.balances...)
	g.rounds.mu.Unlock()
	g.core.look(func(m *vault.Machine) {
		if c, ok := m.Custody(); ok {
			s.Custody, s.Threshold, s.Signers = g.Adapter.Address(c.Custody), c.Signers.Threshold, len(c.Signers.Keys)
			s.Listed = slices.Contains(c.Signers.Keys, g.Vault.Key)
		}
		s.Block, s.Stopped = m.Cursor().Number, m.Short()
		for _, id := range m.Uncredited() {
			if v, ok := m.Deposit(id); ok && v.State != vault.DepositRefunded && len(s.Deposits) < maxStatusList {
				s.Deposits = append(s.Deposits, g.depositStatus(v, assets...))
			}
		}
		for _, v := range m.Claims() {
			if len(s.Claims) < maxStatusList {
				s.Claims = append(s.Claims, g.claimStatus(v, assets))
			}
		}
		if a, ok := m.InFlight(); ok {
			s.Flight = &FlightStatus{Job: jobNames[a.Kind], Ref: a.Ref, Attempt: a.Number, Until: a.Until}
		}
	})
	for _, p := range g.peers {
		heard, fault := p.status()
		out := PeerStatus{URL: p.url, Fault: fault}
		if !heard.IsZero() {
			seconds := age(heard)
			out.Heard = &seconds
		}
		s.Peers = append(s.Peers, out)
	}
	g.core.mu.Lock()
	for _, a := range g.core.anchors {
		if a.Height >= s.Anchors.Height {
			s.Anchors.Height, s.Anchors.Block = a.Height, hexOf(a.Reference.Hash[:])
		}
	}
	g.core.mu.Unlock()
	return s
}

func age(t time.Time) float64 {
	if t.IsZero() {
		return -1
	}
	return time.Since(t).Round(time.Second / 10).Seconds()
}

func (g *Gateway) depositStatus(v vault.DepositView, assets ...vault.Asset) DepositStatus {
	s := DepositStatus{Deposit: depositOf(v), From: g.Adapter.Address(v.From), To: g.Adapter.Address(v.To), Waits: waits[v.Waits]}
	for _, a := range assets {
		if string(a.External) == string(v.External) {
			s.Symbol, s.Decimals = a.Symbol, a.ExternalDecimals
		}
	}
	if v.Refund != (vault.Account{}) {
		s.Refund = g.Adapter.Address(v.Refund)
	}
	return s
}

func (g *Gateway) claimStatus(v vault.ClaimView, assets []vault.Asset) ClaimStatus {
	s := ClaimStatus{
		Claim: claimOf(v), Amount: v.Units, Recipient: hexOf(v.Claim.Recipient), Approvals: v.Approvals, Attempts: v.Attempts,
		Observed: v.State == vault.ClaimObserved,
	}
	if len(v.Claim.Recipient) == len(vault.Account{}) {
		s.Recipient = g.Adapter.Address(vault.Account(v.Claim.Recipient))
	}
	for _, a := range assets {
		if a.ID == v.Claim.Asset {
			s.Symbol, s.Decimals = a.Symbol, a.ExternalDecimals
		}
	}
	return s
}

// alarms are those of the vault, which stay until somebody has seen to them, and
// the conditions that stand.
func (g *Gateway) alarms() []AlarmStatus {
	out := []AlarmStatus{}
	g.core.mu.Lock()
	for i, a := range g.core.alarms {
		w := words[a.Reason]
		s := AlarmStatus{Reason: w[0], Words: w[1], Detail: hexOf(a.Ref[:]), Number: i + 1}
		if a.Key != (g.Vault.Key) && a.Key != [32]byte{} {
			s.Detail += " by " + hexOf(a.Key[:])
		}
		out = append(out, s)
	}
	g.core.mu.Unlock()
	return append(out, g.board.list()...)
}

// countEvery is how often what is counted for the metrics is counted.
const countEvery = 5 * time.Second

// count sets the metrics that are counted.
func (g *Gateway) count() {
	if time.Since(g.rounds.counted) < countEvery {
		return
	}
	g.rounds.counted = time.Now()
	deposits, claims := map[string]int{}, map[string]int{}
	g.core.look(func(m *vault.Machine) {
		for _, id := range m.Uncredited() {
			if v, ok := m.Deposit(id); ok {
				deposits[depositStates[v.State]]++
			}
		}
		for _, v := range m.Claims() {
			claims[claimStates[v.State]]++
		}
		g.metrics.watched.Set(float64(len(m.Watched())))
	})
	for _, state := range depositStates {
		if state != gate.DepositCredited {
			g.metrics.deposits.WithLabelValues(state).Set(float64(deposits[state]))
		}
	}
	for _, state := range claimStates {
		g.metrics.claims.WithLabelValues(state).Set(float64(claims[state]))
	}
	g.metrics.alarms.Reset()
	for _, a := range g.alarms() {
		g.metrics.alarms.WithLabelValues(a.Reason).Inc()
	}
}

// quiet is after how long without an answer a peer counts as away.
const quiet = 2 * time.Minute

// hearPeers raises PEER_AWAY if fewer than m gateways are heard, this one among
// them: then nothing can be signed by enough.
func (g *Gateway) hearPeers() {
	threshold := 0
	g.core.look(func(m *vault.Machine) {
		if c, ok := m.Custody(); ok {
			threshold = int(c.Signers.Threshold)
		}
	})
	heard := 1
	for _, p := range g.peers {
		if at, _ := p.status(); !at.IsZero() && time.Since(at) < quiet {
			heard++
		}
	}
	if heard < threshold && time.Since(g.rounds.started) > quiet {
		g.note(peerAway, errTooFewPeers)
		return
	}
	if heard >= threshold {
		g.board.clear(peerAway)
	}
}
