package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/home"
)

// session is an open wallet for the time of one command.
type session struct {
	*home.Home
	app *app
}

// open opens the wallet; the caller closes it.
func (a *app) open(ctx context.Context) (*session, error) {
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	if o.Password, err = a.password("Password: "); err != nil {
		return nil, err
	}
	h, err := home.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &session{h, a}, nil
}

// with runs f on the open wallet, in step with the chain unless --offline.
func (a *app) with(ctx context.Context, f func(*session) error) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	if !a.offline {
		if err = s.sync(ctx); err != nil && !errors.As(err, new(*rejection.Rejection)) {
			err = fmt.Errorf("%w (is the node at %s up? --offline shows what was read last)", err, a.node)
		}
	}
	if err == nil {
		err = f(s)
	}
	return errors.Join(err, s.Close())
}

// sync reads the chain and tells of actions that came to nothing.
func (s *session) sync(ctx context.Context) error {
	notices, err := s.Wallet.Sync(ctx)
	for _, n := range notices {
		fmt.Fprintf(s.app.stderr, "nightjar: %s %s was not executed: %v\n", n.Kind, n.ID.Short(), n.Err)
	}
	return err
}

// options are the flags and environment as the wallet needs them.
func (a *app) options() (home.Options, error) {
	o := home.Options{Dir: a.dir, Node: a.node, Rescan: a.rescan, Scan: a.scanBar(), Keys: a.keysBar()}
	if a.genesis != "" {
		raw, err := os.ReadFile(a.genesis)
		if err != nil {
			return o, rejection.New(rejection.BadGenesis, "%v", err)
		}
		o.Genesis = raw
	}
	return o, nil
}

// terminal returns the file behind a stream if a person sits at it.
func terminal(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// password takes the password from NIGHTJAR_PASSWORD or asks for it.
func (a *app) password(prompt string) (string, error) {
	if p := a.environment("NIGHTJAR_PASSWORD"); p != "" {
		return p, nil
	}
	return a.hidden(prompt)
}

// passwordOnce has what runs for long ask for the password now: later nobody is
// there to be asked again.
func (a *app) passwordOnce() error {
	password, err := a.password("Password: ")
	if err != nil {
		return err
	}
	environment := a.environment
	a.environment = func(name string) string {
		if name == "NIGHTJAR_PASSWORD" {
			return password
		}
		return environment(name)
	}
	return nil
}

// newPassword asks twice.
func (a *app) newPassword() (string, error) {
	if p := a.environment("NIGHTJAR_PASSWORD"); p != "" {
		return p, nil
	}
	first, err := a.hidden("New password: ")
	if err != nil {
		return "", err
	}
	second, err := a.hidden("Again: ")
	if err == nil && first != second {
		err = rejection.New(rejection.WrongPassword, "the two differ")
	}
	return first, err
}

// hidden asks for a line without showing it.
func (a *app) hidden(prompt string) (string, error) {
	f, ok := terminal(a.stdin)
	if !ok {
		return "", rejection.New(rejection.WrongPassword, "nobody is here to ask; set NIGHTJAR_PASSWORD")
	}
	fmt.Fprint(a.stderr, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.stderr)
	return string(b), err
}

// line reads secret text: hidden from a terminal, or the whole of a pipe.
func (a *app) line(prompt string) (string, error) {
	if _, ok := terminal(a.stdin); ok {
		return a.hidden(prompt)
	}
	b, err := io.ReadAll(io.LimitReader(a.stdin, 1<<16))
	return strings.TrimSpace(string(b)), err
}

// bar returns a progress bar, which only a terminal shows.
func (a *app) bar(what string) *progressbar.ProgressBar {
	f, ok := terminal(a.stderr)
	if !ok || a.json {
		return progressbar.DefaultSilent(1)
	}
	return progressbar.NewOptions(1,
		progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
}

func (a *app) scanBar() func(wallet.Progress) {
	var bar *progressbar.ProgressBar
	return func(p wallet.Progress) {
		const worthwhile = 200 // blocks
		if bar == nil {
			if p.Target-p.Height < worthwhile {
				return
			}
			bar = a.bar("reading blocks")
		}
		bar.ChangeMax64(int64(p.Target))
		bar.Set64(int64(p.Height))
	}
}

func (a *app) keysBar() func(keystore.Progress) {
	var bar *progressbar.ProgressBar
	return func(p keystore.Progress) {
		if bar == nil {
			bar = a.bar("proving keys")
		}
		if p.Making {
			bar.Describe("making INSECURE DEVELOPMENT keys: " + string(p.Circuit))
		}
		bar.ChangeMax(p.Total)
		bar.Set(p.Done)
	}
}

// working shows that something without a measure is under way.
func (a *app) working(what string, f func() error) error {
	file, ok := terminal(a.stderr)
	if !ok || a.json {
		return f()
	}
	fmt.Fprintf(file, "%s…", what)
	err := f()
	fmt.Fprint(file, "\r\033[K")
	return err
}
