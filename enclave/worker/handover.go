package worker

import (
	"bytes"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/enclave/keylife"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/tree"
)

// handover is what a worker without the book is given: the state after one
// block and the secrets of the epochs whose instructions may still arrive.
type handover struct {
	height  uint64
	secrets map[uint64]epoch.Secret
	roots   map[uint64][32]byte // of the auctions since the last heartbeat
	machine []byte              // machine.Encode
	keeper  []byte              // tree.Keeper.Encode
}

// A sealed book has a power of two of bytes, so that its length tells a host
// the order of magnitude of the book and no more.
const (
	minBook  = 1 << 16
	maxParts = 1 << 10
)

// encode returns height, secrets, roots, machine, keeper and zeros.
func (h *handover) encode() []byte {
	w := encoding.NewWriter(len(h.machine) + len(h.keeper) + 4096)
	w.U64(h.height)
	w.U16(uint16(len(h.secrets)))
	for _, n := range slices.Sorted(maps.Keys(h.secrets)) {
		s := h.secrets[n]
		w.U64(n)
		w.Fixed(s[:])
	}
	w.U32(uint32(len(h.roots)))
	for _, n := range slices.Sorted(maps.Keys(h.roots)) {
		root := h.roots[n]
		w.U64(n)
		w.Fixed(root[:])
	}
	for _, part := range [][]byte{h.machine, h.keeper} {
		w.U32(uint32(len(part)))
		w.Fixed(part)
	}
	size := minBook
	for size < len(w.Bytes()) {
		size *= 2
	}
	w.Fixed(make([]byte, size-len(w.Bytes())))
	return w.Bytes()
}

func decodeHandover(b []byte) (*handover, error) {
	r := encoding.NewReader(b)
	h := &handover{height: r.U64(), secrets: map[uint64]epoch.Secret{}, roots: map[uint64][32]byte{}}
	for range r.Count(1 << 10) {
		n := r.U64()
		var s epoch.Secret
		r.Fixed(s[:])
		h.secrets[n] = s
	}
	for n := r.U32(); n > 0 && r.Err() == nil; n-- {
		height := r.U64()
		var root [32]byte
		r.Fixed(root[:])
		h.roots[height] = root
	}
	h.machine, h.keeper = readPart(r), readPart(r)
	if r.Err() == nil && len(bytes.TrimLeft(b[len(b)-r.Len():], "\x00")) > 0 {
		r.Fail(rejection.New(rejection.NonCanonical, "padding is not zero"))
	}
	return h, r.Err()
}

func readPart(r *encoding.Reader) []byte {
	n := int(r.U32())
	if n > r.Len() {
		r.Fail(rejection.New(rejection.Truncated, "a part of a book"))
		return nil
	}
	part := make([]byte, n)
	r.Fixed(part)
	return part
}

// ask broadcasts that this worker is registered and lacks the book.
func (w *Worker) ask() {
	if w.machine != nil || w.height()%patience != 0 || w.state().Book().Epoch == 0 ||
		member(w.state().Workers(), w.keys.ID()) == nil {
		return
	}
	w.tell(&peer.Need{Height: w.height()})
}

// hearNeed hands the book to a registered worker that lacks it, once in
// patience blocks.
func (w *Worker) hearNeed(to *ledger.Worker) error {
	if _, ok := w.current(); !ok {
		return nil
	}
	if last, ok := w.served[to.ID]; ok && w.height() < last+patience {
		return nil
	}
	for id := range w.served {
		if member(w.state().Workers(), id) == nil {
			delete(w.served, id)
		}
	}
	w.served[to.ID] = w.height()
	h := handover{
		height: w.height(), secrets: map[uint64]epoch.Secret{}, roots: w.roots,
		machine: w.machine.Encode(), keeper: w.keeper.Encode(),
	}
	for _, n := range w.epochs.Numbers() {
		e, _ := w.epochs.Get(n)
		h.secrets[n] = e.Secret()
	}
	plain := h.encode()
	sealed, err := keylife.SealTo(to.SealKey, w.genesis.ChainID, w.bookAAD(w.keys.ID(), to.ID, h.height), plain)
	clear(plain)
	if err != nil {
		return err
	}
	parts := slices.Collect(slices.Chunk(sealed, peer.PartSize))
	if len(parts) > maxParts {
		return rejection.New(rejection.Oversized, "the book does not fit into %d parts", maxParts)
	}
	for i, part := range parts {
		w.tell(&peer.Part{To: to.ID, Height: h.height, Index: uint16(i), Count: uint16(len(parts)), Bytes: part})
	}
	return nil
}

