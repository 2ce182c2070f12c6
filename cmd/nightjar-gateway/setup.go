package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/gateway/home"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/gateway/signer/token"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
)

// askTimeout bounds what commands ask nodes.
const askTimeout = time.Minute

// show prints a value as JSON, or as the lines given.
func show(w io.Writer, asJSON bool, v any, lines ...string) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func initCommand() *cobra.Command {
	var h, genesis string
	var asJSON bool
	config := home.Default()
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a gateway's directory: a commented configuration and Nightjar's genesis",
		Long: "Make a gateway's directory: a commented configuration and Nightjar's genesis.\n" +
			"The external chain's first block, address prefix and runtime are what its first node\n" +
			"says; compare them with the other operators. Nothing is overwritten.",
		RunE: func(c *cobra.Command, _ []string) error {
			if config.Chain.Number == 0 || len(config.Chain.Nodes) == 0 || config.Chain.MaxFee == "" {
				return rejection.New(rejection.BadFlag, "--chain, --chain-nodes and --max-fee are needed")
			}
			ctx, cancel := context.WithTimeout(c.Context(), askTimeout)
			defer cancel()
			var raw []byte
			var err error
			if genesis != "" {
				if raw, err = os.ReadFile(genesis); err != nil {
					return rejection.New(rejection.BadGenesis, "%v", err)
				}
			} else if raw, err = client.FetchGenesis(ctx, config.Node); err != nil {
				return err
			}
			made, err := home.Init(ctx, home.Home(h), config, raw)
			if err != nil {
				return err
			}
			g, err := client.ParseGenesis(raw)
			if err != nil {
				return err
			}
			r := made.Runtimes[0]
			lines := []string{
				"configuration   " + home.Home(h).Config(),
				fmt.Sprintf("Nightjar        %s, genesis %x", g.ChainID, g.Hash),
				fmt.Sprintf("external chain  %s, number %d, first block %s, prefix %d", made.Chain.Name, made.Chain.Number, made.Chain.Genesis, made.Chain.Prefix),
				fmt.Sprintf("runtime         %s %d, calls %d, metadata %s", r.SpecName, r.SpecVersion, r.TransactionVersion, r.Metadata),
				"", "All of this is one node's word: compare it with the other operators.",
			}
			if genesis == "" {
				lines = append(lines, "The genesis was fetched from the node: compare its hash with people you trust.")
			}
			return show(c.OutOrStdout(), asJSON, struct {
				Config  string       `json:"config"`
				Network string       `json:"network"`
				Genesis string       `json:"genesis_hash"`
				First   string       `json:"external_genesis"`
				Prefix  uint16       `json:"prefix"`
				Runtime home.Runtime `json:"runtime"`
			}{home.Home(h).Config(), g.ChainID, hex.EncodeToString(g.Hash[:]), made.Chain.Genesis, made.Chain.Prefix, r}, lines...)
		},
	}
	addHome(c, &h)
	f := c.Flags()
	f.StringVar(&genesis, "genesis", "", "Nightjar's genesis file; without it, the node's word is taken")
	f.StringVar(&config.Node, "node", config.Node, "URL of a node of Nightjar")
	f.StringVar(&config.Listen, "listen", config.Listen, "host:port for wallets and the other gateways")
	f.StringSliceVar(&config.Peers, "peers", nil, "URLs of the other gateways")
	f.Uint32Var(&config.Chain.Number, "chain", 0, "the external chain's number in Nightjar's assets")
	f.StringVar(&config.Chain.Name, "name", "", "the external chain's name, for people")
	f.StringSliceVar(&config.Chain.Nodes, "chain-nodes", nil, "URLs of nodes of the external chain")
	f.StringSliceVar(&config.Chain.Relay, "relay-nodes", nil, "URLs of nodes of its relay chain, if it is a parachain")
	f.Uint32Var(&config.Chain.Para, "para", 0, "its number on its relay chain, if it is a parachain")
	f.StringVar(&config.Chain.MaxFee, "max-fee", "", "the highest fee of an extrinsic, in the chain's smallest unit")
	f.StringVar(&config.Limits.Existential, "existential", config.Limits.Existential, "the least that the chain keeps, in its smallest unit")
	f.StringVar(&config.Limits.SweepMin, "sweep-min", config.Limits.SweepMin, "deposit addresses with less are left alone")
	f.Uint64Var(&config.Limits.Rate, "rate", config.Limits.Rate, "hub units that become payable in a window")
	f.Uint64Var(&config.Limits.Window, "window", config.Limits.Window, "blocks of Nightjar in a window")
	f.Uint64Var(&config.Limits.MaxDelay, "max-delay", config.Limits.MaxDelay, "blocks of Nightjar that a withdrawal waits at most")
	f.Uint64Var(&config.Anchors.Every, "anchor-every", config.Anchors.Every, "blocks of Nightjar between two anchors; 0: none")
	f.Uint64Var(&config.Anchors.Grace, "anchor-grace", config.Anchors.Grace, "blocks that each signer after the first waits longer")
	f.StringVar(&config.Key.Kind, "key", config.Key.Kind, "file or token")
	f.StringVar(&config.Key.PasswordFile, "password-file", "", "file with the key file's password, of the directory")
	f.StringVar(&config.Key.Module, "module", "", "PKCS#11 library of the token")
	f.StringVar(&config.Key.Token, "token", "", "label of the token")
	f.StringVar(&config.Key.Label, "label", "", "label of the key in the token")
	f.StringVar(&config.Key.PINFile, "pin-file", "", "file with the token's PIN, of the directory")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// keyStatus is what a key's commands print.
