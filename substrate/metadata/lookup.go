package metadata

import "github.com/nightjar/nightjar/protocol/rejection"

// Registry holds the types of a runtime.
type Registry struct{ types []Type }

// Len returns the number of types.
func (g *Registry) Len() int { return len(g.types) }

// Type returns a type; it must not be changed. An id that Decode gave is in the
// registry; of any other the answer is an empty tuple.
func (g *Registry) Type(id TypeID) *Type {
	if uint64(id) >= uint64(len(g.types)) {
		return &Type{Kind: KindTuple}
	}
	return &g.types[id]
}

// alternative returns the one of an index, or nil.
func (t *Type) alternative(index uint8) *Alternative {
	if int(index) < len(t.Variants) && t.Variants[index].Index == index { // as most enums are numbered
		return &t.Variants[index]
	}
	for i := range t.Variants {
		if t.Variants[i].Index == index {
			return &t.Variants[i]
		}
	}
	return nil
}

// Item is a call, an event or an error: its two first bytes and what follows.
type Item struct {
	Pallet uint8
	Index  uint8
	Fields []Field
}

// Pallet returns a pallet by its name.
func (m *Metadata) Pallet(name string) (*Pallet, error) {
	if i, ok := m.byName[name]; ok {
		return &m.Pallets[i], nil
	}
	return nil, rejection.New(rejection.UnknownItem, "the runtime has no pallet %q", name)
}

// PalletAt returns a pallet by its index.
func (m *Metadata) PalletAt(index uint8) (*Pallet, error) {
	if i, ok := m.byIndex[index]; ok {
		return &m.Pallets[i], nil
	}
	return nil, rejection.New(rejection.UnknownItem, "the runtime has no pallet %d", index)
}

// Call returns a call by the names of its pallet and its own.
func (m *Metadata) Call(pallet, name string) (Item, error) {
	return m.item(pallet, name, "call", func(p *Pallet) *TypeID { return p.Calls })
}

// Event returns an event by the names of its pallet and its own.
func (m *Metadata) Event(pallet, name string) (Item, error) {
	return m.item(pallet, name, "event", func(p *Pallet) *TypeID { return p.Events })
}

func (m *Metadata) item(pallet, name, what string, of func(*Pallet) *TypeID) (Item, error) {
	p, err := m.Pallet(pallet)
	if err != nil {
		return Item{}, err
	}
	if id := of(p); id != nil {
		t := m.Registry.Type(*id)
		for _, v := range t.Variants {
			if v.Name == name {
				return Item{Pallet: p.Index, Index: v.Index, Fields: v.Fields}, nil
			}
		}
	}
	return Item{}, rejection.New(rejection.UnknownItem, "pallet %s has no %s %q", pallet, what, name)
}

// Storage returns what a pallet keeps under a name.
func (m *Metadata) Storage(pallet, name string) (StorageEntry, error) {
	p, err := m.Pallet(pallet)
	if err != nil {
		return StorageEntry{}, err
	}
	for _, e := range p.Storage {
		if e.Name == name {
			return e, nil
		}
	}
	return StorageEntry{}, rejection.New(rejection.UnknownItem, "pallet %s keeps no %q", pallet, name)
}

// Constant returns the value of a constant.
func (m *Metadata) Constant(pallet, name string) (Value, error) {
	p, err := m.Pallet(pallet)
	if err != nil {
		return nil, err
	}
	for _, c := range p.Constants {
		if c.Name == name {
			return m.Registry.Read(c.Type, c.Value)
		}
	}
	return nil, rejection.New(rejection.UnknownItem, "pallet %s has no constant %q", pallet, name)
}

// ErrorName returns the names of the pallet and of the error that a
// DispatchError::Module holds.
func (m *Metadata) ErrorName(pallet, index uint8) (palletName, name string, err error) {
	p, err := m.PalletAt(pallet)
	if err != nil {
		return "", "", err
	}
	if p.Errors != nil {
		if v := m.Registry.Type(*p.Errors).alternative(index); v != nil {
			return p.Name, v.Name, nil
		}
	}
	return "", "", rejection.New(rejection.UnknownItem, "pallet %s has no error %d", p.Name, index)
}
