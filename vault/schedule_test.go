package vault

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// placeAll places all of a list.
func placeAll(l Limit, opened, amounts []uint64) (at []uint64) {
	var s schedule
	for i := range opened {
		height := s.place(l, opened[i], amounts[i])
		s.add(l, height, amounts[i])
		at = append(at, height)
	}
	return at
}

// naive is the formula, word for word, with every earlier claim at hand.
func naive(l Limit, opened, amounts []uint64) (at []uint64) {
	for i := range opened {
		t := opened[i]
		if i > 0 {
			t = max(t, at[i-1])
		}
		for ; t < opened[i]+l.MaxDelay; t++ {
			sum := amounts[i]
			for j := range i {
				if at[j]+l.Window > t {
					sum += amounts[j]
				}
			}
			if sum <= l.Rate {
				break
			}
		}
		at = append(at, min(t, opened[i]+l.MaxDelay))
	}
	return at
}

func TestSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limit{
			Rate: rapid.Uint64Range(0, 50).Draw(t, "rate"), Window: rapid.Uint64Range(1, 12).Draw(t, "window"),
			MaxDelay: rapid.Uint64Range(1, 40).Draw(t, "delay"),
		}
		opened := rapid.SliceOfN(rapid.Uint64Range(1, 60), 1, 25).Draw(t, "opened")
		slices.Sort(opened)
		amounts := rapid.SliceOfN(rapid.Uint64Range(1, 60), len(opened), len(opened)).Draw(t, "amounts")
		at := placeAll(l, opened, amounts)
		if want := naive(l, opened, amounts); !slices.Equal(at, want) {
			t.Fatalf("%v, and by the formula %v", at, want)
		}
		if !slices.IsSorted(at) {
			t.Fatalf("a claim overtakes another: %v", at)
		}
		for i, height := range at {
			if height < opened[i] || height > opened[i]+l.MaxDelay {
				t.Fatalf("claim %d of height %d at %d", i, opened[i], height)
			}
			if height == opened[i]+l.MaxDelay {
				continue // has waited long enough
			}
			sum := uint64(0)
			for j := range i + 1 {
				if at[j]+l.Window > height {
					sum += amounts[j]
				}
			}
			if sum > l.Rate {
				t.Fatalf("%d in the window that ends at %d, above %d", sum, height, l.Rate)
			}
		}
	})
}

func TestScheduleAtTheEnds(t *testing.T) {
	const last = ^uint64(0)
	l := Limit{Rate: last, Window: last, MaxDelay: last}
	if at := placeAll(l, []uint64{1, 2, 3}, []uint64{last, 1, 1}); !slices.Equal(at, []uint64{1, last, last}) {
		t.Errorf("%v", at)
	}
	if at := placeAll(Limit{Window: 1, MaxDelay: 5}, []uint64{7}, []uint64{1}); at[0] != 12 {
		t.Errorf("a rate of 0 pays at %d", at[0])
	}
}
