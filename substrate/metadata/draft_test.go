package metadata

import "github.com/nightjar/nightjar/substrate/scale"

// draft is hand-made metadata that tests spoil in one place each.
type draft struct {
	Magic   uint32
	Version uint8
	Types   []draftType
	Pallets []draftPallet
	Params  []string // of the extrinsic's type
	Custom  []string // names of custom values
	Last    TypeID   // the runtime's type
	Tail    []byte
}

type draftType struct {
	ID  uint32
	Def func(*scale.Writer)
}

type draftPallet struct {
	Name     string
	Index    uint8
	Calls    TypeID
	Storage  []draftEntry
	Constant []string
}

type draftEntry struct {
	Name     string
	Modifier uint8
	Form     uint8
	Hashers  []uint8
	Key      TypeID
}

// The types of a small runtime.
const (
	tU8 TypeID = iota
	tU32
	tU128
	tBool
	tBytes   // [u8]
	tHash    // [u8; 32]
	tAccount // struct(hash)
	tPair    // (u32, account)
	tCall    // enum 0:System(tSystemCall) 1:Other
	tSystemCall
	tCompact // compact u128
	tBits
	tOption // of u32
	tUnit
	tExtrinsic
	tSelf  // struct(self)
	tBomb  // [unit; 2^32-1]
	tTwice // (twice, twice)
	tStr
	tChar
	tI16
	tU256
	tNamed // struct { n: compact u128, who: account }
	tList  // [pair]
	tCompactByte
	tCompactUnit
	tCompactStr
	tUnits        // [unit]
	tWide         // a struct of 1100 units
	tCompactNamed // compact struct of two
	tCompactList
	tBitsInNamed
	tTexts  // [str; 2]
	tBlob   // [u8; 2^32-1]
	tUneven // a struct of a struct of 400 units and of 699 units
	tSome   // a struct of 400 units
	tRow    // [unit; 1000]
	tRows   // [row; 1000]
	tDrafted
)

func drafted() *draft {
	def := func(kind Kind, rest func(*scale.Writer)) func(*scale.Writer) {
		return func(w *scale.Writer) {
			w.Count(0) // path
			w.Count(0) // parameters
			w.U8(uint8(kind))
			rest(w)
			w.Count(0) // docs
		}
	}
	ids := func(kind Kind, ids ...TypeID) func(*scale.Writer) {
		return def(kind, func(w *scale.Writer) {
			if kind == KindTuple {
				w.Count(len(ids))
			}
			for _, id := range ids {
				w.Compact(uint64(id))
			}
		})
	}
	primitive := func(p Primitive) func(*scale.Writer) {
		return def(KindPrimitive, func(w *scale.Writer) { w.U8(uint8(p)) })
	}
	array := func(n uint32, id TypeID) func(*scale.Writer) {
		return def(KindArray, func(w *scale.Writer) {
			w.U32(n)
			w.Compact(uint64(id))
		})
	}
	structure := func(fields ...Field) func(*scale.Writer) {
		return def(KindComposite, func(w *scale.Writer) { writeFields(w, fields) })
	}
	d := &draft{Magic: magic, Version: 14, Params: []string{"Address", "Call", "Signature", "Extra"}, Custom: []string{"a", "b"}}
	types := map[TypeID]func(*scale.Writer){
		tU8: primitive(PrimitiveU8), tU32: primitive(PrimitiveU32), tU128: primitive(PrimitiveU128), tBool: primitive(PrimitiveBool),
		tBytes: ids(KindSequence, tU8), tHash: array(32, tU8), tAccount: structure(Field{Type: tHash}),
		tPair:         ids(KindTuple, tU32, tAccount),
		tCall:         alternatives(Alternative{Name: "System", Fields: []Field{{Type: tSystemCall}}}, Alternative{Name: "Other", Index: 1}),
		tSystemCall:   alternatives(Alternative{Name: "remark", Index: 7, Fields: []Field{{Name: "remark", Type: tBytes, TypeName: "Vec<u8>"}}}, Alternative{Name: "nest", Index: 3, Fields: []Field{{Name: "call", Type: tCall}}}),
		tCompact:      ids(KindCompact, tU128),
		tBits:         ids(KindBits, tU8, tUnit),
		tOption:       alternatives(Alternative{Name: "None"}, Alternative{Name: "Some", Index: 1, Fields: []Field{{Type: tU32}}}),
		tUnit:         ids(KindTuple),
		tSelf:         structure(Field{Type: tSelf}),
		tBomb:         array(1<<32-1, tUnit),
		tTwice:        ids(KindTuple, tTwice, tTwice),
		tStr:          primitive(PrimitiveStr),
		tChar:         primitive(PrimitiveChar),
		tI16:          primitive(PrimitiveI16),
		tU256:         primitive(PrimitiveU256),
		tNamed:        structure(Field{Name: "n", Type: tCompact}, Field{Name: "who", Type: tAccount}),
		tList:         ids(KindSequence, tPair),
		tCompactByte:  ids(KindCompact, tU8),
		tCompactUnit:  ids(KindCompact, tUnit),
		tCompactStr:   ids(KindCompact, tStr),
		tUnits:        ids(KindSequence, tUnit),
		tCompactNamed: ids(KindCompact, tNamed),
		tCompactList:  ids(KindCompact, tList),
		tBitsInNamed:  ids(KindBits, tNamed, tUnit),
		tTexts:        array(2, tStr),
		tBlob:         array(1<<32-1, tU8),
		tSome:         structure(units(400)...),
		tUneven:       structure(append([]Field{{Type: tSome}}, units(699)...)...),
		tRow:          array(1000, tUnit),
		tRows:         array(1000, tRow),
		tWide:         structure(units(1100)...),
		tExtrinsic: func(w *scale.Writer) {
			w.Count(1)
			w.Str("extrinsic")
			w.Count(len(d.Params))
			for i, name := range d.Params {
				w.Str(name)
				w.Option(true)
				w.Compact(uint64([]TypeID{tAccount, tCall, tHash, tUnit}[i]))
			}
			w.U8(uint8(KindTuple))
			w.Count(0)
			w.Count(1)
			w.Str("a line for people")
		},
	}
	for id := TypeID(0); id < tDrafted; id++ {
		d.Types = append(d.Types, draftType{uint32(id), types[id]})
	}
	d.Pallets = []draftPallet{
		{Name: "System", Calls: tSystemCall, Constant: []string{"BlockHashCount", "SS58Prefix"}, Storage: []draftEntry{
			{Name: "Number", Modifier: 1},
			{Name: "Account", Form: 1, Hashers: []uint8{2}, Key: tAccount},
			{Name: "Pairs", Form: 1, Hashers: []uint8{5, 6}, Key: tPair},
			{Name: "Whole", Form: 1, Hashers: []uint8{1}, Key: tPair},
		}},
		{Name: "Balances", Index: 9, Calls: tCall},
	}
	return d
}

