package event

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
)

// Phase is when in its block an event happened.
type Phase uint8

// The phases, with their numbers on the wire.
const (
	ApplyExtrinsic Phase = iota // while the block's extrinsic of that index was applied
	Finalization
	Initialization
)

// Record is one event.
type Record struct {
	Index     uint32 // its place in the block's list
	Phase     Phase
	Extrinsic uint32 // if Phase is ApplyExtrinsic
	Pallet    string
	Name      string
	Fields    metadata.Composite
	Topics    [][32]byte
}

// Decode reads a block's events, the value of System.Events.
func Decode(m *metadata.Metadata, b []byte) ([]Record, error) {
	entry, err := m.Storage("System", "Events")
	if err != nil {
		return nil, err
	}
	v, err := m.Registry.Read(entry.Value, b)
	if err != nil {
		return nil, err
	}
	list, ok := v.(metadata.List)
	if !ok {
		return nil, unexpected("System.Events")
	}
	records := make([]Record, 0, len(list))
	for i, v := range list {
		r, err := record(v)
		if err != nil {
			return nil, err
		}
		r.Index = uint32(i)
		records = append(records, r)
	}
	return records, nil
}

// record takes an EventRecord{phase, event, topics} apart.
func record(v metadata.Value) (r Record, err error) {
	c, _ := v.(metadata.Composite)
	phase, ok := c.Get("phase").(metadata.Variant)
	if !ok {
		return r, unexpected("an event's phase")
	}
	switch phase.Name {
	case "ApplyExtrinsic":
		if len(phase.Fields) != 1 {
			return r, unexpected("an event's phase")
		}
		n, ok := metadata.AsUint64(phase.Fields[0].Value)
		if !ok || n >= 1<<32 {
			return r, unexpected("an event's extrinsic")
		}
		r.Phase, r.Extrinsic = ApplyExtrinsic, uint32(n)
	case "Finalization":
		r.Phase = Finalization
	case "Initialization":
		r.Phase = Initialization
	default:
		return r, unexpected("an event's phase")
	}
	pallet, ok := c.Get("event").(metadata.Variant)
	if !ok || len(pallet.Fields) != 1 {
		return r, unexpected("an event's pallet")
	}
	inner, ok := pallet.Fields[0].Value.(metadata.Variant)
	if !ok {
		return r, unexpected("an event")
	}
	r.Pallet, r.Name, r.Fields = pallet.Name, inner.Name, inner.Fields
	topics, ok := c.Get("topics").(metadata.List)
	if !ok {
		return r, unexpected("an event's topics")
	}
	for _, t := range topics {
		h, ok := metadata.AsHash(t)
		if !ok {
			return r, unexpected("an event's topic")
		}
		r.Topics = append(r.Topics, h)
	}
	return r, nil
}

// Is reports whether r is the event of a name.
func (r *Record) Is(pallet, name string) bool { return r.Pallet == pallet && r.Name == name }

// Account returns a field that is an account or a hash.
func (r *Record) Account(field string) ([32]byte, error) {
	h, ok := metadata.AsHash(r.Fields.Get(field))
	if !ok {
		return h, r.unexpected(field)
	}
	return h, nil
}

// Amount returns a field that is an amount.
func (r *Record) Amount(field string) (amount.Wide, error) {
	w, ok := metadata.AsWide(r.Fields.Get(field))
	if !ok {
		return w, r.unexpected(field)
	}
	return w, nil
}

// Encoded returns a field as it stands on the wire: an asset's location, which
// is compared as bytes.
func (r *Record) Encoded(m *metadata.Metadata, field string) ([]byte, error) {
	item, err := m.Event(r.Pallet, r.Name)
	if err != nil {
		return nil, err
	}
	for _, f := range item.Fields {
		if f.Name == field && r.Fields.Get(field) != nil {
			return m.Registry.Encode(f.Type, r.Fields.Get(field))
		}
	}
	return nil, r.unexpected(field)
}

// Succeeded reports whether a field that is a Result is Ok.
func (r *Record) Succeeded(field string) (bool, error) {
	v, _ := r.Fields.Get(field).(metadata.Variant)
	switch v.Name {
	case "Ok":
		return true, nil
	case "Err":
		return false, nil
	}
	return false, r.unexpected(field)
}

// Failure names the error that a DispatchError is, or a Result's: "Pallet.Error"
// or the alternative's own name. It is for people.
func Failure(m *metadata.Metadata, v metadata.Value) string {
	e, _ := v.(metadata.Variant)
	if e.Name == "Err" && len(e.Fields) == 1 {
		e, _ = e.Fields[0].Value.(metadata.Variant)
	}
	if e.Name != "Module" {
		return e.Name
	}
	module := e.Fields // {index, error} before ModuleError, which is one field
	if len(module) == 1 {
		module, _ = module[0].Value.(metadata.Composite)
	}
	pallet, ok := metadata.AsUint64(module.Get("index"))
	var index byte
	switch err := module.Get("error").(type) {
	case metadata.Bytes: // [u8; 4] since ModuleError; the first is the error's
		ok = ok && len(err) > 0
		if ok {
			index = err[0]
		}
	case metadata.Uint:
		index = byte(err[0])
	default:
		ok = false
	}
	if !ok || pallet > 255 {
		return e.Name
	}
	palletName, name, err := m.ErrorName(uint8(pallet), index)
	if err != nil {
		return e.Name
	}
	return palletName + "." + name
}

func (r *Record) unexpected(field string) error {
	return unexpected(r.Pallet + "." + r.Name + "'s " + field)
}

func unexpected(what string) error {
	return rejection.New(rejection.UnexpectedType, "%s", what)
}