type keyStatus struct {
	Key     string `json:"key"`
	Account string `json:"account"`
	Kind    string `json:"kind"`
}

func showKey(c *cobra.Command, asJSON bool, config home.Config, k signer.Key) error {
	public := k.Public()
	s := keyStatus{hex.EncodeToString(public[:]), account.ID(public).SS58(account.Prefix(config.Chain.Prefix)), config.Key.Kind}
	return show(c.OutOrStdout(), asJSON, s,
		"key      "+s.Key+"   for Nightjar's list of signers",
		"account  "+s.Account+"   pays the fees of this signer's extrinsics")
}

func keyNew(workFactor int) *cobra.Command {
	var h string
	var asJSON bool
	c := &cobra.Command{
		Use:   "new",
		Short: "Make the signer's key, in an encrypted file or in the token",
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := home.ReadConfig(home.Home(h).Config())
			if err != nil {
				return err
			}
			if config.Key.Kind == home.TokenKey {
				options, err := home.Home(h).Token(config)
				if err != nil {
					return err
				}
				k, err := token.Generate(options)
				if err != nil {
					return err
				}
				return errors.Join(showKey(c, asJSON, config, k), k.Close())
			}
			var seed [ed25519.SeedSize]byte
			rand.Read(seed[:]) // never fails
			return createKey(c, asJSON, home.Home(h), config, seed, workFactor)
		},
	}
	addHome(c, &h)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func createKey(c *cobra.Command, asJSON bool, h home.Home, config home.Config, seed [ed25519.SeedSize]byte, workFactor int) error {
	password, err := h.Password(config)
	if err != nil {
		return err
	}
	k, err := signer.Create(h.KeyFile(config), password, seed, workFactor)
	if err != nil {
		return err
	}
	return showKey(c, asJSON, config, k)
}

