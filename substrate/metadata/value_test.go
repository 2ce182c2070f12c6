package metadata

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	ones    = bytes.Repeat([]byte{0x11}, 32)
	onesHex = strings.Repeat("11", 32)
)

// Each kind of type, and how it reads.
func TestValues(t *testing.T) {
	g := &decoded(t, drafted().bytes()).Registry
	pair := List{Uint{5}, Bytes(ones)}
	for _, c := range []struct {
		id   TypeID
		hex  string
		want Value
	}{
		{tU8, "ff", Uint{255}},
		{tU32, "01020304", Uint{0x04030201}},
		{tU128, "0100000000000000 0200000000000000", Uint{1, 2}},
		{tU256, onesHex, Uint{0x1111111111111111, 0x1111111111111111, 0x1111111111111111, 0x1111111111111111}},
		{tI16, "feff", Int{1<<64 - 2, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}},
		{tI16, "ff7f", Int{0x7fff}},
		{tBool, "01", Bool(true)},
		{tStr, "0c4b534d", Text("KSM")},
		{tChar, "ac200000", Text("€")},
		{tBytes, "08abcd", Bytes{0xab, 0xcd}},
		{tBytes, "00", Bytes{}},
		{tAccount, onesHex, Bytes(ones)},
		{tPair, "05000000" + onesHex, pair},
		{tList, "04 05000000" + onesHex, List{pair}},
		{tUnit, "", List{}},
		{tUnits, "0c", List{List{}, List{}, List{}}},
		{tCompact, "0b00407a10f35a", Uint{100000000000000}},
		{tCompactByte, "fd03", Uint{255}},
		{tCompactUnit, "", List{}},
		{tBits, "00", BitString{0, []byte{}}},
		{tBits, "24 ff01", BitString{9, []byte{0xff, 1}}},
		{tOption, "00", Variant{Name: "None", Fields: Composite{}}},
		{tOption, "01 07000000", Variant{"Some", 1, Composite{{"", Uint{7}}}}},
		{tNamed, "04" + onesHex, Composite{{"n", Uint{1}}, {"who", Bytes(ones)}}},
		{tCall, "00 03 00 07 04ff", Variant{"System", 0, Composite{{"", Variant{"nest", 3, Composite{{"call",
			Variant{"System", 0, Composite{{"", Variant{"remark", 7, Composite{{"remark", Bytes{0xff}}}}}}}}}}}}}},
	} {
		b := unhex(t, c.hex)
		got, err := g.Read(c.id, b)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%d %s: %v %s", c.id, c.hex, err, diff)
		}
		again, err := g.Encode(c.id, c.want)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%d %s: written as %x, %v", c.id, c.hex, again, err)
		}
		if _, err := g.Read(c.id, append(b, 0)); !errors.Is(err, rejection.TrailingBytes) {
			t.Errorf("%d %s and a byte: %v", c.id, c.hex, err)
		}
		if len(b) > 0 {
			if _, err := g.Read(c.id, b[:len(b)-1]); !errors.Is(err, rejection.Truncated) {
				t.Errorf("%d %s less a byte: %v", c.id, c.hex, err)
			}
		}
	}
}

// Bytes that are no value of their type, and types that would cost more than
// their bytes are worth.
func TestValuesRefused(t *testing.T) {
	g := &decoded(t, drafted().bytes()).Registry
	for name, c := range map[string]struct {
		id   TypeID
		hex  string
		want rejection.Code
	}{
		"flag of 2":            {tBool, "02", rejection.NonCanonical},
		"option of 2":          {tOption, "02", rejection.BadValue},
		"no such call":         {tCall, "00 04", rejection.BadValue},
		"no such pallet":       {tCall, "02", rejection.BadValue},
		"surrogate":            {tChar, "00d80000", rejection.BadValue},
		"beyond characters":    {tChar, "00001100", rejection.BadValue},
		"2^31 as a character":  {tChar, "000000ff", rejection.BadValue},
		"not UTF-8":            {tStr, "08c328", rejection.NonCanonical},
		"compact byte of 256":  {tCompactByte, "0104", rejection.OutOfRange},
		"a compact struct":     {tCompactNamed, "00", rejection.BadMetadata},
		"a compact list":       {tCompactList, "00", rejection.BadMetadata},
		"bits in a struct":     {tBitsInNamed, "00", rejection.BadMetadata},
		"a text's array":       {tTexts, "00", rejection.Truncated},
		"an array too long":    {tBlob, "00", rejection.Truncated},
		"compact text":         {tCompactStr, "00", rejection.BadMetadata},
		"compact, long":        {tCompact, "0100", rejection.NonCanonical},
		"more bytes than left": {tBytes, "feffffff", rejection.Truncated},
		"more pairs than left": {tList, "feffffff", rejection.TooDeep},
		"few pairs too many":   {tList, "0c 05000000" + onesHex, rejection.Truncated},
		"bits beyond the end":  {tBits, "03ffffffff", rejection.Truncated},
		"a struct of itself":   {tSelf, "00", rejection.TooDeep},
		"2^32-1 units":         {tBomb, "", rejection.TooDeep},
		"2^30 counted units":   {tUnits, "feffffff", rejection.TooDeep},
		"a pair of itself":     {tTwice, "", rejection.TooDeep},
		"1000 times 1000":      {tRows, "", rejection.TooDeep},
		"700 and 400 units":    {tUneven, "", rejection.TooDeep},
		"1100 units":           {tWide, "", rejection.TooDeep},
	} {
		if v, err := g.Read(c.id, unhex(t, c.hex)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, v, err, c.want)
		}
	}
	// A call nests in two levels each; 127 of them stand, 128 do not.
	for depth, want := range map[int]error{126: nil, 128: rejection.TooDeep} {
		b := append(bytes.Repeat([]byte{0, 3}, depth), 1)
		if _, err := g.Read(tCall, b); !errors.Is(err, want) {
			t.Errorf("%d nested calls: %v", depth, err)
		}
	}
}

