package seal

import (
	"crypto/hpke"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// EpochKeySize is the length of an epoch's public key in bytes: an ML-KEM-768
// encapsulation key and an X25519 key.
const EpochKeySize = 1184 + 32

// CommandKind says what an instruction asks of the enclaves.
type CommandKind uint8

// The kinds of command.
const (
	Nothing   CommandKind = 0 // an action that is not for the enclaves
	NewOrder  CommandKind = 1 // the opening of the action's slot 0
	Cancel    CommandKind = 2 // take one order out of the book; authenticated by s
	CancelAll CommandKind = 3 // take all of an owner's orders out of the book
	Heartbeat CommandKind = 4 // ... unless another heartbeat comes within Blocks
)

// reservedSize are bytes after an order's handling for what later versions may
// add; zero in this one.
const reservedSize = 64 - order.HandlingSize

// Command is what an instruction says to the enclaves.
type Command struct {
	Kind     CommandKind
	Order    order.Order    // NewOrder
	Handling order.Handling // NewOrder
	OCM      field.Element  // Cancel: which order
	S        field.Element  // Cancel: its secret
	OID      field.Element  // CancelAll, Heartbeat: whose orders
	Blocks   uint32         // Heartbeat
}

// Encode returns the InstructionPlainSize bytes of c: kind, what the kind
// adds, zeros.
func (c *Command) Encode() []byte {
	w := encoding.NewWriter(InstructionPlainSize)
	w.U8(uint8(c.Kind))
	switch c.Kind {
	case NewOrder:
		order.WriteOpening(w, c.Order)
		order.WriteHandling(w, c.Handling)
		w.Fixed(make([]byte, reservedSize))
	case Cancel:
		field.Write(w, c.OCM)
		field.Write(w, c.S)
	case CancelAll:
		field.Write(w, c.OID)
	case Heartbeat:
		field.Write(w, c.OID)
		w.U32(c.Blocks)
	}
	return pad(w, InstructionPlainSize)
}

// DecodeCommand is the inverse of Encode. It refuses an unknown kind
// (UNKNOWN_KIND), reserved bytes and padding that are not zero
// (NON_CANONICAL), and whatever the parts' own decoders refuse.
func DecodeCommand(b []byte) (Command, error) {
	r := encoding.NewReader(b)
	c := Command{Kind: CommandKind(r.U8())}
	switch c.Kind {
	case Nothing:
	case NewOrder:
		c.Order, c.Handling = order.ReadOpening(r), order.ReadHandling(r)
		unpad(r, reservedSize)
	case Cancel:
		c.OCM, c.S = field.Read(r), field.Read(r)
	case CancelAll:
		c.OID = field.Read(r)
	case Heartbeat:
		c.OID, c.Blocks = field.Read(r), r.U32()
	default:
		r.Fail(rejection.New(rejection.UnknownKind, "command %d", c.Kind))
	}
	unpad(r, InstructionPlainSize-len(b)+r.Len())
	if err := r.Done(); err != nil {
		return Command{}, err
	}
	return c, nil
}

// Suite returns the HPKE ciphersuite of instructions: X-Wing, HKDF-SHA256,
// ChaCha20-Poly1305.
func Suite() (hpke.KEM, hpke.KDF, hpke.AEAD) {
	return hpke.MLKEM768X25519(), hpke.HKDFSHA256(), hpke.ChaCha20Poly1305()
}

// InstructionInfo returns the HPKE info of instructions on a chain.
func InstructionInfo(chainID string) []byte {
	w := encoding.NewWriter(64)
	w.Var([]byte(domain.EnclaveInfo))
	w.Var([]byte(chainID))
	return w.Bytes()
}

// CheckEpochKey refuses (NON_CANONICAL) what is not an X-Wing public key, or
// has a part of small order, to which nothing can be sealed.
func CheckEpochKey(key []byte) error {
	kem, _, _ := Suite()
	if _, err := kem.NewPublicKey(key); err != nil {
		return rejection.New(rejection.NonCanonical, "an epoch key of %d bytes", len(key))
	}
	if _, ok := keys.Exchange([32]byte{}, keys.PointU(key[EpochKeySize-32:])); !ok {
		return rejection.New(rejection.NonCanonical, "an epoch key of small order")
	}
	return nil
}

// SealInstruction seals c to an epoch's public key. The aad is action.AAD of
// the action that will carry it. Sealing draws fresh randomness inside the
// standard library. NON_CANONICAL if the key is not one.
func SealInstruction(epochKey []byte, chainID string, aad [32]byte, c Command) (sealed Instruction, err error) {
	kem, kdf, aead := Suite()
	pub, err := kem.NewPublicKey(epochKey)
	if err != nil {
		return sealed, rejection.New(rejection.NonCanonical, "an epoch key of %d bytes", len(epochKey))
	}
	encapsulation, sender, err := hpke.NewSender(pub, kdf, aead, InstructionInfo(chainID))
	if err != nil { // an X25519 part of small order
		return sealed, rejection.New(rejection.NonCanonical, "an epoch key of small order")
	}
	ct, err := sender.Seal(aad[:], c.Encode())
	if err != nil {
		panic(err) // a fresh sender of a sealing suite can always seal
	}
	copy(sealed[:], encapsulation)
	copy(sealed[EncapsulationSize:], ct)
	return sealed, nil
}
