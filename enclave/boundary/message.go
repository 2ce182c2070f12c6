package boundary

import (
	"io"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// Kind is a message's kind; those from 16 on go from the enclave to the host.
type Kind uint8

// The kinds; the numbers are wire constants.
const (
	KindEnlist    Kind = 1
	KindBlock     Kind = 2
	KindPeer      Kind = 3
	KindAsk       Kind = 4
	KindHello     Kind = 16
	KindStatus    Kind = 17
	KindSubmit    Kind = 18
	KindRegister  Kind = 19
	KindBroadcast Kind = 20
	KindAnswer    Kind = 21
)

// Bounds of one message's parts in bytes.
const (
	maxLight   = 1 << 20
	maxTxs     = 1 << 16
	MaxPeer    = 1 << 16 // of what enclaves tell each other in one piece
	maxChainID = 64
)

// Message is one of *Enlist, *Block, *Peer, *Ask, *Hello, *Status, *Submit,
// *Register, *Broadcast, *Answer.
type Message interface {
	Kind() Kind
	write(*encoding.Writer)
	read(*encoding.Reader)
}

// Enlist asks the enclave for a registration under an operator.
type Enlist struct{ Operator quorum.Key }

// Block is the next finalised block: CometBFT's light block and the
// transactions.
type Block struct {
	Light []byte
	Txs   [][]byte
}

// Peer is what another worker's enclave broadcast.
type Peer struct{ Bytes []byte }

// Ask is a wallet's query (spec/20-fairness.md). Number is the host's, to know
// the answer by.
type Ask struct {
	Number uint64
	Query  [fairness.QuerySize]byte
}

// Hello is the enclave's first message on a connection: the block it wants
// next.
type Hello struct {
	ChainID  string
	Provider registry.Provider
	Next     uint64
}

// Status says what any observer of the chain may know of the enclave.
type Status struct {
	Provider   registry.Provider
	Worker     settlement.WorkerID
	Height     uint64 // last block taken
	Epoch      uint64 // of the chain
	Live       uint32 // workers registered
	Registered bool
	Holds      bool   // the book and the epoch's secret
	Diverged   uint64 // how often another worker signed something else
	Refused    string // why the last block was refused, empty if it was not
}

// Submit is a transaction for the chain.
type Submit struct{ Tx []byte }

// Register is the enclave's registration with a zero signature: the operator
// signs it and submits it.
type Register struct{ Unsigned []byte }

// Broadcast is for the enclaves of all other workers.
type Broadcast struct{ Bytes []byte }

// Answer is the sealed answer to an Ask.
type Answer struct {
	Number uint64
	Sealed [fairness.SealedSize]byte
}

// Kind implements Message.
func (*Enlist) Kind() Kind    { return KindEnlist }
func (*Block) Kind() Kind     { return KindBlock }
func (*Peer) Kind() Kind      { return KindPeer }
func (*Hello) Kind() Kind     { return KindHello }
func (*Status) Kind() Kind    { return KindStatus }
func (*Submit) Kind() Kind    { return KindSubmit }
func (*Register) Kind() Kind  { return KindRegister }
func (*Broadcast) Kind() Kind { return KindBroadcast }
func (*Ask) Kind() Kind       { return KindAsk }
func (*Answer) Kind() Kind    { return KindAnswer }

func (m *Enlist) write(w *encoding.Writer) { w.Fixed(m.Operator[:]) }
func (m *Enlist) read(r *encoding.Reader)  { r.Fixed(m.Operator[:]) }

func (m *Block) write(w *encoding.Writer) {
	writeLong(w, m.Light)
	w.U32(uint32(len(m.Txs)))
	for _, tx := range m.Txs {
		writeLong(w, tx)
	}
}

func (m *Block) read(r *encoding.Reader) {
	m.Light = readLong(r, maxLight)
	n := r.U32()
	if n > maxTxs {
		r.Fail(rejection.New(rejection.Oversized, "a block of %d transactions", n))
	}
	for i := uint32(0); i < n && r.Err() == nil; i++ {
		m.Txs = append(m.Txs, readLong(r, transaction.MaxSize))
	}
}

func (m *Ask) write(w *encoding.Writer) {
	w.U64(m.Number)
	w.Fixed(m.Query[:])
}

func (m *Ask) read(r *encoding.Reader) {
	m.Number = r.U64()
	r.Fixed(m.Query[:])
}

func (m *Answer) write(w *encoding.Writer) {
	w.U64(m.Number)
	w.Fixed(m.Sealed[:])
}

func (m *Answer) read(r *encoding.Reader) {
	m.Number = r.U64()
	r.Fixed(m.Sealed[:])
}

func (m *Hello) write(w *encoding.Writer) {
	w.Var([]byte(m.ChainID))
	w.U8(uint8(m.Provider))
	w.U64(m.Next)
}

func (m *Hello) read(r *encoding.Reader) {
	m.ChainID = string(r.Var(maxChainID))
	m.Provider = registry.Provider(r.U8())
	m.Next = r.U64()
}

func (m *Status) write(w *encoding.Writer) {
	w.U8(uint8(m.Provider))
	w.Fixed(m.Worker[:])
	w.U64(m.Height)
	w.U64(m.Epoch)
	w.U32(m.Live)
	w.Bool(m.Registered)
	w.Bool(m.Holds)
	w.U64(m.Diverged)
	w.Var([]byte(m.Refused))
}

func (m *Status) read(r *encoding.Reader) {
	m.Provider = registry.Provider(r.U8())
	r.Fixed(m.Worker[:])
	m.Height, m.Epoch, m.Live = r.U64(), r.U64(), r.U32()
	m.Registered, m.Holds = r.Bool(), r.Bool()
	m.Diverged = r.U64()
	m.Refused = string(r.Var(1 << 10))
}

// The four that carry nothing but bytes are those bytes.
func (m *Peer) write(w *encoding.Writer)      { w.Fixed(m.Bytes) }
func (m *Peer) read(r *encoding.Reader)       { m.Bytes = take(r, r.Len(), MaxPeer) }
func (m *Submit) write(w *encoding.Writer)    { w.Fixed(m.Tx) }
func (m *Submit) read(r *encoding.Reader)     { m.Tx = take(r, r.Len(), transaction.MaxSize) }
func (m *Register) write(w *encoding.Writer)  { w.Fixed(m.Unsigned) }
func (m *Register) read(r *encoding.Reader)   { m.Unsigned = take(r, r.Len(), transaction.MaxSize) }
func (m *Broadcast) write(w *encoding.Writer) { w.Fixed(m.Bytes) }
func (m *Broadcast) read(r *encoding.Reader)  { m.Bytes = take(r, r.Len(), MaxPeer) }

// writeLong appends a 32-bit length and b.
func writeLong(w *encoding.Writer, b []byte) {
	w.U32(uint32(len(b)))
	w.Fixed(b)
}

func readLong(r *encoding.Reader, most int) []byte { return take(r, int(r.U32()), most) }

// take reads n bytes, OVERSIZED if they are more than most.
func take(r *encoding.Reader, n, most int) []byte {
	if n > most {
		r.Fail(rejection.New(rejection.Oversized, "a field of %d bytes", n))
	}
	if r.Err() != nil {
		return nil
	}
	b := make([]byte, n)
	r.Fixed(b)
	return b
}

// empty returns a message to read into; nil for an unknown kind.
func (k Kind) empty() Message {
	switch k {
	case KindEnlist:
		return new(Enlist)
	case KindBlock:
		return new(Block)
	case KindPeer:
		return new(Peer)
	case KindAsk:
		return new(Ask)
	case KindHello:
		return new(Hello)
	case KindStatus:
		return new(Status)
	case KindSubmit:
		return new(Submit)
	case KindRegister:
		return new(Register)
	case KindBroadcast:
		return new(Broadcast)
	case KindAnswer:
		return new(Answer)
	}
	return nil
}

// Conn carries messages over a stream.
type Conn struct{ stream io.ReadWriter }

// NewConn returns a Conn over a stream, which its maker closes.
func NewConn(stream io.ReadWriter) *Conn { return &Conn{stream} }

// Send writes one message.
func (c *Conn) Send(m Message) error {
	w := encoding.NewWriter(4 << 10)
	m.write(w)
	return writeFrames(c.stream, m.Kind(), w.Bytes())
}

// Receive reads one message. After an error other than a rejection the stream
// has ended; after a rejection its sender is broken. Either way, close it.
func (c *Conn) Receive() (Message, error) {
	kind, body, err := readFrames(c.stream)
	if err != nil {
		return nil, err
	}
	m := kind.empty()
	if m == nil {
		return nil, rejection.New(rejection.UnknownKind, "boundary message %d", kind)
	}
	r := encoding.NewReader(body)
	m.read(r)
	return m, r.Done()
}
