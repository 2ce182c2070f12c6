package gateway

import (
	"crypto/sha256"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/vault"
)

// The journal holds the vault's records and some of the shell's own, which begin
// with bytes that no record of the vault begins with (spec/21, "Journal").
const (
	startKind  = 0x80
	placeKind  = 0x81
	anchorKind = 0x82
	alarmKind  = 0x83
)

// identity binds a journal to one key on one network and one external chain:
//
//	SHA-256(Var(context) ‖ Var(chain id) ‖ chain ‖ key)
func identity(chainID string, chain uint32, key quorum.Key) [32]byte {
	w := encoding.NewWriter(128)
	w.Var([]byte(domain.GatewayJournal))
	w.Var([]byte(chainID))
	w.U32(chain)
	w.Fixed(key[:])
	return sha256.Sum256(w.Bytes())
}

// encodeStart writes the journal's first record.
func encodeStart(s vault.Start) []byte {
	w := encoding.NewWriter(64)
	w.U8(startKind)
	w.U64(s.Hub)
	w.U64(s.Block.Number)
	w.Fixed(s.Block.Hash[:])
	return w.Bytes()
}

func decodeStart(b []byte) (s vault.Start, err error) {
	r := encoding.NewReader(b)
	if kind := r.U8(); r.Err() == nil && kind != startKind {
		return s, rejection.New(rejection.UnknownKind, "record %d where the start is expected", kind)
	}
	s.Hub = r.U64()
	s.Block.Number = r.U64()
	r.Fixed(s.Block.Hash[:])
	return s, r.Done()
}

// encodePlace writes how far Nightjar was followed. ok is false if more is under
// way than a record holds; an older place is as good.
func encodePlace(p place) (b []byte, ok bool) {
	w := encoding.NewWriter(512)
	w.U8(placeKind)
	w.U64(p.Height)
	w.U64(p.First)
	state.AllSigners.Write(w, p.Signers)
	if len(p.Pending) > maxUnderWay || len(p.Opening) > maxUnderWay {
		return nil, false
	}
	w.U16(uint16(len(p.Pending)))
	for _, r := range p.Pending {
		w.U64(r.Height)
		state.AllSigners.Write(w, r.Signers)
	}
	w.U16(uint16(len(p.Opening)))
	for _, o := range p.Opening {
		w.U64(o.Height)
		w.Fixed(o.Claim[:])
	}
	b = w.Bytes()
	return b, len(b) <= maxPlace
}

// Bounds of a place's record.
const (
	maxUnderWay = 1024
	maxPlace    = 60_000 // bytes; a journal's record is at most 65,535
)

func decodePlace(b []byte) (p place, err error) {
	r := encoding.NewReader(b)
	if kind := r.U8(); r.Err() == nil && kind != placeKind {
		return p, rejection.New(rejection.UnknownKind, "record %d where a place is expected", kind)
	}
	p.Height, p.First = r.U64(), r.U64()
	p.Signers = state.AllSigners.Read(r)
	for range r.Count(maxUnderWay) {
		p.Pending = append(p.Pending, vault.Rotation{Height: r.U64(), Signers: state.AllSigners.Read(r)})
	}
	for range r.Count(maxUnderWay) {
		o := opening{Height: r.U64()}
		r.Fixed(o.Claim[:])
		p.Opening = append(p.Opening, o)
	}
	if err := r.Done(); err != nil {
		return place{}, err
	}
	return p, nil
}

// encodeAnchor writes an anchor that was found on the external chain.
func encodeAnchor(a Anchor) []byte {
	w := encoding.NewWriter(192)
	w.U8(anchorKind)
	w.U32(a.Reference.Chain)
	w.Fixed(a.Reference.Hash[:])
	w.U32(a.Reference.Index)
	w.Fixed(a.By[:])
	w.U64(a.Height)
	w.Fixed(a.App[:])
	w.Fixed(a.Validators[:])
	return w.Bytes()
}

