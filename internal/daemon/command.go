package daemon

import (
	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Strict lets a binary's command, and those under it, refuse (BAD_FLAG) flags,
// values of flags and arguments that they do not take. Errors are left to main
// to print.
func Strict(c *cobra.Command) *cobra.Command {
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return rejection.New(rejection.BadFlag, "%v", err) })
	for _, each := range append(c.Commands(), c) {
		each.Args = nothing
		if !each.Runnable() { // else an unknown command is no argument
			each.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	return c
}

func nothing(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return rejection.New(rejection.BadFlag, "%q is not a command and not a flag", args[0])
	}
	return nil
}
