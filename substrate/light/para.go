package light

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/trie"
)

// ParaHead returns the header of the newest block of a parachain that the state
// of a final relay block has, Paras.Heads(para); the nodes are a read proof of
// that key. What is final on the relay chain is final for the parachain.
//
// NO_PARA_HEAD: the relay chain has no such parachain, or what it keeps for it
// is no header.
func ParaHead(relay header.Header, nodes [][]byte, para uint32) (header.Header, error) {
	value, ok, err := trie.Get(relay.StateRoot, nodes, storage.ParaHead(para))
	if err != nil {
		return header.Header{}, err
	}
	if !ok {
		return header.Header{}, rejection.New(rejection.NoParaHead, "parachain %d", para)
	}
	r := scale.NewReader(value)
	inner := r.Vec()
	if err := r.Done(); err != nil {
		return header.Header{}, rejection.New(rejection.NoParaHead, "parachain %d: %v", para, err)
	}
	h, err := header.Decode(inner)
	if err != nil {
		return header.Header{}, rejection.New(rejection.NoParaHead, "parachain %d: %v", para, err)
	}
	return h, nil
}
