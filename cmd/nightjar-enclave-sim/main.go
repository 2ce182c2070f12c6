//go:build simulated

// Command nightjar-enclave-sim is nightjar-enclave with a SIMULATED provider,
// for development: it protects nothing. Build it with -tags simulated.
package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/enclave/service"
	"github.com/nightjar/nightjar/enclave/tee/simulated"
	"github.com/nightjar/nightjar/internal/daemon"
)

const label = "SIMULATED enclave: it protects nothing; whoever runs it can read every order"

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "nightjar-enclave-sim (SIMULATED):", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var config service.Config
	var rootFile, platformFile string
	var level slog.Level
	c := &cobra.Command{
		Use:   "nightjar-enclave-sim",
		Short: "Run a worker with a SIMULATED enclave, which protects nothing",
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := simulated.ReadRoot(rootFile)
			if err != nil {
				return fmt.Errorf("--sim-root: %w", err)
			}
			platform, err := simulated.ReadPlatform(platformFile)
			if err != nil {
				return fmt.Errorf("--platform: %w", err)
			}
			machine, err := simulated.New(root, platform)
			if err != nil {
				return err
			}
			if config.Keys == "" {
				if config.Keys, err = keystore.Dir(); err != nil {
					return err
				}
			}
			config.TEE = machine
			config.Log = daemon.NewLogger(c.ErrOrStderr(), daemon.Text, level).With("enclave", "SIMULATED")
			if err := config.Validate(); err != nil {
				return err
			}
			fmt.Fprintln(c.ErrOrStderr(), label)
			return daemon.Run(func(ctx context.Context) error { return service.Run(ctx, config) })
		},
	}
	f := c.Flags()
	f.StringVar(&config.Socket, "socket", "", "unix socket that the host connects to")
	f.StringVar(&config.Genesis, "genesis", "", "the network's genesis file")
	f.StringVar(&rootFile, "sim-root", "", "file with the simulated root's Ed25519 seed, 64 hex digits")
	f.StringVar(&platformFile, "platform", "", "file with this simulated machine's identity; made if absent")
	f.StringVar(&config.Keys, "keys", "", "directory of proving keys; the user's cache if empty")
	f.IntVar(&config.Provers, "provers", service.Provers(), "proofs made at a time; each uses some cores and 50 MB")
	f.TextVar(&level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	c.AddCommand(&cobra.Command{
		Use:   "measure",
		Short: "Print the SIMULATED measurement of this binary, for a genesis",
		RunE: func(c *cobra.Command, _ []string) error {
			digest, err := simulated.Measure()
			if err == nil {
				_, err = fmt.Fprintln(c.OutOrStdout(), hex.EncodeToString(digest[:]))
			}
			return err
		},
	})
	return daemon.Strict(c)
}
