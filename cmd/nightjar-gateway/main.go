// Command nightjar-gateway is one custody signer of an external chain: it
// credits deposits and pays withdrawals together with the other signers.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/gateway/home"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// version is shown by --version and in the status.
const version = "0.5.0"

func main() {
	if err := command(os.Stdin, signer.WorkFactor).Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "nightjar-gateway:", err)
		os.Exit(1)
	}
}

// command returns the whole command; workFactor is the cost of new key files.
func command(in io.Reader, workFactor int) *cobra.Command {
	root := &cobra.Command{
		Use:   "nightjar-gateway",
		Short: "One custody signer of an external chain",
		Long: "One custody signer of an external chain: credits deposits and pays withdrawals\n" +
			"together with the other signers. The runbook is docs/gateway.md.",
		Version: version,
	}
	key := &cobra.Command{Use: "key", Short: "The signer's key"}
	key.AddCommand(keyNew(workFactor), keyImport(in, workFactor), keyShow())
	daemon.Strict(key)
	root.AddCommand(initCommand(), key, checkpointCommand(), runtimeCommand(), runCommand(),
		statusCommand(), refundCommand(), acknowledgeCommand(), versionCommand())
	return daemon.Strict(root)
}

func addHome(c *cobra.Command, h *string) {
	c.Flags().StringVar(h, "home", defaultHome(), "the gateway's directory")
}

func defaultHome() string {
	if dir, err := os.UserHomeDir(); err == nil {
		return filepath.Join(dir, ".nightjar-gateway")
	}
	return ".nightjar-gateway"
}

func runCommand() *cobra.Command {
	var h string
	var level slog.Level
	var asJSON bool
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the gateway until SIGINT or SIGTERM",
		RunE: func(c *cobra.Command, _ []string) error {
			format := daemon.Text
			if asJSON {
				format = daemon.JSON
			}
			log := daemon.NewLogger(c.ErrOrStderr(), format, level)
			return daemon.Run(func(ctx context.Context) error { return home.Run(ctx, home.Home(h), version, log) })
		},
	}
	addHome(c, &h)
	c.Flags().BoolVar(&asJSON, "json", false, "log in JSON")
	c.Flags().TextVar(&level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	return c
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version",
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), version)
			return err
		},
	}
}

// need refuses (BAD_FLAG) a flag that was left out.
func need(flag, value string) error {
	if value == "" {
		return rejection.New(rejection.BadFlag, "--%s is needed", flag)
	}
	return nil
}
