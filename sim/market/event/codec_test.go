package event

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func readAll(in io.Reader) (list []Event, err error) {
	r := NewReader(in)
	for {
		e, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return list, err
		}
		list = append(list, e)
	}
}

func write(t interface{ Fatal(...any) }, list []Event) []byte {
	var out bytes.Buffer
	w := NewWriter(&out)
	for _, e := range list {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// draw makes a valid event of any kind, not before a time.
func draw(t *rapid.T, after uint64) Event {
	e := Event{Time: rapid.Uint64Min(after).Draw(t, "time"), Kind: Kind(rapid.IntRange(0, 3).Draw(t, "kind")), Market: rapid.Uint32().Draw(t, "market")}
	if e.Kind == Quote {
		e.Bid = rapid.Uint64Min(1).Draw(t, "bid")
		e.Ask = rapid.Uint64Min(e.Bid).Draw(t, "ask")
		return e
	}
	e.Order = rapid.Uint64().Draw(t, "order")
	if e.Kind == Cancel {
		return e
	}
	e.Price, e.Size = rapid.Uint64Min(1).Draw(t, "price"), rapid.Uint64Min(1).Draw(t, "size")
	if e.Kind == Modify {
		return e
	}
	e.Owner, e.Trader = rapid.Uint32().Draw(t, "owner"), rapid.StringMatching(`[a-z-]{0,16}`).Draw(t, "trader")
	e.Side, e.MinFill = order.Side(rapid.IntRange(0, 1).Draw(t, "side")), rapid.Uint64().Draw(t, "minimum")
	e.Band, e.Until = rapid.Uint16().Draw(t, "band"), rapid.Uint64().Draw(t, "until")
	if e.Peg = order.Peg(rapid.IntRange(0, 3).Draw(t, "peg")); e.Peg != order.NoPeg {
		e.Offset = rapid.Int32().Draw(t, "offset")
	}
	e.SelfTrade, e.Pool = order.SelfTrade(rapid.IntRange(0, 3).Draw(t, "mode")), order.Pool(rapid.IntRange(0, 1).Draw(t, "pool"))
	e.Auctions = rapid.Uint16().Draw(t, "auctions")
	return e
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []Event
		last := uint64(0)
		for range rapid.IntRange(0, 6).Draw(t, "events") {
			e := draw(t, last)
			last = e.Time
			list = append(list, e)
		}
		got, err := readAll(bytes.NewReader(write(t, list)))
		if err != nil || !cmp.Equal(got, list) {
			t.Fatal(err, cmp.Diff(list, got))
		}
	})
}

// TestSixColumns: the least that a file has to have, in any sequence.
func TestSixColumns(t *testing.T) {
	got, err := readAll(strings.NewReader("event,time_ns,side,size,price,order\nadd,5,buy,10,99,1\nmodify,6,,4,98,1\ncancel,6,,,,1\n"))
	want := []Event{
		{Time: 5, Kind: Add, Market: 1, Order: 1, Side: order.Buy, Price: 99, Size: 10, Band: order.NoBand},
		{Time: 6, Kind: Modify, Market: 1, Order: 1, Price: 98, Size: 4},
		{Time: 6, Kind: Cancel, Market: 1, Order: 1},
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Fatal(err, cmp.Diff(want, got))
	}
}

