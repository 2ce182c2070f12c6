package chain

import "github.com/nightjar/nightjar/substrate/header"

// maxIndex bounds the blocks whose hashes are kept, 32 MB of them; maxRecent
// those whose headers are.
const (
	maxIndex  = 1 << 20
	maxRecent = 4096
)

// index is the hashes of final blocks without a gap, and the newest headers.
type index struct {
	first  uint32 // the number of hashes[0]
	hashes []header.Hash
	recent map[header.Hash]Block
	// floor is the last block before a hop, with which the blocks below have to
	// join once they are asked for; nil without a hop.
	floor *header.Block
}

// next returns the number after the last.
func (x *index) next() uint64 { return uint64(x.first) + uint64(len(x.hashes)) }

// hash returns the hash of a block; false if it is not in the index.
func (x *index) hash(number uint32) (header.Hash, bool) {
	if number < x.first || uint64(number) >= x.next() {
		return header.Hash{}, false
	}
	return x.hashes[number-x.first], true
}

// push adds blocks, ascending without a gap. If they do not follow on the last
// one (the first of all, or a hop), the index begins anew with them.
func (x *index) push(blocks []Block) {
	if x.recent == nil {
		x.recent = make(map[header.Hash]Block)
	}
	for _, b := range blocks {
		if n := len(x.hashes); n == 0 || uint64(b.Number) != x.next() {
			if n > 0 {
				x.floor = &header.Block{Number: uint32(x.next() - 1), Hash: x.hashes[n-1]}
			}
			x.first, x.hashes = b.Number, nil
			clear(x.recent)
		}
		x.hashes = append(x.hashes, b.Hash)
		x.recent[b.Hash] = b
		if n := len(x.hashes) - 1 - maxRecent; n >= 0 {
			delete(x.recent, x.hashes[n])
		}
	}
	if over := len(x.hashes) - maxIndex; over > 0 {
		x.hashes = append([]header.Hash(nil), x.hashes[over:]...)
		x.first += uint32(over)
	}
}

// prepend adds the hashes of the blocks before the first one, descending, as
// far as there is room.
func (x *index) prepend(descending []header.Hash) {
	n := min(len(descending), maxIndex-len(x.hashes))
	merged := make([]header.Hash, 0, n+len(x.hashes))
	for i := n - 1; i >= 0; i-- {
		merged = append(merged, descending[i])
	}
	x.hashes = append(merged, x.hashes...)
	x.first -= uint32(n)
}
