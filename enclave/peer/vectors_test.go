package peer

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
)

// peerVectors is spec/vectors/peer.json. Content is a message up to its
// padding; the signature is over the padded message.
type peerVectors struct {
	Chain    string       `json:"chain"`
	Key      vector.Hex   `json:"key"`
	Messages []peerVector `json:"messages"`
}

type peerVector struct {
	Name      string     `json:"name"`
	Size      int        `json:"size"`
	Content   vector.Hex `json:"content"`
	Signature vector.Hex `json:"signature"`
}

func TestVectors(t *testing.T) {
	v := peerVectors{Chain: chainID, Key: public[:]}
	for _, s := range samples() {
		b := Encode(chainID, from, s.body, sign)
		used := headerSize + (int(b[headerSize-2])<<8 | int(b[headerSize-1]))
		v.Messages = append(v.Messages, peerVector{s.name, len(b), b[:used], b[len(b)-signatureSize:]})
	}
	for _, m := range vector.Check(t, "peer", v).Messages {
		b := make([]byte, m.Size)
		copy(b, m.Content)
		copy(b[m.Size-signatureSize:], m.Signature)
		e, err := Decode(b)
		if err != nil || !e.Verify(chainID, public) || !bytes.Equal(Encode(chainID, e.From, e.Body, sign), b) {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}