// TestRefusals: one line of each failure class, with its code and its place.
func TestRefusals(t *testing.T) {
	const head = "time_ns,event,order,side,price,size,bid,ask,peg,offset,trader\n"
	const good = head + "5,add,1,buy,99,10,,,,,\n"
	if list, err := readAll(strings.NewReader(good)); err != nil || len(list) != 1 {
		t.Fatalf("the control is refused: %v", err)
	}
	for _, c := range []struct {
		name, text string
		line       int
		column     string
		code       rejection.Code
	}{
		{"no header", "", 1, "", rejection.Truncated},
		{"unknown column", "time_ns,event,order,side,price,size,colour\n", 1, "", rejection.UnknownProperty},
		{"column twice", "time_ns,event,order,side,price,size,size\n", 1, "size", rejection.BadFile},
		{"missing column", "time_ns,event,order,side,price\n", 1, "size", rejection.BadFile},
		{"no end", good + "6,cancel,1,,,,,,,,", 3, "", rejection.Truncated},
		{"long line", good + strings.Repeat("1", MaxLine) + "\n", 3, "", rejection.Oversized},
		{"cells", good + "6,cancel,1\n", 3, "", rejection.BadFile},
		{"kind", good + "6,remove,1,,,,,,,,\n", 3, "event", rejection.UnknownKind},
		{"no kind", good + "6,,1,,,,,,,,\n", 3, "event", rejection.UnknownKind},
		{"side", good + "6,add,2,bid,99,10,,,,,\n", 3, "side", rejection.UnknownKind},
		{"empty price", good + "6,add,2,buy,,10,,,,,\n", 3, "price", rejection.BadFile},
		{"price 0", good + "6,add,2,buy,0,10,,,,,\n", 3, "price", rejection.OutOfRange},
		{"leading zero", good + "6,add,2,buy,099,10,,,,,\n", 3, "price", rejection.NonCanonical},
		{"sign", good + "6,add,2,buy,+99,10,,,,,\n", 3, "price", rejection.NonCanonical},
		{"space", good + "6,add,2,buy, 99,10,,,,,\n", 3, "price", rejection.NonCanonical},
		{"carriage return", strings.TrimSuffix(good, "\n") + "\r\n", 2, "trader", rejection.NonCanonical},
		{"65 bits", good + "6,add,2,buy,99,18446744073709551616,,,,,\n", 3, "size", rejection.OutOfRange},
		{"offset of 33 bits", good + "6,add,2,buy,99,1,,,mid,2147483648,\n", 3, "offset", rejection.OutOfRange},
		{"offset -0", good + "6,add,2,buy,99,1,,,mid,-0,\n", 3, "offset", rejection.NonCanonical},
		{"offset without peg", good + "6,add,2,buy,99,1,,,,4,\n", 3, "offset", rejection.BadFile},
		{"trader", good + "6,add,2,buy,99,1,,,,,Noise\n", 3, "trader", rejection.NonCanonical},
		{"price of a cancel", good + "6,cancel,1,,99,,,,,,\n", 3, "price", rejection.BadFile},
		{"bid above ask", good + "6,quote,,,,,100,99,,,\n", 3, "bid", rejection.BadFile},
		{"quote without ask", good + "6,quote,,,,,100,,,,\n", 3, "ask", rejection.BadFile},
		{"quote without columns", "time_ns,event,order,side,price,size\n6,quote,,,,\n", 2, "bid", rejection.BadFile},
		{"time goes back", good + "4,cancel,1,,,,,,,,\n", 3, "time_ns", rejection.BadFile},
	} {
		_, err := readAll(strings.NewReader(c.text))
		var f *Fault
		if !errors.As(err, &f) || f.Line != c.line || f.Column != c.column || !errors.Is(err, c.code) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestErrorStays: after a refusal nothing is read any more.
func TestErrorStays(t *testing.T) {
	r := NewReader(strings.NewReader("time_ns,event,order,side,price,size\n5,drop,,,,\n5,cancel,1,,,\n"))
	_, first := r.Read()
	if _, again := r.Read(); !errors.Is(first, rejection.UnknownKind) || again != first {
		t.Errorf("%v, then %v", first, again)
	}
}

// TestFaultyFile: a disk's error is not the input's fault.
func TestFaultyFile(t *testing.T) {
	broken := errors.New("broken")
	_, err := readAll(io.MultiReader(strings.NewReader("time_ns,event,order,side,price,size\n"), readerFunc(func([]byte) (int, error) { return 0, broken })))
	var f *Fault
	if !errors.Is(err, broken) || errors.As(err, &f) {
		t.Error(err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func FuzzRead(f *testing.F) {
	f.Add([]byte("time_ns,event,order,side,price,size\n5,add,1,buy,99,10\n6,cancel,1,,,\n"))
	f.Add([]byte("time_ns,event,order,side,price,size,bid,ask,peg,offset\n5,quote,,,,,98,99,,\n5,add,1,buy,99,10,,,mid,-3\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, _ := readAll(bytes.NewReader(text))
		again, err := readAll(bytes.NewReader(write(t, list)))
		if err != nil || !cmp.Equal(list, again) {
			t.Fatal(err, cmp.Diff(list, again))
		}
	})
}
