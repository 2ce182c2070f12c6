package daemon

import (
	"io"
	"log/slog"
)

// Format is how log lines are written.
type Format int

// The formats of a log.
const (
	Text Format = iota
	JSON
)

// NewLogger writes lines of at least the given level to w.
func NewLogger(w io.Writer, format Format, level slog.Level) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == JSON {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
