package metadata

import "github.com/nightjar/nightjar/protocol/rejection"

// index demands that what was decoded is consistent, and makes its maps.
func (m *Metadata) index() error {
	for i := range m.Registry.types {
		if err := m.Registry.types[i].check(); err != nil {
			return err
		}
	}
	m.byName, m.byIndex = map[string]int{}, map[uint8]int{}
	for i := range m.Pallets {
		p := &m.Pallets[i]
		if _, ok := m.byName[p.Name]; ok {
			return rejection.New(rejection.BadMetadata, "two pallets %q", p.Name)
		}
		if _, ok := m.byIndex[p.Index]; ok {
			return rejection.New(rejection.BadMetadata, "two pallets %d", p.Index)
		}
		m.byName[p.Name], m.byIndex[p.Index] = i, i
		if err := p.check(&m.Registry); err != nil {
			return err
		}
	}
	return nil
}

// check demands that an enum's alternatives differ.
func (t *Type) check() error {
	var index [256]bool
	names := make(map[string]bool, len(t.Variants))
	for _, v := range t.Variants {
		if index[v.Index] || names[v.Name] {
			return rejection.New(rejection.BadMetadata, "two alternatives %d or %q", v.Index, v.Name)
		}
		index[v.Index], names[v.Name] = true, true
	}
	return nil
}

// check demands of a pallet that its calls, events and errors are enums and
// that its names differ, and takes the keys of its maps apart.
func (p *Pallet) check(g *Registry) error {
	for _, id := range []*TypeID{p.Calls, p.Events, p.Errors} {
		if id != nil && g.Type(*id).Kind != KindVariant {
			return rejection.New(rejection.BadMetadata, "pallet %s has calls, events or errors that are no enum", p.Name)
		}
	}
	stored := map[string]bool{}
	for i := range p.Storage {
		e := &p.Storage[i]
		if stored[e.Name] {
			return rejection.New(rejection.BadMetadata, "pallet %s keeps two %q", p.Name, e.Name)
		}
		stored[e.Name] = true
		if len(e.Keys) == 0 || len(e.Hashers) == 1 {
			continue
		}
		key := g.Type(e.Keys[0])
		if key.Kind != KindTuple || len(key.Elems) != len(e.Hashers) || len(e.Hashers) == 0 {
			return rejection.New(rejection.BadMetadata, "%s.%s has %d hashers, and not as many keys", p.Name, e.Name, len(e.Hashers))
		}
		e.Keys = key.Elems
	}
	constants := map[string]bool{}
	for _, c := range p.Constants {
		if constants[c.Name] {
			return rejection.New(rejection.BadMetadata, "pallet %s has two constants %q", p.Name, c.Name)
		}
		constants[c.Name] = true
	}
	return nil
}
