// Command nightjard is a Nightjar node: consensus, ledger and the RPC that
// wallets and workers use.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/node"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "nightjard:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:     "nightjard",
		Short:   "A Nightjar node",
		Version: node.Version,
	}
	root.AddCommand(initCommand(), startCommand())
	return daemon.Strict(root)
}

func addHome(c *cobra.Command, home *string) {
	c.Flags().StringVar(home, "home", defaultHome(), "the node's directory")
}

func defaultHome() string {
	if dir, err := os.UserHomeDir(); err == nil {
		return filepath.Join(dir, ".nightjard")
	}
	return ".nightjard"
}

// identity is what init prints: what a genesis and the peers need.
type identity struct {
	Home         string `json:"home"`
	ValidatorKey string `json:"validator_key"`
	NodeID       string `json:"node_id"`
}

func initCommand() *cobra.Command {
	var home string
	var asJSON bool
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a node's directory: configuration, validator key, node key",
		Long: "Make a node's directory: configuration, validator key, node key.\n" +
			"What exists is left alone. Put the network's genesis.json beside them before start.",
		RunE: func(c *cobra.Command, _ []string) error {
			id, err := node.Init(node.Home(home))
			if err != nil {
				return err
			}
			out := identity{Home: home, ValidatorKey: hex.EncodeToString(id.ValidatorKey[:]), NodeID: id.NodeID}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(out)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "home           %s\nvalidator key  %s\nnode id        %s\n\nNext: put genesis.json there, set p2p.persistent_peers in config.toml, and run\n  nightjard start --home %s\n",
				out.Home, out.ValidatorKey, out.NodeID, out.Home)
			return err
		},
	}
	addHome(c, &home)
	c.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	return c
}

func startCommand() *cobra.Command {
	var home string
	var level slog.Level
	var asJSON bool
	c := &cobra.Command{
		Use:   "start",
		Short: "Run the node until SIGINT or SIGTERM",
		RunE: func(c *cobra.Command, _ []string) error {
			format := daemon.Text
			if asJSON {
				format = daemon.JSON
			}
			log := daemon.NewLogger(c.ErrOrStderr(), format, level)
			h := node.Home(home)
			config, err := node.ReadConfig(h.Config())
			if err != nil {
				return err
			}
			return daemon.Run(func(ctx context.Context) error {
				n, err := node.New(ctx, h, config, log)
				if err != nil {
					return err
				}
				return n.Run(ctx)
			})
		},
	}
	addHome(c, &home)
	c.Flags().BoolVar(&asJSON, "json", false, "log in JSON")
	c.Flags().TextVar(&level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	return c
}
