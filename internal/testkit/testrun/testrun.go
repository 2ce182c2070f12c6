package testrun

import (
	"bytes"

	"github.com/spf13/cobra"
)

// Run runs a command that was just made with arguments and returns what it
// prints on both streams.
func Run(c *cobra.Command, args ...string) (string, error) {
	var out bytes.Buffer
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(&out)
	err := c.Execute()
	return out.String(), err
}
