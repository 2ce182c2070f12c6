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
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/ceremony"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// keysFile is what finalise leaves for the genesis.
const keysFile = "verifying_keys.json"

// ceremonyCommand makes keys that nobody knows the trapdoor of.
func (a *app) ceremonyCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "ceremony",
		Short: "Make proving keys together with others, so that nobody can forge proofs",
		Long: `Make the proving and verifying keys of the three circuits together with
others. As long as one contributor was honest, nobody can forge a proof.

A ceremony is a directory that contributors hand on:

  init                    the coordinator
  contribute              everybody, to the powers of tau
  finalise --phase 1      the coordinator, with a public random beacon
  contribute              everybody, to the circuits
  finalise --phase 2      the coordinator, with another beacon
  verify                  anybody, at any time

docs/ceremony.md says how to hold one for a network of value.`,
		Args: cobra.NoArgs,
		// The arithmetic can't be interrupted, and every step is whole or absent.
		PersistentPreRun: func(c *cobra.Command, _ []string) {
			context.AfterFunc(c.Context(), func() { os.Exit(a.fail(c.Context(), c.Context().Err())) })
		},
	}
	c.PersistentFlags().StringVar(&dir, "dir", "ceremony", "the ceremony's directory")
	c.AddCommand(a.ceremonyInit(&dir), a.ceremonyContribute(&dir), a.ceremonyFinalise(&dir), a.ceremonyVerify(&dir))
	return c
}

