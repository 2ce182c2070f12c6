package venue

// until is the time at which an order leaves.
type until struct {
	time   uint64 // ns
	order  uint32
	serial uint32
}

// untils is a heap, the earliest first; of one time, the lowest place.
type untils struct {
	heap []until
	out  []until
}

func (u until) before(v until) bool {
	return u.time < v.time || u.time == v.time && u.order < v.order
}

func (h *untils) push(u until) {
	h.heap = append(h.heap, u)
	for i := len(h.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.heap[i].before(h.heap[up]) {
			break
		}
		h.heap[i], h.heap[up] = h.heap[up], h.heap[i]
		i = up
	}
}

// elapsed takes out all whose time has come; the list is good until the next
// call.
func (h *untils) elapsed(now uint64) []until {
	h.out = h.out[:0]
	for len(h.heap) > 0 && h.heap[0].time <= now {
		h.out = append(h.out, h.heap[0])
		last := len(h.heap) - 1
		h.heap[0] = h.heap[last]
		h.heap = h.heap[:last]
		for i := 0; ; {
			least := i
			for _, c := range [2]int{2*i + 1, 2*i + 2} {
				if c < last && h.heap[c].before(h.heap[least]) {
					least = c
				}
			}
			if least == i {
				break
			}
			h.heap[i], h.heap[least] = h.heap[least], h.heap[i]
			i = least
		}
	}
	return h.out
}
