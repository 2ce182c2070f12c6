package service

import (
	"fmt"
	"log/slog"
	"runtime"

	"github.com/nightjar/nightjar/enclave/tee"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Config is what an enclave process is started with. The zero value is refused.
type Config struct {
	Socket  string       // path of the unix socket on which the host connects
	Genesis string       // the network's genesis file; part of what a real image measures
	Keys    string       // directory of proving keys; the genesis or a later version of the circuits names them
	Provers int          // proofs made at a time, also of one settlement; see Provers
	TEE     tee.Provider // makes the evidence
	Log     *slog.Logger
}

// maxProvers bounds a pool.
const maxProvers = 64

// Provers is how many provers keep this machine busy: one proof's
// multi-exponentiations share two cores well and more cores badly.
func Provers() int { return min(max(runtime.GOMAXPROCS(0)/2, 1), maxProvers) }

// Validate refuses (BAD_FLAG) a configuration that names too little.
func (c Config) Validate() error {
	bad := func(what string) error { return rejection.New(rejection.BadFlag, "%s", what) }
	switch {
	case c.Socket == "":
		return bad("--socket names the socket that the host connects to")
	case c.Genesis == "":
		return bad("--genesis names the network's genesis file")
	case c.Keys == "":
		return bad("--keys names the directory of proving keys")
	case c.Provers < 1 || c.Provers > maxProvers:
		return bad(fmt.Sprintf("--provers is between 1 and %d", maxProvers))
	case c.TEE == nil || c.Log == nil:
		return bad("an enclave needs a provider and a logger")
	}
	return nil
}