// bookAAD binds a sealed book to its sender, recipient and height.
func (w *Worker) bookAAD(from, to settlement.WorkerID, height uint64) []byte {
	e := encoding.NewWriter(128)
	e.U8(uint8(peer.KindPart))
	e.Fixed(from[:])
	e.Fixed(to[:])
	e.U64(height)
	return e.Bytes()
}

// assembly collects the parts of one sealed book.
type assembly struct {
	height uint64
	parts  [][]byte
	left   int
}

// hearPart collects a book that this worker asked for.
func (w *Worker) hearPart(from settlement.WorkerID, p *peer.Part) {
	if p.To != w.keys.ID() || w.machine != nil || p.Count > maxParts {
		return
	}
	a := w.books[from]
	if a == nil || a.height < p.Height || a.height == p.Height && len(a.parts) != int(p.Count) {
		a = &assembly{height: p.Height, parts: make([][]byte, p.Count), left: int(p.Count)}
		w.books[from] = a
	}
	if a.height != p.Height || a.parts[p.Index] != nil {
		return
	}
	a.parts[p.Index] = p.Bytes
	if a.left--; a.left > 0 {
		return
	}
	delete(w.books, from)
	plain, err := w.keys.Open(w.genesis.ChainID, w.bookAAD(from, w.keys.ID(), p.Height), slices.Concat(a.parts...))
	if err != nil {
		return
	}
	h, err := decodeHandover(plain)
	clear(plain)
	if err != nil || h.height != p.Height {
		return
	}
	w.handed = h
	w.adopt()
}

// adopt takes a handed book, once this worker has seen the block that it is
// after, and catches up to its own height. A book that does not fit what this
// worker verified itself is dropped.
func (w *Worker) adopt() {
	if w.handed == nil || w.machine != nil || w.handed.height > w.height() {
		return
	}
	h := w.handed
	w.handed = nil
	at := slices.IndexFunc(w.history, func(r *record) bool { return r.height == h.height })
	if at < 0 {
		return
	}
	since := w.history[at+1:]
	if slices.ContainsFunc(since, func(r *record) bool { return r.reset }) {
		return // the book was given up meanwhile
	}
	m, keeper, ok := w.inspect(h, w.history[at])
	if !ok || !w.takeSecrets(h) {
		return
	}
	before := w.keeper
	w.machine, w.keeper, w.roots = m, keeper, h.roots
	for _, r := range since {
		if !w.step(r) || !w.rerun(r) {
			w.machine, w.keeper, w.roots = nil, before, map[uint64][32]byte{}
			return
		}
	}
	if _, ok := w.current(); !ok {
		w.machine, w.keeper, w.roots = nil, before, map[uint64][32]byte{}
		return
	}
	w.history = nil
	clear(w.books)
}

// inspect decodes a handed book and compares it with the tree: every order's
// leaf must be where it says, under the root that this worker computed.
func (w *Worker) inspect(h *handover, r *record) (*machine.Machine, *tree.Keeper, bool) {
	m, err := machine.Decode(h.machine, r.block.Chain)
	if err != nil || uint64(m.Height()) != h.height {
		return nil, nil, false
	}
	keeper, err := tree.DecodeKeeper(h.keeper)
	edge, known := w.edges[h.height]
	if err != nil || !known || keeper.Size() != edge.Size() || keeper.Root() != edge.Root() {
		return nil, nil, false
	}
	for _, e := range m.Book() {
		if path, ok := keeper.Path(e.Position, edge); !ok || path.Root(e.Commitment) != edge.Root() {
			return nil, nil, false
		}
	}
	return m, keeper, true
}

// takeSecrets holds the handed secrets that are those of the chain's epochs.
func (w *Worker) takeSecrets(h *handover) bool {
	for n, s := range h.secrets {
		secret := keylife.OpenEpoch(s)
		e, known := w.state().Epoch(n)
		if !known {
			continue // ended long ago
		}
		if !secret.Matches(e.SealKey, e.Committed) {
			return false
		}
		if _, held := w.epochs.Get(n); !held {
			w.epochs.Add(n, secret)
		}
	}
	clear(h.secrets)
	return true
}

// rerun runs a past auction for its transcript.
func (w *Worker) rerun(r *record) bool {
	secret, ok := w.epochs.Get(r.epoch)
	if !ok {
		return false
	}
	result, err := w.machine.Auction(secret.Secret())
	if err != nil {
		return false
	}
	w.note(result)
	return true
}
