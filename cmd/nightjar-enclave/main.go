// Command nightjar-enclave is the attested side of a worker: light client,
// matching engine, keys, prover. It runs inside an Intel TDX or AMD SEV-SNP
// guest and refuses to start anywhere else.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/enclave/service"
	"github.com/nightjar/nightjar/enclave/tee/tsm"
	"github.com/nightjar/nightjar/internal/daemon"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "nightjar-enclave:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var config service.Config
	var level slog.Level
	c := &cobra.Command{
		Use:   "nightjar-enclave",
		Short: "Run a worker inside a trusted execution environment",
		RunE: func(c *cobra.Command, _ []string) error {
			device, err := tsm.Open()
			if err != nil {
				return err
			}
			config.TEE, config.Log = device, daemon.NewLogger(c.ErrOrStderr(), daemon.Text, level)
			if err := config.Validate(); err != nil {
				return err
			}
			return daemon.Run(func(ctx context.Context) error { return service.Run(ctx, config) })
		},
	}
	f := c.Flags()
	f.StringVar(&config.Socket, "socket", "", "unix socket that the host connects to")
	f.StringVar(&config.Genesis, "genesis", "", "the network's genesis file")
	f.StringVar(&config.Keys, "keys", "", "directory of proving keys")
	f.IntVar(&config.Provers, "provers", service.Provers(), "proofs made at a time; each uses some cores and 50 MB")
	f.TextVar(&level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	return daemon.Strict(c)
}
