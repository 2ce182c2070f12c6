package peer

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// peerVectors is spec/vectors/peer.json. Content is a message up to its
// padding; the signature is over the padded message.
type peerVectors struct {
	Chain    string            `json:"chain"`
	Key      vector.Hex        `json:"key"`
	Messages []peerVector      `json:"messages"`
	Refused  []vector.Mutation `json:"refused"`
	Forged   []vector.Mutation `json:"forged"` // they decode; the signature is not valid
}

type peerVector struct {
	Name      string     `json:"name"`
	Kind      Kind       `json:"kind"`
	Size      int        `json:"size"`
	Content   vector.Hex `json:"content"`
	Signature vector.Hex `json:"signature"`
}

// bytes returns the whole message.
func (v peerVector) bytes() []byte {
	b := make([]byte, v.Size)
	copy(b, v.Content)
	copy(b[v.Size-signatureSize:], v.Signature)
	return b
}

func TestVectors(t *testing.T) {
	v := vector.Read[peerVectors](t, "peer")
	key := quorum.Key(v.Key)
	whole := map[string][]byte{}
	for _, m := range v.Messages {
		b := m.bytes()
		whole[m.Name] = b
		e, err := Decode(b)
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		again := func([]byte) [signatureSize]byte { return [signatureSize]byte(m.Signature) }
		if e.From != settlement.NewWorkerID(key) || e.Body.Kind() != m.Kind || !bytes.Equal(Encode(v.Chain, e.From, e.Body, again), b) {
			t.Errorf("%s: decoded as %+v", m.Name, e)
		}
		if !e.Verify(v.Chain, key) {
			t.Errorf("%s: the signature", m.Name)
		}
	}
	for _, m := range v.Refused {
		_, err := Decode(m.Apply(whole[m.Of]))
		vector.Refused(t, m.Of+": "+m.Name, err, m.Code)
	}
	for _, m := range v.Forged {
		e, err := Decode(m.Apply(whole[m.Of]))
		if err != nil || e.Verify(v.Chain, key) {
			t.Errorf("%s: %s: %v", m.Of, m.Name, err)
		}
	}
}
