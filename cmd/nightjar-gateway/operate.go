package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/gateway/home"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// errNotRunning says that nobody listens on the operator's socket.
var errNotRunning = errors.New("the gateway is not running (nightjar-gateway run)")

// order asks the running gateway of a home for something.
func order(ctx context.Context, h home.Home, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://gateway"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", h.Socket())
	}}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		if _, ok := errors.AsType[*net.OpError](err); ok {
			return fmt.Errorf("%w: %w", errNotRunning, err)
		}
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		var r gate.Refusal
		if json.Unmarshal(answer, &r) == nil && r.Number != 0 {
			return rejection.New(rejection.Code(r.Number), "%s", r.Detail)
		}
		return errors.New(strings.TrimSpace(string(answer)))
	}
	return json.Unmarshal(answer, into)
}

func statusCommand() *cobra.Command {
	var h string
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Show what the running gateway sees, does and waits for",
		RunE: func(c *cobra.Command, _ []string) error {
			var s gateway.Status
			if err := order(c.Context(), home.Home(h), http.MethodGet, "/status", nil, &s); err != nil {
				return err
			}
			return show(c.OutOrStdout(), asJSON, s, lines(s)...)
		},
	}
	addHome(c, &h)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func refundCommand() *cobra.Command {
	var h, deposit, to string
	var asJSON bool
	c := &cobra.Command{
		Use:   "refund",
		Short: "Order a held deposit back to an address; m operators have to give the same order",
		Long: "Order a held deposit back to an address. It is sent once m operators have given the\n" +
			"same order. From then on this signer never credits the deposit.",
		RunE: func(c *cobra.Command, _ []string) error {
			var o gateway.RefundOrder
			if err := errors.Join(need("deposit", deposit), need("to", to)); err != nil {
				return err
			}
			if err := o.Deposit.UnmarshalText([]byte(deposit)); err != nil {
				return rejection.New(rejection.BadFlag, "--deposit is the id that the status shows")
			}
			o.To = to
			var d gateway.DepositStatus
			if err := order(c.Context(), home.Home(h), http.MethodPost, "/refund", o, &d); err != nil {
				return err
			}
			return show(c.OutOrStdout(), asJSON, d,
				"deposit  "+d.ID.String(), "state    "+d.State, "to       "+d.Refund,
				"It is sent once enough operators have given the same order.")
		},
	}
	addHome(c, &h)
	c.Flags().StringVar(&deposit, "deposit", "", "id of the deposit")
	c.Flags().StringVar(&to, "to", "", "address on the external chain")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func acknowledgeCommand() *cobra.Command {
	var h string
	var a gateway.Acknowledgement
	c := &cobra.Command{
		Use:   "acknowledge",
		Short: "Take an alarm off the status, once somebody has seen to what it is about",
		RunE: func(c *cobra.Command, _ []string) error {
			if a.Number < 1 || a.Reason == "" {
				return rejection.New(rejection.BadFlag, "--alarm and --reason are those that the status shows")
			}
			if err := order(c.Context(), home.Home(h), http.MethodPost, "/acknowledge", a, new(struct{})); err != nil {
				return err
			}
			_, err := fmt.Fprintln(c.OutOrStdout(), "acknowledged", a.Reason)
			return err
		},
	}
	addHome(c, &h)
	c.Flags().IntVar(&a.Number, "alarm", 0, "number of the alarm")
	c.Flags().StringVar(&a.Reason, "reason", "", "reason of the alarm")
	return c
}

// lines is a status for people.
func lines(s gateway.Status) (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	add("gateway    %s on %s, version %s", s.Chain, s.Network, s.Version)
	add("key        %s%s", s.Key, map[bool]string{true: "", false: "   NOT A SIGNER"}[s.Listed])
	add("fees from  %s", s.Account)
	add("custody    %s   %d of %d signers", s.Custody, s.Threshold, s.Signers)
	add("Nightjar   height %d, read %s", s.Height, ago(s.HeightAge))
	add("%-10s block %d of %d, read %s", s.Chain, s.Block, s.Final, ago(s.BlockAge))
	payments := "running"
	if s.Stopped {
		payments = "STOPPED: an account holds less than the books say"
	}
	add("payments   %s", payments)
	if f := s.Flight; f != nil {
		add("under way  %s %s, attempt %d, until block %d", f.Job, f.Ref, f.Attempt, f.Until)
	}
	if s.Anchors.Every > 0 {
		add("anchored   height %d (every %d)", s.Anchors.Height, s.Anchors.Every)
	}
	add("")
	add("ALARMS: %d", len(s.Alarms))
	for _, a := range s.Alarms {
		number := ""
		if a.Number > 0 {
			number = fmt.Sprintf("%d. ", a.Number)
		}
		add("  %s%s: %s", number, a.Reason, a.Words)
		if a.Detail != "" {
			add("      %s", a.Detail)
		}
	}
	add("")
	add("BALANCES, proven")
	for _, b := range s.Balances {
		add("  %-8s %s  %s %s   books %s   block %d", b.Kind, b.Account, amount.FormatWide(b.Proven, b.Decimals), b.Asset,
			amount.FormatWide(b.Books, b.Decimals), b.Block)
	}
	add("")
	add("DEPOSITS not credited yet: %d", len(s.Deposits))
	for _, d := range s.Deposits {
		why := d.State
		if d.Reason != "" {
			why += ", " + d.Reason
		}
		if d.Waits != "" {
			why += ", waits for " + strings.ToLower(d.Waits)
		}
		add("  %s  %s %s   %s   %d of %d signatures   block %d", d.ID, amount.FormatWide(d.Amount, d.Decimals), d.Symbol, why, d.Signatures, d.Needed, d.Number)
		add("      from %s to %s", d.From, d.To)
		if d.Refund != "" {
			add("      goes back to %s", d.Refund)
		}
	}
	add("")
	add("WITHDRAWALS open: %d", len(s.Claims))
	for _, w := range s.Claims {
		why := w.State
		if w.State == gate.ClaimWaiting {
			why += fmt.Sprintf(" until height %d", w.PayableAt)
		}
		if w.Reason != "" {
			why += ", " + w.Reason
		}
		if w.Observed {
			why += ", older than this gateway's journal: others pay it"
		}
		add("  %s  %s %s   %s   %d approvals, %d of %d signatures", w.ID, amount.FormatWide(w.Amount, w.Decimals), w.Symbol, why, w.Approvals, w.Signatures, w.Needed)
		add("      to %s", w.Recipient)
	}
	add("")
	add("PEERS")
	for _, p := range s.Peers {
		heard := "never heard"
		if p.Heard != nil {
			heard = "heard " + ago(*p.Heard)
		}
		if p.Fault != "" {
			heard += "; " + p.Fault
		}
		add("  %s  %s", p.URL, heard)
	}
	return out
}

// ago says how long ago something was.
func ago(seconds float64) string {
	if seconds < 0 {
		return "never"
	}
	return (time.Duration(seconds) * time.Second).String() + " ago"
}
