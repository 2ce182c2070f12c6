package main

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet/home"
)

// walletCommands are all commands that work on a wallet.
func (a *app) walletCommands() []*cobra.Command {
	w := &cobra.Command{Use: "wallet", Short: "Make or restore a wallet", Args: cobra.ArbitraryArgs, RunE: group}
	w.AddCommand(a.createCommand(), a.restoreCommand(), a.watchCommand(), a.phraseCommand())
	out := []*cobra.Command{w}
	out = append(out, a.queryCommands()...)
	out = append(out, a.spendCommands()...)
	return append(out, a.planCommand())
}

// madeResult says that a wallet was made.
type madeResult struct {
	OK      bool   `json:"ok"`
	Home    string `json:"home"`
	Chain   string `json:"chain_id"`
	Network string `json:"network"`
	Address string `json:"address"`
	Phrase  string `json:"phrase,omitempty"`
}

func (r madeResult) print(w io.Writer) {
	fmt.Fprintf(w, "Wallet in %s, on %s.\n", r.Home, r.Chain)
	if r.Network == string(keys.Development) {
		fmt.Fprintln(w, "This is a DEVELOPMENT network: nothing on it is worth anything.")
	}
	if r.Phrase != "" {
		fmt.Fprintf(w, "\nWrite these words down, in this order. They are the wallet: whoever has them\nhas your money, and without them nobody can restore it. `nightjar wallet phrase` shows them again.\n\n    %s\n", r.Phrase)
	}
	fmt.Fprintf(w, "\nYour address: %s\n\nNext: nightjar deposit --asset SYMBOL\n", r.Address)
}

func (a *app) createCommand() *cobra.Command {
	return &cobra.Command{
		Use: "create", Short: "Make a wallet with a new phrase", Args: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var entropy [keys.EntropySize]byte
			if _, err := rand.Read(entropy[:]); err != nil {
				return err
			}
			phrase := keys.NewPhrase(entropy).Words()
			return a.make(cmd, home.Secret{Phrase: phrase}, phrase)
		},
	}
}

func (a *app) restoreCommand() *cobra.Command {
	var account uint32
	cmd := &cobra.Command{
		Use: "restore", Short: "Make a wallet from a phrase, read from the terminal or standard input", Args: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := a.line("Phrase: ")
			if err != nil {
				return err
			}
			phrase, err := keys.ParsePhrase(text)
			if err != nil {
				return err
			}
			return a.make(cmd, home.Secret{Phrase: phrase.Words(), Account: account}, "")
		},
	}
	cmd.Flags().Uint32Var(&account, "account", 0, "number of the account under the phrase")
	return cmd
}

func (a *app) watchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "watch", Short: "Make a wallet from a viewing key: it sees, plans and proves, and can't sign", Args: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := a.line("Viewing key: ")
			if err != nil {
				return err
			}
			if text == "" {
				return rejection.New(rejection.BadViewingKey, "it is empty")
			}
			return a.make(cmd, home.Secret{ViewingKey: text}, "")
		},
	}
}

type phraseResult struct {
	Phrase string `json:"phrase"`
}

func (r phraseResult) print(w io.Writer) { fmt.Fprintln(w, r.Phrase) }

// phraseCommand shows the phrase to who has the password: a wallet whose making
// was cut off has one that nobody has seen.
func (a *app) phraseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "phrase", Short: "Show the phrase: whoever sees it has your money", Args: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			words, ok := s.Phrase()
			if !ok {
				return rejection.New(rejection.BadPhrase, "this wallet was made from a viewing key and has none")
			}
			return a.emit(phraseResult{words})
		},
	}
}

// make makes a wallet and shows it. The phrase is shown only if it is new.
func (a *app) make(cmd *cobra.Command, secret home.Secret, show string) error {
	o, err := a.options()
	if err != nil {
		return err
	}
	if o.Password, err = a.newPassword(); err != nil {
		return err
	}
	h, err := home.Create(cmd.Context(), o, secret)
	if err != nil {
		return err
	}
	r := madeResult{
		OK: true, Home: a.dir, Chain: h.Genesis.ChainID, Network: string(h.Network),
		Address: h.Wallet.Address().Format(h.Network), Phrase: show,
	}
	if err := a.emit(r); err != nil {
		return err
	}
	return h.Close()
}
