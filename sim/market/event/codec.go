package event

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// MaxLine is the length of the longest line in bytes, its end included.
const MaxLine = 4096

// MaxTrader is the length of the longest name of a kind of trader.
const MaxTrader = 16

// column is one column of the file.
type column struct {
	name string
	must bool   // in every file
	use  [4]use // by kind
	get  func(e *Event) string
	set  func(e *Event, cell string) *rejection.Rejection
}

// use says whether a kind of event has a cell.
type use uint8

const (
	no  use = iota // the cell is empty
	may            // empty is the default
	yes
)

var kinds = [4]string{"add", "modify", "cancel", "quote"}

var columns = []column{
	{"time_ns", true, [4]use{yes, yes, yes, yes}, func(e *Event) string { return decimal(e.Time) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Time, s, 64, 0) }},
	{"event", true, [4]use{yes, yes, yes, yes}, func(e *Event) string { return kinds[e.Kind] }, func(e *Event, s string) *rejection.Rejection { return word(&e.Kind, s, kinds[:]) }},
	{"order", true, [4]use{yes, yes, yes, no}, func(e *Event) string { return decimal(e.Order) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Order, s, 64, 0) }},
	{"side", true, [4]use{yes, no, no, no}, func(e *Event) string { return e.Side.String() }, func(e *Event, s string) *rejection.Rejection { return word(&e.Side, s, []string{"sell", "buy"}) }},
	{"price", true, [4]use{yes, yes, no, no}, func(e *Event) string { return decimal(e.Price) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Price, s, 64, 1) }},
	{"size", true, [4]use{yes, yes, no, no}, func(e *Event) string { return decimal(e.Size) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Size, s, 64, 1) }},
	{"bid", false, [4]use{no, no, no, yes}, func(e *Event) string { return decimal(e.Bid) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Bid, s, 64, 1) }},
	{"ask", false, [4]use{no, no, no, yes}, func(e *Event) string { return decimal(e.Ask) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Ask, s, 64, 1) }},
	{"market", false, [4]use{may, may, may, may}, func(e *Event) string { return decimal(e.Market) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Market, s, 32, 0) }},
	{"owner", false, [4]use{may, no, no, no}, func(e *Event) string { return decimal(e.Owner) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Owner, s, 32, 0) }},
	{"trader", false, [4]use{may, no, no, no}, func(e *Event) string { return e.Trader }, trader},
	{"min_fill", false, [4]use{may, no, no, no}, func(e *Event) string { return decimal(e.MinFill) }, func(e *Event, s string) *rejection.Rejection { return number(&e.MinFill, s, 64, 0) }},
	{"band", false, [4]use{may, no, no, no}, func(e *Event) string { return decimal(e.Band) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Band, s, 16, 0) }},
	{"peg", false, [4]use{may, no, no, no}, func(e *Event) string { return pegs[e.Peg] }, func(e *Event, s string) *rejection.Rejection { return word(&e.Peg, s, pegs[:]) }},
	{"offset", false, [4]use{may, no, no, no}, func(e *Event) string { return strconv.FormatInt(int64(e.Offset), 10) }, offset},
	{"self_trade", false, [4]use{may, no, no, no}, func(e *Event) string { return modes[e.SelfTrade] }, func(e *Event, s string) *rejection.Rejection { return word(&e.SelfTrade, s, modes[:]) }},
	{"pool", false, [4]use{may, no, no, no}, func(e *Event) string { return pools[e.Pool] }, func(e *Event, s string) *rejection.Rejection { return word(&e.Pool, s, pools[:]) }},
	{"auctions", false, [4]use{may, no, no, no}, func(e *Event) string { return decimal(e.Auctions) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Auctions, s, 16, 0) }},
	{"until_ns", false, [4]use{may, no, no, no}, func(e *Event) string { return decimal(e.Until) }, func(e *Event, s string) *rejection.Rejection { return number(&e.Until, s, 64, 0) }},
}

var (
	pegs  = [4]string{"none", "mid", "primary", "market"}
	modes = [4]string{"newest", "oldest", "both", "decrement"}
	pools = [2]string{"all", "natural"}
)

