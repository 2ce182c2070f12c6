package vigil

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestComposed: a question is about an order that the heartbeat can have, and
// about nobody otherwise; an answer is judged as a vigil's, and what no honest
// worker says is refused.
func TestComposed(t *testing.T) {
	_, c, orders, _ := watching(t, 1, 2, 1)
	c.beat(orders...)
	height := c.beat(orders...)
	h, _ := c.Heartbeat(height)
	random := rand.NewChaCha8([32]byte{2})
	sealed := func(q *Question, a *fairness.Answer) []byte {
		if a == nil {
			a = c.held[height].Answer(&q.Query)
		}
		b, err := q.Query.Seal("test", a)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	life := c.lives[orders[0].Claim.Secret().Nullifier]
	life.Since = height + 1 // too young
	c.lives[orders[0].Claim.Secret().Nullifier] = life
	q := Compose(c, h, orders, random)
	if q.Order == nil || q.Order.Name != "b" || q.Query.Heartbeat != height {
		t.Fatalf("%+v", q.Order)
	}
	v, err := q.Judge(c, sealed(&q, nil))
	if err != nil || !v.Shown || !v.Taken || v.Called || len(v.Findings) != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	nobodys := Compose(c, h, nil, random)
	if nobodys.Order != nil || nobodys.Query.Intake == q.Query.Intake || len(nobodys.Query.Bytes()) != len(q.Query.Bytes()) {
		t.Errorf("%+v", nobodys)
	}
	if v, err := nobodys.Judge(c, sealed(&nobodys, nil)); err != nil || !v.Shown || v.Taken {
		t.Errorf("%+v, %v", v, err)
	}

	// A worker that was handed the book has nothing to show; no other excuse holds.
	if v, err := q.Judge(c, sealed(&q, &fairness.Answer{Status: fairness.Unknown})); err != nil || v.Shown {
		t.Errorf("%+v, %v", v, err)
	}
	forged := *c.held[height].Answer(&q.Query)
	forged.Taken.Arrival++
	for name, b := range map[string][]byte{
		"denied":           sealed(&q, &fairness.Answer{Status: fairness.Denied}),
		"garbage":          make([]byte, fairness.SealedSize),
		"to somebody else": sealed(&nobodys, nil),
		"forged":           sealed(&q, &forged),
	} {
		if _, err := q.Judge(c, b); !errors.Is(err, rejection.BadTranscript) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