func decodeAnchor(b []byte) (a Anchor, err error) {
	r := encoding.NewReader(b)
	if kind := r.U8(); r.Err() == nil && kind != anchorKind {
		return a, rejection.New(rejection.UnknownKind, "record %d where an anchor is expected", kind)
	}
	a.Reference.Chain = r.U32()
	r.Fixed(a.Reference.Hash[:])
	a.Reference.Index = r.U32()
	r.Fixed(a.By[:])
	a.Height = r.U64()
	r.Fixed(a.App[:])
	r.Fixed(a.Validators[:])
	return a, r.Done()
}

// encodeAlarm writes an alarm of the vault that stays until an operator has
// seen to it, or, seen, that one did.
func encodeAlarm(a vault.Alarm, seen bool) []byte {
	w := encoding.NewWriter(96)
	w.U8(alarmKind)
	w.Bool(seen)
	w.U8(uint8(a.Reason))
	w.Fixed(a.Ref[:])
	w.Fixed(a.Key[:])
	return w.Bytes()
}

func decodeAlarm(b []byte) (a vault.Alarm, seen bool, err error) {
	r := encoding.NewReader(b)
	if kind := r.U8(); r.Err() == nil && kind != alarmKind {
		return a, false, rejection.New(rejection.UnknownKind, "record %d where an alarm is expected", kind)
	}
	seen = r.Bool()
	a.Reason = vault.AlarmReason(r.U8())
	r.Fixed(a.Ref[:])
	r.Fixed(a.Key[:])
	return a, seen, r.Done()
}

// memory is what a journal says.
type memory struct {
	start   vault.Start
	place   place
	records []vault.Record
	anchors []Anchor      // the newest ones, ascending by place on the chain
	alarms  []vault.Alarm // that no operator has seen to, in their order
}

// own takes in one of the shell's records; ok is false for another's.
func (m *memory) own(b []byte) (ok bool, err error) {
	if len(b) == 0 {
		return false, nil
	}
	switch b[0] {
	case placeKind:
		m.place, err = decodePlace(b)
	case anchorKind:
		var a Anchor
		if a, err = decodeAnchor(b); err == nil {
			m.anchors = keepAnchor(m.anchors, a)
		}
	case alarmKind:
		var a vault.Alarm
		var seen bool
		if a, seen, err = decodeAlarm(b); err == nil {
			m.alarms = slices.DeleteFunc(m.alarms, func(other vault.Alarm) bool { return other == a })
			if !seen {
				m.alarms = append(m.alarms, a)
			}
		}
	default:
		return false, nil
	}
	return true, err
}

// keptAnchors bounds the anchors that a gateway remembers.
const keptAnchors = 128

// keepAnchor appends an anchor, drops the oldest, and ignores one that is known:
// a block that is read again after a crash.
func keepAnchor(list []Anchor, a Anchor) []Anchor {
	if slices.Contains(list, a) {
		return list
	}
	if list = append(list, a); len(list) > keptAnchors {
		list = list[len(list)-keptAnchors:]
	}
	return list
}

// remember reads a journal's batches; ok is false if there are none. It refuses
// (BAD_JOURNAL) what this package does not write.
func remember(batches [][][]byte) (m memory, ok bool, err error) {
	if len(batches) == 0 {
		return m, false, nil
	}
	bad := func(err error) error { return rejection.New(rejection.BadJournal, "%v", err) }
	first := batches[0]
	if len(first) != 2 {
		return m, false, rejection.New(rejection.BadJournal, "it begins with %d records", len(first))
	}
	if m.start, err = decodeStart(first[0]); err != nil {
		return m, false, bad(err)
	}
	if m.place, err = decodePlace(first[1]); err != nil {
		return m, false, bad(err)
	}
	for _, batch := range batches[1:] {
		for _, b := range batch {
			mine, err := m.own(b)
			if err != nil {
				return m, false, bad(err)
			}
			if mine {
				continue
			}
			r, err := vault.Decode(b)
			if err != nil {
				return m, false, bad(err)
			}
			m.records = append(m.records, r)
		}
	}
	return m, true, nil
}