// A value that is not of its type is not written.
func TestEncodeRefused(t *testing.T) {
	g := &decoded(t, drafted().bytes()).Registry
	deep := Value(Variant{Name: "Other", Index: 1})
	for range 128 {
		deep = Variant{"System", 0, Composite{{"", Variant{"nest", 3, Composite{{"call", deep}}}}}}
	}
	for name, c := range map[string]struct {
		id   TypeID
		v    Value
		want rejection.Code
	}{
		"nothing":               {tU8, nil, rejection.BadValue},
		"256 as a byte":         {tU8, Uint{256}, rejection.BadValue},
		"text as a byte":        {tU8, Text("a"), rejection.BadValue},
		"signed as unsigned":    {tU8, Int{1}, rejection.BadValue},
		"2^15 as i16":           {tI16, Int{1 << 15}, rejection.BadValue},
		"two characters":        {tChar, Text("ab"), rejection.BadValue},
		"no character":          {tChar, Text(""), rejection.BadValue},
		"not UTF-8":             {tStr, Text("\xff"), rejection.BadValue},
		"31 bytes":              {tHash, Bytes(ones[1:]), rejection.BadValue},
		"list as bytes":         {tBytes, List{}, rejection.BadValue},
		"bytes as list":         {tList, Bytes{}, rejection.BadValue},
		"short tuple":           {tPair, List{Uint{5}}, rejection.BadValue},
		"struct as tuple":       {tPair, Composite{}, rejection.BadValue},
		"tuple as struct":       {tNamed, List{}, rejection.BadValue},
		"short struct":          {tNamed, Composite{{"n", Uint{1}}}, rejection.BadValue},
		"another field":         {tNamed, Composite{{"m", Uint{1}}, {"who", Bytes(ones)}}, rejection.BadValue},
		"another alternative":   {tOption, Variant{"Some", 0, nil}, rejection.BadValue},
		"no alternative":        {tOption, Variant{"Some", 2, nil}, rejection.BadValue},
		"none with a value":     {tOption, Variant{"None", 0, Composite{{"", Uint{1}}}}, rejection.BadValue},
		"no enum":               {tOption, Uint{}, rejection.BadValue},
		"2^128 compact":         {tCompact, Uint{0, 0, 1}, rejection.BadValue},
		"256 as a compact byte": {tCompactByte, Uint{256}, rejection.BadValue},
		"compact text":          {tCompactStr, Uint{}, rejection.BadValue},
		"compact unit of 1":     {tCompactUnit, Uint{1}, rejection.BadValue},
		"too few bits":          {tBits, BitString{9, []byte{0}}, rejection.BadValue},
		"bits as bytes":         {tBits, Bytes{0}, rejection.BadValue},
		"deep":                  {tCall, deep, rejection.TooDeep},
		"a struct of itself":    {tSelf, Uint{}, rejection.TooDeep},
	} {
		if b, err := g.Encode(c.id, c.v); !errors.Is(err, c.want) {
			t.Errorf("%s: %x, %v, want %v", name, b, err, c.want)
		}
	}
}

func TestShape(t *testing.T) {
	g := &decoded(t, drafted().bytes()).Registry
	for id, want := range map[TypeID]string{
		tAccount: "[u8;32]",
		tList:    "[(u32,[u8;32])]",
		tOption:  "<0:None,1:Some(u32)>",
		tNamed:   "(compact u128,[u8;32])",
		tUnit:    "()",
		tBits:    "bits u8",
		tSelf:    "…",
		tI16:     "i16",
	} {
		if got := g.Shape(id); got != want {
			t.Errorf("%d: %s, want %s", id, got, want)
		}
	}
	if s := g.Shape(tTwice); len(s) > 2*maxShapeBytes { // 2^12 without a bound, and no end without another
		t.Errorf("%d bytes", len(s))
	}
}

func TestIntegers(t *testing.T) {
	for _, c := range []struct {
		v    interface{ String() string }
		want string
	}{
		{Uint{}, "0"},
		{Uint{1, 1}, "18446744073709551617"},
		{Int{7}, "7"},
		{Int{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}, "-1"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if w, ok := AsWide(Uint{1, 2}); !ok || w != (amount.Wide{Hi: 2, Lo: 1}) {
		t.Errorf("%v, %v", w, ok)
	}
	for name, v := range map[string]Value{"nothing": nil, "signed": Int{1}, "2^128": Uint{0, 0, 1}, "text": Text("1")} {
		if _, ok := AsWide(v); ok {
			t.Errorf("%s is an amount", name)
		}
	}
	if _, ok := AsUint64(Uint{0, 1}); ok {
		t.Error("2^64 below 2^64")
	}
	if _, ok := AsUint64(Bool(true)); ok {
		t.Error("a flag is a number")
	}
	if h, ok := AsHash(Bytes(ones)); !ok || h != [32]byte(ones) {
		t.Errorf("%x, %v", h, ok)
	}
	if (Composite{{"a", Uint{}}}).Get("b") != nil {
		t.Error("a field that is not there")
	}
	if _, ok := AsHash(Bytes(ones[1:])); ok {
		t.Error("31 bytes are a hash")
	}
}
