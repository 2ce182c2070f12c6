package home

import (
	circuit "github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// prover loads the proving keys when the first proof is made: most commands
// make none.
type prover struct {
	dir      string
	genesis  *client.Genesis
	progress func(keystore.Progress)
	ready    *prove.Prover
}

// Action implements wallet.Prover. It refuses (BAD_GENESIS) keys that are not
// those of the network, whose proofs would be worth nothing there, and
// development keys unless the network is a development one.
func (p *prover) Action(w *circuit.Witness) (proof [action.ProofSize]byte, err error) {
	if p.ready == nil {
		if err := p.load(); err != nil {
			return proof, err
		}
	}
	return p.ready.Action(w)
}

func (p *prover) load() error {
	dir := p.dir
	if dir == "" {
		var err error
		if dir, err = keystore.Dir(); err != nil {
			return err
		}
	}
	open := keystore.OpenCeremony
	if p.genesis.Development {
		open = keystore.Open
	}
	ready, err := open(dir, p.progress, prove.Action)
	if err != nil {
		return err
	}
	if hash := ready.Keys().Action.Hash(); quorum.Key(hash) != p.genesis.Keys["action"] {
		return rejection.New(rejection.BadGenesis, "the proving keys in %s are not those of %s", dir, p.genesis.ChainID)
	}
	p.ready = ready
	return nil
}