// circuits compiles the three circuits.
func circuits() (out []*prove.System, err error) {
	for _, name := range prove.Names() {
		s, err := prove.Compile(name)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// ceremonyBar shows steps, which take up to minutes: as a bar with an estimate
// of the time left on a terminal, and as lines elsewhere.
func (a *app) ceremonyBar() func(ceremony.Progress) {
	if _, ok := terminal(a.stderr); !ok && !a.json {
		return func(p ceremony.Progress) { a.say("%3d %%  %s", 100*p.Done/max(p.Total, 1), p.Step) }
	}
	var bar *progressbar.ProgressBar
	return func(p ceremony.Progress) {
		if bar == nil {
			bar = a.bar(p.Step)
		}
		bar.Describe(p.Step)
		bar.ChangeMax(max(p.Total, 1))
		_ = bar.Set(p.Done)
	}
}

func (a *app) ceremonyInit(dir *string) *cobra.Command {
	var network string
	c := &cobra.Command{
		Use:   "init",
		Short: "Begin a ceremony in an empty or absent directory",
		Args:  nothing,
		RunE: func(*cobra.Command, []string) error {
			systems, err := circuits()
			if err != nil {
				return err
			}
			r, err := ceremony.Init(*dir, network, systems)
			if err != nil {
				return err
			}
			return a.emit(ceremonyReport{Report: r})
		},
	}
	c.Flags().StringVar(&network, "network", "", "what the keys are for, for people")
	return c
}

func (a *app) ceremonyContribute(dir *string) *cobra.Command {
	var name, file string
	c := &cobra.Command{
		Use:   "contribute",
		Short: "Add your contribution to all that is open",
		Long: `Add your contribution to the powers of tau, or to every circuit, whichever is
open. Your secret is random, from the operating system, and lives in this
process's memory only. Publish the hashes that the command prints: whoever
verifies the ceremony finds them in it.`,
		Args: nothing,
		RunE: func(*cobra.Command, []string) error {
			key, err := contributorKey(file)
			if err != nil {
				return err
			}
			systems, err := circuits()
			if err != nil {
				return err
			}
			receipts, err := ceremony.Contribute(*dir, systems, ceremony.Identity{Name: name, Key: key}, a.ceremonyBar())
			if err != nil {
				return err
			}
			return a.emit(contributed{Name: name, Key: ceremony.Hash(key.Public().(ed25519.PublicKey)), Receipts: receipts})
		},
	}
	c.Flags().StringVar(&name, "name", "", "your name, for people")
	c.Flags().StringVar(&file, "key", "contributor.key", "the file of your signing key; made if it is not there")
	return c
}

// contributorKey reads an Ed25519 seed in hex, or makes one (BAD_FILE).
func contributorKey(file string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		seed := make([]byte, ed25519.SeedSize)
		if _, err := rand.Read(seed); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		_, err = f.WriteString(hex.EncodeToString(seed) + "\n")
		return ed25519.NewKeyFromSeed(seed), errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return nil, err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, rejection.New(rejection.BadFile, "%s is not a contributor's key, 64 hex digits: name a file that is not there with --key, and a key is made in it", file)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

type contributed struct {
	Name     string             `json:"name"`
	Key      ceremony.Hash      `json:"key"`
	Receipts []ceremony.Receipt `json:"contributions"`
}

func (r contributed) print(w io.Writer) {
	fmt.Fprintf(w, "%s has contributed, with key %s.\nPublish this, and hand the directory on:\n\n", r.Name, r.Key)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Receipts {
		fmt.Fprintf(t, "%s\tentry %d\t%s\n", c.Chain, c.Entry, c.Hash)
		fmt.Fprintf(t, "\tfile\t%s\n", c.Payload)
	}
	t.Flush()
}

func (a *app) ceremonyFinalise(dir *string) *cobra.Command {
	var phase int
	var beacon, source, keys string
	c := &cobra.Command{
		Use:   "finalise",
		Short: "Verify a phase and end it with a public random beacon",
		Long: `Verify all contributions of a phase and end it with a beacon: 32 bytes that
nobody could know before the last contribution, and that everybody can look up.

--phase 1 ends the powers of tau and opens the circuits. --phase 2 ends the
circuits, installs their keys, and leaves ` + keysFile + ` for the genesis. On a
finished ceremony --phase 2, with the same beacon, makes the same keys again
from the contributions: nobody has to take them from others.`,
		Args: nothing,
		RunE: func(*cobra.Command, []string) error {
			value, err := ceremony.ParseHash(beacon)
			if err != nil {
				return rejection.New(rejection.BadFlag, "--beacon has 32 bytes in 64 lower-case hex digits")
			}
			systems, err := circuits()
			if err != nil {
				return err
			}
			b := ceremony.Beacon{Value: value, Source: source}
			switch phase {
			case 1:
				r, err := ceremony.SealPowers(*dir, systems, b, a.ceremonyBar())
				if err != nil {
					return err
				}
				return a.emit(ceremonyReport{Report: r})
			case 2:
				return a.ceremonyEnd(*dir, keys, systems, b)
			}
			return rejection.New(rejection.BadFlag, "--phase is 1 or 2")
		},
	}
	c.Flags().IntVar(&phase, "phase", 0, "1: powers of tau; 2: circuits")
	c.Flags().StringVar(&beacon, "beacon", "", "the beacon: 32 bytes in hex")
	c.Flags().StringVar(&source, "source", "", "where anybody can look the beacon up")
	c.Flags().StringVar(&keys, "keys", "", "phase 2: the key directory to install into (default: keys in the ceremony's directory)")
	return c
}

func (a *app) ceremonyEnd(dir, keys string, systems []*prove.System, b ceremony.Beacon) error {
	if keys == "" {
		keys = filepath.Join(dir, "keys")
	}
	r, made, err := ceremony.Finish(dir, systems, b, keys, a.ceremonyBar())
	if err != nil {
		return err
	}
	named := map[ledger.Circuit]ledger.VerifyKey{}
	for _, k := range made {
		s := k.System()
		named[ledger.Circuit(s.Name())] = ledger.VerifyKey{
			Hash: k.Verifying().Hash(), Circuit: s.Digest(), Transcript: quorum.Key(r.Transcript), Key: k.Verifying().Encode(),
		}
	}
	text, err := json.MarshalIndent(named, "", "  ")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, keysFile)
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return a.emit(finished{ceremonyReport: ceremonyReport{Report: r}, KeysDir: keys, File: file})
}

func (a *app) ceremonyVerify(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Check every entry, file, signature and contribution of a ceremony",
		Long: `Check all that a ceremony's directory holds, finished or not, and trust nothing
in it. A fault is named: the entry, its contributor, the file, the check.

With --genesis it also checks that the genesis' verifying keys are those that
this ceremony made.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			systems, err := circuits()
			if err != nil {
				return err
			}
			var g *ledger.Genesis
			if c.Flags().Changed("genesis") {
				raw, err := os.ReadFile(a.genesis)
				if err != nil {
					return rejection.New(rejection.BadGenesis, "%v", err)
				}
				if g, err = ledger.ParseGenesis(raw); err != nil {
					return err
				}
			}
			r, err := ceremony.Verify(*dir, systems, a.ceremonyBar())
			if err != nil {
				return err
			}
			answer := ceremonyReport{Report: r, Verified: true}
			if g != nil {
				if err := compare(g, r); err != nil {
					return err
				}
				answer.Genesis = g.ChainID
			}
			return a.emit(answer)
		},
	}
}

// compare refuses (BAD_GENESIS) a genesis whose keys are not the ceremony's.
func compare(g *ledger.Genesis, r *ceremony.Report) error {
	if !r.Finished() {
		return rejection.New(rejection.CeremonyStage, "the ceremony has made no keys yet: it waits for %s", r.Stage)
	}
	for _, c := range r.Chains[1:] {
		k := g.Keys[ledger.Circuit(c.Name)]
		if k.Hash != quorum.Key(c.Verifying) || k.Circuit != quorum.Key(c.Circuit) || k.Transcript != quorum.Key(r.Transcript) {
			return rejection.New(rejection.BadGenesis, "the %s key of %s is not the one that this ceremony made", c.Name, g.ChainID)
		}
	}
	return nil
}

// ceremonyReport is a ceremony's state.
type ceremonyReport struct {
	*ceremony.Report
	Verified bool   `json:"verified"`
	Genesis  string `json:"genesis,omitempty"` // the chain whose keys are this ceremony's
}

func (r ceremonyReport) print(w io.Writer) {
	fmt.Fprintf(w, "ceremony for %s, %d entries, transcript %s\n", r.Network, r.Entries, r.Transcript)
	fmt.Fprintf(w, "it waits for %s\n\n", r.Stage)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Chains {
		fmt.Fprintf(t, "%s\t%d contributions\n", c.Name, c.Contributions)
		if c.Source != "" {
			fmt.Fprintf(t, "\tbeacon\t%s, %s\n", c.Beacon, c.Source)
		}
		if c.Verifying != (ceremony.Hash{}) {
			fmt.Fprintf(t, "\tcircuit\t%s\n\tverifying key\t%s\n", c.Circuit, c.Verifying)
		}
	}
	t.Flush()
	for _, c := range r.Contributors {
		fmt.Fprintf(w, "\n%s, key %s: %s", c.Name, c.Key, strings.Join(c.Chains, ", "))
	}
	if len(r.Contributors) > 0 {
		fmt.Fprintln(w)
	}
	if r.Verified {
		fmt.Fprintln(w, "\nEverything in it was checked.")
	}
	if r.Genesis != "" {
		fmt.Fprintf(w, "The verifying keys of %s are those that it made.\n", r.Genesis)
	}
}

// finished is a finished ceremony and where its keys are.
type finished struct {
	ceremonyReport
	KeysDir string `json:"keys"`
	File    string `json:"verifying_keys"`
}

func (f finished) print(w io.Writer) {
	f.ceremonyReport.print(w)
	fmt.Fprintf(w, "\nThe keys are in %s: set %s to it.\nThe genesis' verifying_keys are in %s.\n", f.KeysDir, keystore.Environment, f.File)
}
