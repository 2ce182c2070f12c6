package boundary

import (
	"encoding/binary"
	"io"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Sizes in bytes. A frame is
//
//	u32 FrameSize − 4 ‖ u8 kind ‖ u8 more ‖ u16 used ‖ used bytes ‖ zeros
//
// and a message is its frames' used bytes, all frames but the last being full
// and saying more = 1.
const (
	FrameSize   = 16 << 10
	headerSize  = 8
	payloadSize = FrameSize - headerSize
	MaxMessage  = 32 << 20 // of a message
)

// writeFrames writes a message.
func writeFrames(w io.Writer, kind Kind, body []byte) error {
	if len(body) > MaxMessage {
		return rejection.New(rejection.Oversized, "a message of %d bytes", len(body))
	}
	// One buffer of whole frames, so that a message goes out in few writes.
	n := max(1, (len(body)+payloadSize-1)/payloadSize)
	buffer := make([]byte, n*FrameSize)
	for i := range n {
		frame := buffer[i*FrameSize:][:FrameSize]
		used := copy(frame[headerSize:], body)
		body = body[used:]
		binary.BigEndian.PutUint32(frame, FrameSize-4)
		frame[4] = byte(kind)
		if i < n-1 {
			frame[5] = 1
		}
		binary.BigEndian.PutUint16(frame[6:], uint16(used))
	}
	_, err := w.Write(buffer)
	return err
}

// readFrames reads a message. It refuses (NON_CANONICAL, OVERSIZED) what
// writeFrames does not write.
func readFrames(r io.Reader) (kind Kind, body []byte, err error) {
	var frame [FrameSize]byte
	for {
		if _, err := io.ReadFull(r, frame[:]); err != nil {
			return 0, nil, err
		}
		k, more, used := Kind(frame[4]), frame[5], int(binary.BigEndian.Uint16(frame[6:]))
		first := body == nil
		switch {
		case binary.BigEndian.Uint32(frame[:]) != FrameSize-4, more > 1, used > payloadSize,
			more == 1 && used != payloadSize, !first && (k != kind || used == 0), !zero(frame[headerSize+used:]):
			return 0, nil, rejection.New(rejection.NonCanonical, "a frame")
		case len(body)+used > MaxMessage:
			return 0, nil, rejection.New(rejection.Oversized, "a message of more than %d bytes", MaxMessage)
		}
		if first {
			kind, body = k, make([]byte, 0, used)
		}
		body = append(body, frame[headerSize:headerSize+used]...)
		if more == 0 {
			return kind, body, nil
		}
	}
}

func zero(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
