package home

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/gateway/kusama"
	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

//go:embed config.toml
var manual string

// Config is one gateway's own choices; config.toml is its manual.
type Config struct {
	Node     string    `toml:"node"`
	Listen   string    `toml:"listen"`
	Peers    []string  `toml:"peers"`
	Watched  int       `toml:"watched"`
	Key      Key       `toml:"key"`
	Chain    Chain     `toml:"chain"`
	Limits   Limits    `toml:"limits"`
	Anchors  Anchors   `toml:"anchors"`
	Pace     Pace      `toml:"pace"`
	Runtimes []Runtime `toml:"runtime"`
}

// Key says where the signer's key is.
type Key struct {
	Kind         string `toml:"kind"`
	File         string `toml:"file"`
	PasswordFile string `toml:"password_file"`
	Module       string `toml:"module"`
	Token        string `toml:"token"`
	Label        string `toml:"label"`
	PINFile      string `toml:"pin_file"`
}

// The kinds of keys.
const (
	FileKey  = "file"
	TokenKey = "token"
)

// Chain is the external chain.
type Chain struct {
	Number     uint32   `toml:"number"`
	Name       string   `toml:"name"`
	Prefix     uint16   `toml:"prefix"`
	Genesis    string   `toml:"genesis"`
	Nodes      []string `toml:"nodes"`
	Relay      []string `toml:"relay"`
	Para       uint32   `toml:"para"`
	Checkpoint string   `toml:"checkpoint"`
	MaxFee     string   `toml:"max_fee"`
}

// Limit is a vault.Limit; its amounts of the external chain are decimal digits,
// since they pass 2^63.
type Limit struct {
	Rate        uint64 `toml:"rate"`
	Window      uint64 `toml:"window"`
	MaxDelay    uint64 `toml:"max_delay"`
	Existential string `toml:"existential"`
	SweepMin    string `toml:"sweep_min"`
}

// AssetLimit is that of one asset.
type AssetLimit struct {
	Asset uint32 `toml:"asset"`
	Limit
}

// Limits are how fast assets leave.
type Limits struct {
	Limit
	Assets []AssetLimit `toml:"asset"`
}

// Anchors is a gateway.AnchorPolicy.
type Anchors struct {
	Every uint64 `toml:"every"`
	Grace uint64 `toml:"grace"`
}

// Pace is a gateway.Pace.
type Pace struct {
	Round     Duration `toml:"round"`
	Peer      Duration `toml:"peer"`
	Reconcile Duration `toml:"reconcile"`
}

// Runtime is a kusama.Runtime.
type Runtime struct {
	SpecName           string `toml:"spec_name"`
	SpecVersion        uint32 `toml:"spec_version"`
	TransactionVersion uint32 `toml:"transaction_version"`
	Metadata           string `toml:"metadata"`
}

// Duration is a time.Duration written as "1.5s".
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// String writes what UnmarshalText reads.
func (d Duration) String() string { return time.Duration(d).String() }

func (d Duration) value() time.Duration { return time.Duration(d) }

// Default are the values that a new configuration starts from. It is not whole:
// the external chain is missing.
func Default() Config {
	p := gateway.DefaultPace
	return Config{
		Node: "http://127.0.0.1:7800", Listen: "127.0.0.1:7820", Watched: 10_000,
		Key:   Key{Kind: FileKey, File: "signer.key"},
		Chain: Chain{Checkpoint: "checkpoint"},
		// An hour's blocks of 400 ms, and a day's.
		Limits:  Limits{Limit: Limit{Rate: math.MaxInt64, Window: 9_000, MaxDelay: 216_000, Existential: "0", SweepMin: "0"}},
		Anchors: Anchors{Every: 9_000, Grace: 1_500},
		Pace:    Pace{Duration(p.Round), Duration(p.Peer), Duration(p.Reconcile)},
	}
}

// Text returns the configuration as a commented file.
func (c Config) Text() ([]byte, error) {
	t, err := template.New("config").Funcs(template.FuncMap{
		"quote": func(v any) string { return strconv.Quote(fmt.Sprint(v)) },
		"list": func(texts []string) string {
			var out []string
			for _, s := range texts {
				out = append(out, strconv.Quote(s))
			}
			return "[" + strings.Join(out, ", ") + "]"
		},
	}).Parse(manual)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, c)
	return b.Bytes(), err
}