// defaults is an event with every cell empty that may be.
func defaults() Event { return Event{Market: 1, Band: order.NoBand} }

func decimal[T ~uint8 | ~uint16 | ~uint32 | ~uint64](v T) string {
	return strconv.FormatUint(uint64(v), 10)
}

// number reads a decimal number of so many bits and not below least.
func number[T ~uint16 | ~uint32 | ~uint64](into *T, cell string, bits int, least uint64) *rejection.Rejection {
	v, err := strconv.ParseUint(cell, 10, bits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return rejection.New(rejection.OutOfRange, "the number has more than %d bits", bits)
	case err != nil || cell != strconv.FormatUint(v, 10):
		return rejection.New(rejection.NonCanonical, "not a decimal number without signs, spaces or leading zeros")
	case v < least:
		return rejection.New(rejection.OutOfRange, "the number must be positive")
	}
	*into = T(v)
	return nil
}

func offset(e *Event, cell string) *rejection.Rejection {
	v, err := strconv.ParseInt(cell, 10, 32)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return rejection.New(rejection.OutOfRange, "the number has more than 32 bits")
	case err != nil || cell != strconv.FormatInt(v, 10):
		return rejection.New(rejection.NonCanonical, "not a whole decimal number")
	}
	e.Offset = int32(v)
	return nil
}

func word[T ~uint8](into *T, cell string, words []string) *rejection.Rejection {
	for i, w := range words {
		if w == cell {
			*into = T(i)
			return nil
		}
	}
	return rejection.New(rejection.UnknownKind, "not one of %s", strings.Join(words, ", "))
}

func trader(e *Event, cell string) *rejection.Rejection {
	if len(cell) > MaxTrader || strings.Trim(cell, "abcdefghijklmnopqrstuvwxyz-") != "" {
		return rejection.New(rejection.NonCanonical, "not at most %d small letters and hyphens", MaxTrader)
	}
	e.Trader = cell
	return nil
}

// Fault is a line that is refused. Its Rejection's detail names the place too.
type Fault struct {
	Line    int    // from 1, the header
	Column  string // empty if it is the whole line
	Refusal *rejection.Rejection
}

// Error gives the refusal with its place.
func (f *Fault) Error() string { return f.Refusal.Error() }

// Unwrap returns the refusal.
func (f *Fault) Unwrap() error { return f.Refusal }

// Reader reads events. Make one with NewReader.
type Reader struct {
	in     *bufio.Reader
	line   int
	fields []*column // of the file, in its sequence; nil until the header was read
	last   uint64    // time of the event before
	err    error
}

// NewReader reads a file from its header on.
func NewReader(in io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(in, MaxLine)} }

// Read returns the next event, or io.EOF. An error is for good.
func (r *Reader) Read() (Event, error) {
	if r.err != nil {
		return Event{}, r.err
	}
	e, err := r.read()
	if err != nil {
		r.err = err
		return Event{}, err
	}
	return e, nil
}

// Line returns the number of the line read last.
func (r *Reader) Line() int { return r.line }

