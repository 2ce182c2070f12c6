package boundary

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func messages() []Message {
	return []Message{
		&Enlist{Operator: [32]byte{1}},
		&Block{Light: []byte("light"), Txs: [][]byte{[]byte("one"), bytes.Repeat([]byte{7}, 3*FrameSize)}},
		&Block{Light: []byte{}},
		&Peer{Bytes: bytes.Repeat([]byte{2}, payloadSize)},
		&Hello{ChainID: "test-1", Provider: registry.Simulated, Next: 5},
		&Status{Provider: registry.TDX, Worker: [32]byte{3}, Height: 4, Epoch: 5, Live: 6, Registered: true, Holds: true, Diverged: 7, Refused: "height 5"},
		&Submit{Tx: []byte{8}},
		&Register{Unsigned: []byte{9}},
		&Broadcast{Bytes: bytes.Repeat([]byte{1}, MaxPeer)},
		&Peer{Bytes: []byte{}},
		&Ask{Number: 1, Query: [fairness.QuerySize]byte{2}},
		&Answer{Number: 3, Sealed: [fairness.SealedSize]byte{4}},
	}
}

func TestRoundTrip(t *testing.T) {
	var pipe bytes.Buffer
	c := NewConn(&pipe)
	for _, m := range messages() {
		before := pipe.Len()
		if err := c.Send(m); err != nil {
			t.Fatal(err)
		}
		if n := pipe.Len() - before; n%FrameSize != 0 {
			t.Errorf("%T took %d bytes, which are not whole frames", m, n)
		}
	}
	for _, want := range messages() {
		got, err := c.Receive()
		if err != nil {
			t.Fatalf("%T: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := c.Receive(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// TestFramesAreCanonical: every other spelling of a message is refused.
func TestFramesAreCanonical(t *testing.T) {
	var pipe bytes.Buffer
	if err := NewConn(&pipe).Send(&Peer{Bytes: bytes.Repeat([]byte{1}, payloadSize+9)}); err != nil {
		t.Fatal(err)
	}
	valid := pipe.Bytes()
	for name, c := range map[string]struct {
		code rejection.Code
		edit func(b []byte)
	}{
		"length":              {rejection.NonCanonical, func(b []byte) { binary.BigEndian.PutUint32(b, FrameSize) }},
		"more is 2":           {rejection.NonCanonical, func(b []byte) { b[5] = 2 }},
		"first not full":      {rejection.NonCanonical, func(b []byte) { binary.BigEndian.PutUint16(b[6:], payloadSize-1) }},
		"used past the frame": {rejection.NonCanonical, func(b []byte) { binary.BigEndian.PutUint16(b[6:], 0xffff) }},
		"padding":             {rejection.NonCanonical, func(b []byte) { b[2*FrameSize-1] = 1 }},
		"kind changes":        {rejection.NonCanonical, func(b []byte) { b[FrameSize+4]++ }},
		"empty last":          {rejection.NonCanonical, func(b []byte) { clear(b[FrameSize+6:]) }},
		"unknown kind":        {rejection.UnknownKind, func(b []byte) { b[4], b[FrameSize+4] = 99, 99 }},
	} {
		b := bytes.Clone(valid)
		c.edit(b)
		if _, err := NewConn(bytes.NewBuffer(b)).Receive(); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewConn(bytes.NewBuffer(valid[:FrameSize+5])).Receive(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
}

func TestOversized(t *testing.T) {
	if err := NewConn(new(bytes.Buffer)).Send(&Block{Light: make([]byte, MaxMessage)}); !errors.Is(err, rejection.Oversized) {
		t.Errorf("send: %v", err)
	}
	var pipe bytes.Buffer
	if err := NewConn(&pipe).Send(&Peer{Bytes: make([]byte, MaxPeer+1)}); err != nil {
		t.Fatal(err)
	}
	if _, err := NewConn(&pipe).Receive(); !errors.Is(err, rejection.Oversized) {
		t.Errorf("receive: %v", err)
	}
}

// FuzzReceive: whatever arrives is refused, or is the one encoding of what it
// says.
func FuzzReceive(f *testing.F) {
	for _, m := range messages() {
		var pipe bytes.Buffer
		if err := NewConn(&pipe).Send(m); err != nil {
			f.Fatal(err)
		}
		f.Add(pipe.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.NewBuffer(b)
		m, err := NewConn(in).Receive()
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := NewConn(&out).Send(m); err != nil {
			t.Fatal(err)
		}
		if used := b[:len(b)-in.Len()]; !bytes.Equal(used, out.Bytes()) {
			t.Fatal("two encodings of one message")
		}
	})
}
