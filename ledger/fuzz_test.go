package ledger

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Whatever bytes arrive, Check answers: a rejection with a code, or an
// admission after which the same bytes apply as a block. It never panics.
func FuzzCheck(f *testing.F) {
	blocks := story(f)
	for _, b := range blocks {
		for _, tx := range b.Txs {
			f.Add(tx)
		}
	}
	s, _, _ := replay(f, blocks[:13])
	head := s.Head()
	f.Fuzz(func(t *testing.T, tx []byte) {
		_, err := s.Check(tx, head.Time+1)
		var r *rejection.Rejection
		if err != nil && !errors.As(err, &r) {
			t.Fatalf("not a rejection: %v", err)
		}
		_, applied := s.Apply(Block{Height: head.Height + 1, Time: head.Time + 1, Txs: [][]byte{tx}})
		if err == nil && applied != nil {
			t.Fatalf("admitted, and then refused: %v", applied)
		}
		if s.Head() != head {
			t.Fatal("the head moved")
		}
	})
}
