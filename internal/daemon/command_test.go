package daemon

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/internal/testkit/testrun"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestStrict: what a command does not take is refused with a code, at every
// level, and what it takes is not.
func TestStrict(t *testing.T) {
	var ran int
	run := func(args ...string) error {
		root, start := &cobra.Command{Use: "d"}, &cobra.Command{Use: "start"}
		var level slog.Level
		start.Flags().TextVar(&level, "log-level", slog.LevelInfo, "")
		start.RunE = func(*cobra.Command, []string) error { ran++; return nil }
		root.AddCommand(start)
		_, err := testrun.Run(Strict(root), args...)
		return err
	}
	for _, args := range [][]string{
		{"stop"}, {"--skip"}, {"start", "now"}, {"start", "--skip"}, {"start", "--log-level", "loud"}, {"start", "--log-level"},
	} {
		if err := run(args...); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%v: %v", args, err)
		}
	}
	for _, args := range [][]string{{}, {"--help"}, {"start", "--help"}, {"start", "--log-level", "debug"}} {
		if err := run(args...); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	if ran != 1 {
		t.Errorf("ran %d times", ran)
	}
}
