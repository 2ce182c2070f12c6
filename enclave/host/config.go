package host

import (
	"crypto/ed25519"
	"encoding/hex"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Config is what a host is started with. The zero value is refused.
type Config struct {
	Node     string             // URL of the node whose blocks are followed
	Enclave  string             // "unix:PATH" of the enclave's socket
	Listen   string             // host:port for the other hosts and for /status
	Peers    []string           // URLs of the other workers' hosts
	Operator ed25519.PrivateKey // signs the enclave's registration
	Log      *slog.Logger
}

// Validate refuses (BAD_FLAG) a configuration that names too little.
func (c Config) Validate() error {
	bad := func(what string) error { return rejection.New(rejection.BadFlag, "%s", what) }
	switch {
	case !isURL(c.Node):
		return bad("--node is the URL of a node, for example http://127.0.0.1:7800")
	case !strings.HasPrefix(c.Enclave, "unix:") || len(c.Enclave) == len("unix:"):
		return bad("--enclave is unix:PATH")
	case c.Listen == "":
		return bad("--listen is host:port")
	case len(c.Operator) != ed25519.PrivateKeySize:
		return bad("--operator-key names the operator's key file")
	case c.Log == nil:
		return bad("a host needs a logger")
	}
	for _, p := range c.Peers {
		if !isURL(p) {
			return bad("--peers are URLs of the other hosts, separated by commas")
		}
	}
	return nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// ReadOperatorKey reads an operator's private key: 64 hex digits of an Ed25519
// seed.
func ReadOperatorKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, rejection.New(rejection.BadFile, "%s: 64 hex digits are expected", path)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
