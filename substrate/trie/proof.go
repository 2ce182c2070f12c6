package trie

import (
	"bytes"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
)

// Bounds of a proof: an account has nodes of about 5 kB in all; the events of
// a full block are one value.
const (
	MaxProof  = 8 << 20 // bytes of all nodes
	MaxNodes  = 1 << 16
	MaxKeyLen = 1 << 10 // bytes
)

// Proof is a set of nodes, each found by its hash.
type Proof struct {
	root  header.Hash
	nodes map[header.Hash][]byte
}

// Open takes the nodes of a proof of a trie with this root: OVERSIZED past the
// bounds, PROOF_ROOT if the root's own node is missing.
func Open(root header.Hash, nodes [][]byte) (Proof, error) {
	if len(nodes) > MaxNodes {
		return Proof{}, rejection.New(rejection.Oversized, "a proof of %d nodes", len(nodes))
	}
	left := MaxProof
	p := Proof{root: root, nodes: make(map[header.Hash][]byte, len(nodes))}
	for _, n := range nodes {
		if left -= len(n); left < 0 {
			return Proof{}, rejection.New(rejection.Oversized, "a proof of more than %d bytes", MaxProof)
		}
		p.nodes[hashOf(n)] = bytes.Clone(n)
	}
	if _, ok := p.nodes[root]; !ok {
		return Proof{}, rejection.New(rejection.ProofRoot, "no node hashes to %v", root)
	}
	return p, nil
}

// Lookup returns the value of key and true, or false if the trie has none:
// PROOF_INCOMPLETE if a node on the way, or the value, is not in the proof;
// BAD_TRIE_NODE if one is there and is no node.
func (p Proof) Lookup(key []byte) ([]byte, bool, error) {
	v, ok, err := p.lookup(key, func(header.Hash) {})
	return append([]byte(nil), v...), ok, err
}

// Narrow returns the nodes that Lookup of these keys takes, each once, in the
// order in which it takes them.
func (p Proof) Narrow(keys ...[]byte) ([][]byte, error) {
	var out [][]byte
	seen := make(map[header.Hash]bool)
	for _, key := range keys {
		if _, _, err := p.lookup(key, func(h header.Hash) {
			if !seen[h] {
				seen[h] = true
				out = append(out, bytes.Clone(p.nodes[h]))
			}
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lookup tells use the hash of each node and value that it takes.
func (p Proof) lookup(key []byte, use func(header.Hash)) ([]byte, bool, error) {
	if len(key) > MaxKeyLen {
		return nil, false, rejection.New(rejection.Oversized, "a key of %d bytes", len(key))
	}
	path := nibbles{bytes: key, n: 2 * len(key)}
	encoded := p.nodes[p.root]
	use(p.root)
	// Every turn but the last takes a nibble at least, so it ends.
	for at := 0; ; {
		n, err := decodeNode(encoded)
		if err != nil {
			return nil, false, err
		}
		if n.empty {
			if at > 0 {
				return nil, false, malformed("a child that is empty")
			}
			return nil, false, nil
		}
		if n.partial.n > path.n-at {
			return nil, false, nil
		}
		for i := range n.partial.n {
			if n.partial.at(i) != path.at(at) {
				return nil, false, nil
			}
			at++
		}
		if at == path.n {
			return p.value(n, use)
		}
		child := n.children[path.at(at)] // a leaf has none
		at++
		switch {
		case child == nil:
			return nil, false, nil
		case len(child) < 32:
			encoded = child
		default:
			h := header.Hash(child)
			var ok bool
			if encoded, ok = p.nodes[h]; !ok {
				return nil, false, rejection.New(rejection.ProofIncomplete, "a node after %d nibbles is missing", at)
			}
			use(h)
		}
	}
}

func (p Proof) value(n node, use func(header.Hash)) ([]byte, bool, error) {
	switch {
	case !n.hasValue:
		return nil, false, nil
	case n.valueAt == nil:
		return n.value, true, nil
	}
	v, ok := p.nodes[*n.valueAt]
	if !ok {
		return nil, false, rejection.New(rejection.ProofIncomplete, "the value is missing")
	}
	use(*n.valueAt)
	return v, true, nil
}

// Get opens a proof and looks one key up.
func Get(root header.Hash, nodes [][]byte, key []byte) ([]byte, bool, error) {
	p, err := Open(root, nodes)
	if err != nil {
		return nil, false, err
	}
	return p.Lookup(key)
}
