package rejection

import "fmt"

// Code identifies one reason for refusing an input. The numbers are wire
// constants (spec/00-conventions.md, "Error codes").
type Code uint16

// Error makes a Code usable as a target of errors.Is.
func (c Code) Error() string { return c.Name() }

// Name returns the stable upper-case name, or UNKNOWN_n for an unregistered
// number.
func (c Code) Name() string {
	if e, ok := table[c]; ok {
		return e.name
	}
	return fmt.Sprintf("UNKNOWN_%d", uint16(c))
}

// Advice returns the sentence that says what the sender can do about it.
func (c Code) Advice() string { return table[c].advice }

// Rejection is a refused input.
type Rejection struct {
	Code   Code
	Detail string // what exactly was wrong; never a secret, price or size
}

// New makes a Rejection; the detail says what was wrong in this instance.
func New(code Code, format string, args ...any) *Rejection {
	return &Rejection{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Error gives "NAME: detail (advice)".
func (r *Rejection) Error() string {
	s := r.Code.Name()
	if r.Detail != "" {
		s += ": " + r.Detail
	}
	if a := r.Code.Advice(); a != "" {
		s += " (" + a + ")"
	}
	return s
}

// Is reports whether target is this rejection's code.
func (r *Rejection) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == r.Code
}

// All returns every registered code in ascending order.
func All() []Code {
	out := make([]Code, 0, len(table))
	for n := 0; n < 1<<16; n++ {
		if _, ok := table[Code(n)]; ok {
			out = append(out, Code(n))
		}
	}
	return out
}