func keyImport(in io.Reader, workFactor int) *cobra.Command {
	var h string
	var asJSON bool
	c := &cobra.Command{
		Use:   "import",
		Short: "Encrypt an Ed25519 seed, 64 hex digits on standard input, into the key file",
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := home.ReadConfig(home.Home(h).Config())
			if err != nil {
				return err
			}
			if config.Key.Kind != home.FileKey {
				return rejection.New(rejection.BadFlag, "a key is not imported into a token: its worth is that the key was never elsewhere")
			}
			text, err := io.ReadAll(io.LimitReader(in, 1024))
			if err != nil {
				return err
			}
			b, err := hex.DecodeString(strings.TrimSpace(string(text)))
			if err != nil || len(b) != ed25519.SeedSize {
				return rejection.New(rejection.BadFile, "64 hex digits are expected on standard input")
			}
			return createKey(c, asJSON, home.Home(h), config, [ed25519.SeedSize]byte(b), workFactor)
		},
	}
	addHome(c, &h)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func keyShow() *cobra.Command {
	var h string
	var asJSON bool
	c := &cobra.Command{
		Use:   "show",
		Short: "Show the public key and the account of it",
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := home.ReadConfig(home.Home(h).Config())
			if err != nil {
				return err
			}
			k, err := home.Home(h).OpenKey(config)
			if err != nil {
				return err
			}
			return errors.Join(showKey(c, asJSON, config, k), k.Close())
		},
	}
	addHome(c, &h)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func checkpointCommand() *cobra.Command {
	var h string
	var asJSON bool
	c := &cobra.Command{
		Use:   "checkpoint",
		Short: "Take the external chain's newest finalised block as the one to follow finality from",
		Long: "Take the external chain's newest finalised block as the one to follow finality from.\n" +
			"Three things of it are one node's word: that the block is final on the chain that is\n" +
			"meant, who its authorities are, and the number of their set. Compare what this prints\n" +
			"with the other operators and with a block explorer before money depends on it; from\n" +
			"there on everything is proven.",
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := home.ReadConfig(home.Home(h).Config())
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), askTimeout)
			defer cancel()
			s, err := home.MakeCheckpoint(ctx, home.Home(h), config)
			if err != nil {
				return err
			}
			var weight uint64
			for _, a := range s.Set.Authorities {
				weight += a.Weight
			}
			digest := home.Digest(s)
			return show(c.OutOrStdout(), asJSON, struct {
				File        string `json:"file"`
				Number      uint32 `json:"number"`
				Hash        string `json:"hash"`
				Set         uint64 `json:"set"`
				Authorities int    `json:"authorities"`
				Weight      uint64 `json:"weight"`
				Digest      string `json:"digest"`
			}{config.Chain.Checkpoint, s.Finalised.Number, s.Finalised.Hash.String(), s.Set.ID, len(s.Set.Authorities), weight, digest},
				fmt.Sprintf("block        %d  %v", s.Finalised.Number, s.Finalised.Hash),
				fmt.Sprintf("authorities  %d of set %d, weight %d", len(s.Set.Authorities), s.Set.ID, weight),
				"digest       "+digest,
				"", "The node's word alone: that this block is final, who the authorities are, and the",
				"number of their set. Compare all three before money depends on them.")
		},
	}
	addHome(c, &h)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func runtimeCommand() *cobra.Command {
	var h, node string
	var asJSON bool
	c := &cobra.Command{
		Use:   "runtime",
		Short: "Show the runtime that a node of the external chain has, as the configuration accepts it",
		RunE: func(c *cobra.Command, _ []string) error {
			if node == "" {
				config, err := home.ReadConfig(home.Home(h).Config())
				if err != nil {
					return err
				}
				node = config.Chain.Nodes[0]
			}
			ctx, cancel := context.WithTimeout(c.Context(), askTimeout)
			defer cancel()
			r, err := home.RuntimeOf(ctx, node)
			if err != nil {
				return err
			}
			return show(c.OutOrStdout(), asJSON, r,
				"[[runtime]]", fmt.Sprintf("spec_name = %q", r.SpecName), fmt.Sprintf("spec_version = %d", r.SpecVersion),
				fmt.Sprintf("transaction_version = %d", r.TransactionVersion), fmt.Sprintf("metadata = %q", r.Metadata))
		},
	}
	addHome(c, &h)
	c.Flags().StringVar(&node, "node", "", "URL of the node; else the configuration's first")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
