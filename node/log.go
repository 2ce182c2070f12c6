package node

import (
	"context"
	"fmt"
	"log/slog"

	cmtlog "github.com/cometbft/cometbft/libs/log"
)

// levelTrace is where CometBFT's debug lines go: below our own.
const levelTrace = slog.LevelDebug - 4

// cometLogger writes CometBFT's log into ours, one level lower: what it calls
// information is said for every message of every block.
type cometLogger struct{ log *slog.Logger }

func (l cometLogger) Debug(msg string, keyvals ...any) { l.write(levelTrace, msg, keyvals) }
func (l cometLogger) Info(msg string, keyvals ...any)  { l.write(slog.LevelDebug, msg, keyvals) }
func (l cometLogger) Warn(msg string, keyvals ...any)  { l.write(slog.LevelWarn, msg, keyvals) }
func (l cometLogger) Error(msg string, keyvals ...any) { l.write(slog.LevelError, msg, keyvals) }

func (l cometLogger) With(keyvals ...any) cmtlog.Logger {
	return cometLogger{l.log.With(lazy(keyvals)...)}
}

func (l cometLogger) write(level slog.Level, msg string, keyvals []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, msg, lazy(keyvals)...)
	}
}

// lazy makes values print as CometBFT means them (hashes as hex, blocks as
// summaries), and only if the line is written.
func lazy(keyvals []any) []any {
	out := make([]any, len(keyvals))
	for i, v := range keyvals {
		if s, ok := v.(fmt.Stringer); ok && i%2 == 1 {
			v = stringer{s}
		}
		out[i] = v
	}
	return out
}

type stringer struct{ fmt.Stringer }

// LogValue is called only for lines that are written.
func (s stringer) LogValue() slog.Value { return slog.StringValue(s.String()) }
