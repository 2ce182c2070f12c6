package gateway

import (
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// Config is what Run needs; every field is required but where it says so.
type Config struct {
	Node    Node
	Trust   func([]byte) error // stores Node.Trusted for the next run's Earlier
	Earlier []byte             // of an earlier run; nil: there was none
	Adapter Adapter
	Signer  signer.Signer
	// Vault is the machine's configuration; its Start is the journal's.
	Vault   vault.Config
	Name    string // of the external chain, for people
	Prefix  uint16 // of its SS58 addresses, for wallets
	Journal string // path
	Peers   []string
	// Public serves depositors and peers; Private, a socket that only the operator
	// can open, takes orders.
	Public  net.Listener
	Private net.Listener
	Anchors AnchorPolicy
	Pace    Pace
	Version string
	Log     *slog.Logger
}

// AnchorPolicy is when Nightjar is anchored on the external chain; all gateways
// of a custody should have the same. Every 0: never.
type AnchorPolicy struct {
	Every uint64 // heights of Nightjar
	Grace uint64 // heights that each signer after the first waits longer
}

// Pace is how long a gateway waits between two looks.
type Pace struct {
	Round     time.Duration // at Nightjar and the external chain
	Peer      time.Duration // at a peer
	Reconcile time.Duration // at custody's balances
}

// DefaultPace suits chains with blocks of some seconds.
var DefaultPace = Pace{Round: time.Second, Peer: 2 * time.Second, Reconcile: time.Minute}

// Validate refuses (BAD_FLAG) a configuration that is not whole.
func (c Config) Validate() error {
	bad := func(what string) error { return rejection.New(rejection.BadFlag, "a gateway needs %s", what) }
	switch {
	case c.Node == nil || c.Trust == nil:
		return bad("a node of Nightjar")
	case c.Adapter == nil || c.Signer == nil:
		return bad("an adapter and a signer")
	case c.Vault.Key != c.Signer.Public():
		return bad("the vault of its own key")
	case c.Journal == "" || c.Public == nil || c.Private == nil || c.Log == nil:
		return bad("a journal, two listeners and a logger")
	case c.Pace.Round <= 0 || c.Pace.Peer <= 0 || c.Pace.Reconcile <= 0:
		return bad("a pace")
	case c.Anchors.Every > 0 && c.Anchors.Grace == 0:
		return bad("a grace of anchors")
	}
	for _, p := range c.Peers {
		if u, err := url.Parse(p); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return bad("URLs of its peers")
		}
	}
	return nil
}
