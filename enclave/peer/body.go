package peer

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Subject is what a vote is about.
type Subject uint8

// The subjects; the numbers are wire constants.
const (
	Lock      Subject = 1 // number: the auction's height
	Epoch     Subject = 2 // number: the epoch
	Heartbeat Subject = 3 // number: the height that it stands for
)

// Vote is a worker's signature of a transaction that q workers sign.
type Vote struct {
	Subject   Subject
	Number    uint64
	Digest    [32]byte // SHA-256 of the transaction's SignBytes
	Signature [64]byte // over SignBytes
}

// Offer hands the secret of a proposed epoch to one worker.
type Offer struct {
	To     settlement.WorkerID
	Epoch  registry.Epoch // without signatures
	Sealed []byte         // the secret, sealed to To's key; aad is AAD
}

// Need asks for the book: the sender holds none.
type Need struct{ Height uint64 }

// Part is one piece of a sealed book.
type Part struct {
	To           settlement.WorkerID
	Height       uint64 // the book's
	Index, Count uint16
	Bytes        []byte
}

// Proofs shows the other workers finished proofs of one settlement, so that
// each proves a share of it. They are public as soon as it is settled; the
// witnesses stay where they are: every worker that ran the auction has them.
type Proofs struct {
	Auction uint64
	Group   uint16
	List    []Proof // ascending by index, 1 to MaxProofs
}

// Proof is one proof of a settlement.
type Proof struct {
	Index uint16 // of the leg; Collect stands after the last one
	Bytes [settlement.ProofSize]byte
}

// MaxProofs is how many proofs fit into a message.
const MaxProofs = (Small - signatureSize - headerSize - (8 + 2 + 2)) / (2 + settlement.ProofSize)

// maxSealed bounds an Offer's sealed secret: an encapsulation, 32 bytes and a
// tag.
const maxSealed = 1 << 11

// PartSize is what one Part carries in bytes; all parts but the last are full.
const PartSize = Large - signatureSize - headerSize - (32 + 8 + 2 + 2 + 2)

// Kind implements Body.
func (*Vote) Kind() Kind   { return KindVote }
func (*Offer) Kind() Kind  { return KindOffer }
func (*Need) Kind() Kind   { return KindNeed }
func (*Part) Kind() Kind   { return KindPart }
func (*Proofs) Kind() Kind { return KindProofs }

func (v *Vote) write(w *encoding.Writer) {
	w.U8(uint8(v.Subject))
	w.U64(v.Number)
	w.Fixed(v.Digest[:])
	w.Fixed(v.Signature[:])
}

func (v *Vote) read(r *encoding.Reader) {
	v.Subject = Subject(r.U8())
	if r.Err() == nil && (v.Subject < Lock || v.Subject > Heartbeat) {
		r.Fail(rejection.New(rejection.UnknownKind, "a vote on %d", v.Subject))
	}
	v.Number = r.U64()
	r.Fixed(v.Digest[:])
	r.Fixed(v.Signature[:])
}

// AAD binds the sealed secret to the proposal, its proposer and its recipient.
func (o *Offer) AAD(from settlement.WorkerID, chainID string) []byte {
	w := encoding.NewWriter(2 << 10)
	w.U8(uint8(KindOffer))
	w.Fixed(from[:])
	w.Fixed(o.To[:])
	w.Fixed(o.Epoch.SignBytes(chainID))
	return w.Bytes()
}

func (o *Offer) write(w *encoding.Writer) {
	w.Fixed(o.To[:])
	w.Var(o.Epoch.Encode())
	w.Var(o.Sealed)
}

func (o *Offer) read(r *encoding.Reader) {
	r.Fixed(o.To[:])
	body := r.Var(2 << 10)
	o.Sealed = r.Var(maxSealed)
	if r.Err() != nil {
		return
	}
	p, err := registry.DecodeEpoch(body)
	if err == nil && len(p.Signatures) > 0 {
		err = rejection.New(rejection.NonCanonical, "an offered epoch is unsigned")
	}
	if err != nil {
		r.Fail(err)
		return
	}
	o.Epoch = *p
}

func (n *Need) write(w *encoding.Writer) { w.U64(n.Height) }
func (n *Need) read(r *encoding.Reader)  { n.Height = r.U64() }

func (p *Part) write(w *encoding.Writer) {
	w.Fixed(p.To[:])
	w.U64(p.Height)
	w.U16(p.Index)
	w.U16(p.Count)
	w.Var(p.Bytes)
}

func (p *Part) read(r *encoding.Reader) {
	r.Fixed(p.To[:])
	p.Height = r.U64()
	p.Index, p.Count = r.U16(), r.U16()
	p.Bytes = r.Var(PartSize)
	if r.Err() == nil && (p.Index >= p.Count || p.Index+1 < p.Count && len(p.Bytes) != PartSize) {
		r.Fail(rejection.New(rejection.NonCanonical, "a part of a book"))
	}
}

func (p *Proofs) write(w *encoding.Writer) {
	w.U64(p.Auction)
	w.U16(p.Group)
	w.U16(uint16(len(p.List)))
	for _, q := range p.List {
		w.U16(q.Index)
		w.Fixed(q.Bytes[:])
	}
}

func (p *Proofs) read(r *encoding.Reader) {
	p.Auction, p.Group = r.U64(), r.U16()
	n := r.Count(MaxProofs)
	if r.Err() == nil && n == 0 {
		r.Fail(rejection.New(rejection.NonCanonical, "no proofs"))
	}
	for i := 0; i < n && r.Err() == nil; i++ {
		q := Proof{Index: r.U16()}
		r.Fixed(q.Bytes[:])
		if i > 0 && p.List[i-1].Index >= q.Index {
			r.Fail(rejection.New(rejection.NonCanonical, "proofs are not in ascending order"))
		}
		p.List = append(p.List, q)
	}
}