func units(n int) []Field {
	fields := make([]Field, n)
	for i := range fields {
		fields[i].Type = tUnit
	}
	return fields
}

func alternatives(of ...Alternative) func(*scale.Writer) {
	return func(w *scale.Writer) {
		w.Count(0)
		w.Count(0)
		w.U8(uint8(KindVariant))
		w.Count(len(of))
		for _, a := range of {
			w.Str(a.Name)
			writeFields(w, a.Fields)
			w.U8(a.Index)
			w.Count(1)
			w.Str("docs")
		}
		w.Count(0)
	}
}

func writeFields(w *scale.Writer, fields []Field) {
	w.Count(len(fields))
	for _, f := range fields {
		writeOptional(w, f.Name)
		w.Compact(uint64(f.Type))
		writeOptional(w, f.TypeName)
		w.Count(0)
	}
}

func writeOptional(w *scale.Writer, s string) {
	w.Option(s != "")
	if s != "" {
		w.Str(s)
	}
}

// bytes encodes the draft.
func (d *draft) bytes() []byte {
	var w scale.Writer
	w.U32(d.Magic)
	w.U8(d.Version)
	w.Count(len(d.Types))
	for _, t := range d.Types {
		w.Compact(uint64(t.ID))
		t.Def(&w)
	}
	w.Count(len(d.Pallets))
	for _, p := range d.Pallets {
		w.Str(p.Name)
		w.Option(true)
		w.Str(p.Name)
		w.Count(len(p.Storage))
		for _, e := range p.Storage {
			w.Str(e.Name)
			w.U8(e.Modifier)
			w.U8(e.Form)
			if e.Form == 1 {
				w.Vec(e.Hashers)
				w.Compact(uint64(e.Key))
			}
			w.Compact(uint64(tU32))
			w.Vec([]byte{1, 0, 0, 0})
			w.Count(0)
		}
		w.Option(true)
		w.Compact(uint64(p.Calls))
		w.Option(false) // events
		w.Count(len(p.Constant))
		for _, name := range p.Constant {
			w.Str(name)
			w.Compact(uint64(tU32))
			w.Vec([]byte{42, 0, 0, 0})
			w.Count(0)
		}
		w.Option(true) // errors, which look like the calls
		w.Compact(uint64(p.Calls))
		w.U8(p.Index)
		if d.Version == 15 {
			w.Count(0)
		}
	}
	if d.Version == 15 {
		w.U8(4)
		for _, id := range []TypeID{tAccount, tCall, tHash, tUnit} {
			w.Compact(uint64(id))
		}
	} else {
		w.Compact(uint64(tExtrinsic))
		w.U8(4)
	}
	w.Count(2)
	for _, name := range []string{"CheckNonce", "CheckGenesis"} {
		w.Str(name)
		w.Compact(uint64(tCompact))
		w.Compact(uint64(tHash))
	}
	w.Compact(uint64(d.Last))
	if d.Version == 15 {
		w.Count(1) // an interface
		w.Str("Core")
		w.Count(1)
		w.Str("version")
		w.Count(1)
		w.Str("at")
		w.Compact(uint64(tHash))
		w.Compact(uint64(tU32))
		w.Count(0)
		w.Count(0)
		for range 3 {
			w.Compact(uint64(tCall))
		}
		w.Count(len(d.Custom))
		for _, name := range d.Custom {
			w.Str(name)
			w.Compact(uint64(tU8))
			w.Vec([]byte{1})
		}
	}
	w.Fixed(d.Tail)
	return w.Bytes()
}
