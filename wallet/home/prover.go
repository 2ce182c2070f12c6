package home

import (
	circuit "github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// Loaded is a wallet.Prover whose keys are in memory already.
type Loaded struct{ *prove.Prover }

// Key implements wallet.Prover.
func (l Loaded) Key() ([32]byte, error) { return l.Keys().Action.Hash(), nil }

// prover loads the proving keys when the first proof is made: most commands
// make none.
type prover struct {
	dir      string
	genesis  *client.Genesis
	progress func(keystore.Progress)
	ready    *prove.Prover
}

// Action implements wallet.Prover. It refuses development keys unless the
// network is a development one.
func (p *prover) Action(w *circuit.Witness) (proof [action.ProofSize]byte, err error) {
	if err := p.load(); err != nil {
		return proof, err
	}
	return p.ready.Action(w)
}

// Key implements wallet.Prover.
func (p *prover) Key() (hash [32]byte, err error) {
	if err := p.load(); err != nil {
		return hash, err
	}
	return p.ready.Keys().Action.Hash(), nil
}

func (p *prover) load() error {
	if p.ready != nil {
		return nil
	}
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
	p.ready = ready
	return nil
}

// Prove adds the proof to a plan; it needs no network. It refuses (BAD_GENESIS)
// a plan for the genesis' circuits if the keys are others: of later versions
// only the chain can tell.
func (h *Home) Prove(p *wallet.Plan) error {
	key, err := h.prover.Key()
	if err != nil {
		return err
	}
	if p.Action.Version == 1 && quorum.Key(key) != h.Genesis.Keys["action"] {
		return rejection.New(rejection.BadGenesis, "the proving keys are not those of %s", h.Genesis.ChainID)
	}
	return p.Prove(h.prover, h.View.ProverKey)
}
