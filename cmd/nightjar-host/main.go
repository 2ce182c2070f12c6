// Command nightjar-host is the untrusted side of a worker: it connects an
// enclave with the chain and with the other workers.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/enclave/host"
	"github.com/nightjar/nightjar/internal/daemon"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "nightjar-host:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var config host.Config
	var keyFile string
	var level slog.Level
	var asJSON bool
	c := &cobra.Command{
		Use:   "nightjar-host",
		Short: "Connect an enclave with the chain and the other workers, until SIGINT or SIGTERM",
		Long: "Connect an enclave with the chain and the other workers, until SIGINT or SIGTERM.\n" +
			"The host sees ciphertext only. GET /status on the listening address shows the enclave's status.",
		RunE: func(c *cobra.Command, _ []string) error {
			format := daemon.Text
			if asJSON {
				format = daemon.JSON
			}
			config.Log = daemon.NewLogger(c.ErrOrStderr(), format, level)
			if keyFile != "" {
				var err error
				if config.Operator, err = host.ReadOperatorKey(keyFile); err != nil {
					return fmt.Errorf("--operator-key: %w", err)
				}
			}
			if err := config.Validate(); err != nil {
				return err
			}
			return daemon.Run(func(ctx context.Context) error { return host.Run(ctx, config) })
		},
	}
	f := c.Flags()
	f.StringVar(&config.Node, "node", "http://127.0.0.1:7800", "URL of a node")
	f.StringVar(&config.Enclave, "enclave", "", "unix:PATH of the enclave's socket")
	f.StringVar(&config.Listen, "listen", "127.0.0.1:7810", "host:port for the other hosts and /status")
	f.StringSliceVar(&config.Peers, "peers", nil, "URLs of the other workers' hosts, separated by commas")
	f.StringVar(&keyFile, "operator-key", "", "file with the operator's Ed25519 seed, 64 hex digits")
	f.BoolVar(&asJSON, "json", false, "log in JSON")
	f.TextVar(&level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	return daemon.Strict(c)
}