// ReadConfig reads and validates a configuration file (UNKNOWN_PROPERTY for a
// key that no field takes, BAD_FILE for what is no configuration).
func ReadConfig(path string) (Config, error) {
	c := Default()
	if err := daemon.ReadConfig(path, &c); err != nil {
		var unknown daemon.UnknownKeys
		if errors.As(err, &unknown) {
			return Config{}, rejection.New(rejection.UnknownProperty, "%v", err)
		}
		return Config{}, rejection.New(rejection.BadFile, "%v", err)
	}
	return c, c.Validate()
}

// Validate refuses (OUT_OF_RANGE) values that a gateway could not run with.
func (c Config) Validate() error {
	bad := func(key, what string) error {
		return rejection.New(rejection.OutOfRange, "configuration key %s: %s", key, what)
	}
	_, _, listenErr := net.SplitHostPort(c.Listen)
	switch {
	case !isURL(c.Node):
		return bad("node", "must be the URL of a node")
	case listenErr != nil:
		return bad("listen", "must be host:port")
	case c.Watched < 1:
		return bad("watched", "must be positive")
	case c.Key.Kind != FileKey && c.Key.Kind != TokenKey:
		return bad("key.kind", `must be "file" or "token"`)
	case c.Key.Kind == FileKey && c.Key.File == "":
		return bad("key.file", "must name the key's file")
	case c.Chain.Number == 0:
		return bad("chain.number", "must be the chain's number in Nightjar's assets")
	case len(c.Chain.Nodes) == 0:
		return bad("chain.nodes", "must name a node")
	case (len(c.Chain.Relay) == 0) != (c.Chain.Para == 0):
		return bad("chain.para", "goes with chain.relay")
	case c.Chain.Checkpoint == "":
		return bad("chain.checkpoint", "must name a file")
	case c.Anchors.Every > 0 && c.Anchors.Grace == 0:
		return bad("anchors.grace", "must be positive")
	case c.Pace.Round <= 0 || c.Pace.Peer <= 0 || c.Pace.Reconcile <= 0:
		return bad("pace", "must be positive")
	case len(c.Runtimes) == 0:
		return bad("runtime", "at least one runtime must be accepted")
	}
	for key, urls := range map[string][]string{"peers": c.Peers, "chain.nodes": c.Chain.Nodes, "chain.relay": c.Chain.Relay} {
		for _, u := range urls {
			if !isURL(u) {
				return bad(key, "must be URLs")
			}
		}
	}
	if _, err := c.Chain.genesis(); err != nil {
		return bad("chain.genesis", "must be 64 hex digits")
	}
	if fee, err := wide(c.Chain.MaxFee); err != nil || fee.IsZero() {
		return bad("chain.max_fee", "must be an amount of the chain's smallest unit")
	}
	for _, r := range c.Runtimes {
		if _, err := r.accepted(); err != nil {
			return bad("runtime", "must be as `nightjar-gateway runtime` prints it")
		}
	}
	_, limits, err := c.limits()
	if err != nil {
		return bad("limits", err.Error())
	}
	for i, l := range limits {
		if i > 0 && limits[i-1].Asset >= l.Asset {
			return bad("limits.asset", "must be in the order of their numbers")
		}
	}
	return nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func wide(text string) (w amount.Wide, err error) {
	err = w.UnmarshalText([]byte(text))
	return w, err
}

func hash(text string) (h [32]byte, err error) {
	b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err == nil && len(b) != len(h) {
		err = errors.New("not 32 bytes")
	}
	copy(h[:], b)
	return h, err
}

func (c Chain) genesis() ([32]byte, error) { return hash(c.Genesis) }

func (r Runtime) accepted() (kusama.Runtime, error) {
	h, err := hash(r.Metadata)
	if err == nil && r.SpecName == "" {
		err = errors.New("no name")
	}
	return kusama.Runtime{SpecName: r.SpecName, SpecVersion: r.SpecVersion, TransactionVersion: r.TransactionVersion, Metadata: h}, err
}

func (l Limit) vault(asset uint32) (out vault.Limit, err error) {
	out = vault.Limit{Asset: asset, Rate: l.Rate, Window: l.Window, MaxDelay: l.MaxDelay}
	var errs [2]error
	out.Existential, errs[0] = wide(l.Existential)
	out.SweepMin, errs[1] = wide(l.SweepMin)
	if err = errors.Join(errs[:]...); err == nil && (l.Window == 0 || l.MaxDelay == 0) {
		err = errors.New("window and max_delay must be positive")
	}
	return out, err
}

func (c Config) limits() (other vault.Limit, of []vault.Limit, err error) {
	if other, err = c.Limits.vault(0); err != nil {
		return other, nil, err
	}
	for _, l := range c.Limits.Assets {
		v, err := l.vault(l.Asset)
		if err != nil {
			return other, nil, err
		}
		of = append(of, v)
	}
	return other, of, nil
}
