package ceremony

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Version of the transcript's form.
const Version = 1

// Powers is the name of the chain of the powers of tau; a circuit's chain has
// the circuit's name.
const Powers = "powers"

// Hash is a SHA-256, an Ed25519 key or a beacon: 32 bytes in lower-case hex.
type Hash [32]byte

// String returns lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short returns enough of it to tell keys and files apart by eye.
func (h Hash) Short() string { return hex.EncodeToString(h[:8]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads exactly what MarshalText writes.
func (h *Hash) UnmarshalText(text []byte) error {
	parsed, err := ParseHash(string(text))
	*h = parsed
	return err
}

// ParseHash reads 64 lower-case hex digits (NON_CANONICAL).
func ParseHash(text string) (h Hash, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(h) || hex.EncodeToString(b) != text {
		return h, rejection.New(rejection.NonCanonical, "32 bytes are written as 64 lower-case hex digits")
	}
	return Hash(b), nil
}

// Signature is an Ed25519 signature in lower-case hex.
type Signature [ed25519.SignatureSize]byte

// MarshalText implements encoding.TextMarshaler.
func (s Signature) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText reads hex; Parse compares the whole line with its one form.
func (s *Signature) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(s)) {
		return rejection.New(rejection.NonCanonical, "a signature has 64 bytes")
	}
	_, err := hex.Decode(s[:], text)
	return err
}

// Kind says what an entry does.
type Kind string

// The kinds of entries.
const (
	Start        Kind = "start"        // names the circuits
	Contribution Kind = "contribution" // multiplies a chain's secrets by new ones
	Seal         Kind = "seal"         // ends a chain with a beacon
	Open         Kind = "open"         // begins a circuit's chain
)

// Circuit is what a ceremony makes keys for.
type Circuit struct {
	Name        string `json:"name"`
	Digest      Hash   `json:"digest"` // of the constraint system
	Constraints int    `json:"constraints"`
}

// Entry is one line of a transcript. Fields that its kind does not use are zero
// and absent from the line.
type Entry struct {
	Kind     Kind `json:"kind"`
	Previous Hash `json:"previous"` // hash of the entry before; zero in the first

	Version  uint8     `json:"version,omitzero"` // start
	Network  string    `json:"network,omitzero"` // start: what the keys are for
	Circuits []Circuit `json:"circuits,omitzero"`

	Chain       string    `json:"chain,omitzero"`       // all but start
	Contributor string    `json:"contributor,omitzero"` // contribution: a name, for people
	Key         Hash      `json:"key,omitzero"`         // contribution: Ed25519, who it is
	Base        Hash      `json:"base,omitzero"`        // SHA-256 of what the step began from
	Payload     Hash      `json:"payload,omitzero"`     // SHA-256 of the file that it adds
	Beacon      Hash      `json:"beacon,omitzero"`      // seal
	Source      string    `json:"source,omitzero"`      // seal: where anybody can look the beacon up
	Verifying   Hash      `json:"verifying,omitzero"`   // seal of a circuit: the verifying key's hash
	Proving     Hash      `json:"proving,omitzero"`     // seal of a circuit: SHA-256 of proving.key
	Signature   Signature `json:"signature,omitzero"`   // contribution
}

// line returns the one form of an entry, without the newline.
func (e Entry) line() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // of strings, numbers and arrays: it can't fail
	}
	return b
}

// parseEntry accepts exactly what line writes.
func parseEntry(line []byte) (e Entry, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, rejection.New(rejection.BadFile, "not an entry")
	}
	if _, err := d.Token(); err != io.EOF || !bytes.Equal(e.line(), line) {
		return e, rejection.New(rejection.NonCanonical, "not the one form of an entry")
	}
	return e, nil
}

// hash identifies the entry and all before it: SHA-256(context ‖ line).
func (e Entry) hash() Hash { return digest(domain.CeremonyEntry, e.line()) }

// message is what a contributor signs: the entry without the signature. By
// Previous it stands for the whole transcript so far.
func (e Entry) message() []byte {
	e.Signature = Signature{}
	h := digest(domain.CeremonySig, e.line())
	return h[:]
}

func digest(context domain.Context, b []byte) Hash {
	w := encoding.NewWriter(64 + len(b))
	w.Var([]byte(context))
	w.Fixed(b)
	return sha256.Sum256(w.Bytes())
}

// sign signs a contribution.
func (e *Entry) sign(key ed25519.PrivateKey) {
	e.Signature = Signature(ed25519.Sign(key, e.message()))
}

// wellFormed reports whether the entry has the fields of its kind and no other.
func (e Entry) wellFormed() bool {
	want := Entry{Kind: e.Kind, Previous: e.Previous, Chain: e.Chain}
	var needed []bool
	switch e.Kind {
	case Start:
		want.Chain = ""
		want.Version, want.Network, want.Circuits, want.Base = e.Version, e.Network, e.Circuits, e.Base
		needed = []bool{e.Version == Version, plain(e.Network), len(e.Circuits) > 0, e.Base != Hash{}}
	case Contribution:
		want.Contributor, want.Key, want.Base, want.Payload, want.Signature = e.Contributor, e.Key, e.Base, e.Payload, e.Signature
		needed = []bool{plain(e.Contributor), e.Key != Hash{}, e.Base != Hash{}, e.Payload != Hash{}}
	case Open:
		want.Base, want.Payload = e.Base, e.Payload
		needed = []bool{e.Base != Hash{}, e.Payload != Hash{}}
	case Seal:
		want.Base, want.Beacon, want.Source = e.Base, e.Beacon, e.Source
		needed = []bool{e.Base != Hash{}, e.Beacon != Hash{}, plain(e.Source)}
		if e.Chain == Powers {
			want.Payload = e.Payload
			needed = append(needed, e.Payload != Hash{})
		} else {
			want.Verifying, want.Proving = e.Verifying, e.Proving
			needed = append(needed, e.Verifying != Hash{}, e.Proving != Hash{})
		}
	default:
		return false
	}
	for _, ok := range needed {
		if !ok {
			return false
		}
	}
	return bytes.Equal(want.line(), e.line())
}

// plain reports whether a text is 1 to 100 printable ASCII characters that JSON
// writes as they are.
func plain(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return len(text) > 0 && len(text) <= 100
}