func (r *Reader) read() (Event, error) {
	if r.fields == nil {
		if err := r.header(); err != nil {
			return Event{}, err
		}
	}
	cells, err := r.cells()
	if err != nil {
		return Event{}, err
	}
	if len(cells) != len(r.fields) {
		return Event{}, r.fault("", rejection.New(rejection.BadFile, "%d cells under %d columns", len(cells), len(r.fields)))
	}
	e := defaults()
	// The kind first: it says which of the other cells there are.
	for i, c := range r.fields {
		if c.name == "event" {
			if bad := c.set(&e, cells[i]); bad != nil {
				return Event{}, r.fault(c.name, bad)
			}
		}
	}
	for i, c := range r.fields {
		switch use := c.use[e.Kind]; {
		case cells[i] == "" && use == yes:
			return Event{}, r.fault(c.name, rejection.New(rejection.BadFile, "the cell of %s is empty", kinds[e.Kind]))
		case cells[i] == "":
		case use == no:
			return Event{}, r.fault(c.name, rejection.New(rejection.BadFile, "%s has no such cell", kinds[e.Kind]))
		default:
			if bad := c.set(&e, cells[i]); bad != nil {
				return Event{}, r.fault(c.name, bad)
			}
		}
	}
	if e.Kind != Add {
		e.Band = 0
	}
	switch {
	case e.Kind == Quote && (e.Bid == 0 || e.Ask == 0):
		return Event{}, r.fault("bid", rejection.New(rejection.BadFile, "a quote needs the columns bid and ask"))
	case e.Bid > e.Ask:
		return Event{}, r.fault("bid", rejection.New(rejection.BadFile, "the bid is above the ask"))
	case e.Handling().Validate() != nil:
		return Event{}, r.fault("offset", rejection.New(rejection.BadFile, "an offset without a peg"))
	case e.Time < r.last:
		return Event{}, r.fault("time_ns", rejection.New(rejection.BadFile, "the time is before that of the line above"))
	}
	r.last = e.Time
	return e, nil
}

func (r *Reader) header() error {
	cells, err := r.cells()
	if errors.Is(err, io.EOF) {
		r.line++
		return r.fault("", rejection.New(rejection.Truncated, "there is no header"))
	} else if err != nil {
		return err
	}
	var fields []*column
	for _, name := range cells {
		var found *column
		for i := range columns {
			if columns[i].name == name {
				found = &columns[i]
			}
		}
		if found == nil {
			return r.fault("", rejection.New(rejection.UnknownProperty, "a column that there is not"))
		}
		for _, f := range fields {
			if f == found {
				return r.fault(name, rejection.New(rejection.BadFile, "the column is there twice"))
			}
		}
		fields = append(fields, found)
	}
	for i := range columns {
		c := &columns[i]
		there := false
		for _, f := range fields {
			there = there || f == c
		}
		if c.must && !there {
			return r.fault(c.name, rejection.New(rejection.BadFile, "the column is missing"))
		}
	}
	r.fields = fields
	return nil
}

// cells returns the next line's.
func (r *Reader) cells() ([]string, error) {
	line, err := r.in.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) == 0 {
		return nil, io.EOF
	}
	r.line++
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, r.fault("", rejection.New(rejection.Oversized, "the line has more than %d bytes", MaxLine))
	case errors.Is(err, io.EOF):
		return nil, r.fault("", rejection.New(rejection.Truncated, "the last line does not end"))
	case err != nil:
		return nil, fmt.Errorf("event: line %d: %w", r.line, err)
	}
	return strings.Split(string(line[:len(line)-1]), ","), nil
}

// fault puts the place into a refusal.
func (r *Reader) fault(column string, why *rejection.Rejection) error {
	place := fmt.Sprintf("line %d", r.line)
	if column != "" {
		place += ", column " + column
	}
	return &Fault{r.line, column, rejection.New(why.Code, "%s: %s", place, why.Detail)}
}

// Writer writes events. Make one with NewWriter, and Flush it at the end.
type Writer struct {
	out  *bufio.Writer
	line []byte
}

// NewWriter writes the header.
func NewWriter(out io.Writer) *Writer {
	w := &Writer{out: bufio.NewWriter(out)}
	for i := range columns {
		w.cell(i, columns[i].name)
	}
	w.end()
	return w
}

// Write writes an event. An error of the file shows at Flush at the latest.
func (w *Writer) Write(e Event) error {
	empty := defaults()
	for i := range columns {
		c := &columns[i]
		text := c.get(&e)
		if u := c.use[e.Kind]; u == no || u == may && text == c.get(&empty) {
			text = ""
		}
		w.cell(i, text)
	}
	return w.end()
}

func (w *Writer) cell(i int, text string) {
	if i > 0 {
		w.line = append(w.line, ',')
	}
	w.line = append(w.line, text...)
}

func (w *Writer) end() error {
	_, err := w.out.Write(append(w.line, '\n'))
	w.line = w.line[:0]
	return err
}

// Flush writes what is still held.
func (w *Writer) Flush() error { return w.out.Flush() }
