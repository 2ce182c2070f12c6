package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/outside"
)

// payin are the flags of a deposit from another chain.
type payin struct {
	reaching
	owner  string
	block  string
	noQR   bool
	noWait bool
}

func (f *payin) register(a *app, cmd *cobra.Command) {
	f.reaching.register(a, cmd)
	f.registerFollow(cmd, "the deposit is yours")
	cmd.Flags().StringVar(&f.owner, "owner", "", "go on with this deposit commitment instead of a new one")
	cmd.Flags().StringVar(&f.block, "block", "", "with --owner: have the gateways look again at this block of the external chain, by its hash")
	cmd.Flags().BoolVar(&f.noQR, "no-qr", false, "do not draw the address")
	cmd.Flags().BoolVar(&f.noWait, "no-wait", false, "do not wait for the money")
}

// placeView says where and how to pay in.
type placeView struct {
	Chain     string `json:"chain"`
	Address   string `json:"address"` // the owner's own
	Account   string `json:"account"` // the same, hex
	Custody   string `json:"custody"` // of the remark way
	Remark    string `json:"remark"`  // 0x and hex
	Signers   string `json:"signers"` // as in 2 of 3
	Min       string `json:"min"`
	Max       string `json:"max"`
	Room      string `json:"room"` // what the supply cap leaves
	Halted    bool   `json:"halted"`
	Watching  int    `json:"watching"` // gateways that look at the address
	Needed    int    `json:"needed"`   // signers that must
	Precision uint8  `json:"precision"`
}

// incomingView is a deposit that a gateway has seen in a final block.
type incomingView struct {
	ID         string `json:"id"`
	Block      string `json:"block"`
	Number     uint64 `json:"number"`
	Index      uint32 `json:"index"`
	Amount     string `json:"amount"` // as sent
	Credit     string `json:"credit"` // as the hub counts it
	Dust       string `json:"dust,omitempty"`
	State      string `json:"state"`
	Reason     string `json:"reason,omitempty"`
	Signatures int    `json:"signatures"`
	Needed     int    `json:"needed"`
}

// payinResult says where to pay in and what came.
type payinResult struct {
	OK       bool           `json:"ok"`
	Asset    string         `json:"asset"`
	Owner    string         `json:"owner"` // C
	Place    placeView      `json:"place"`
	Deposits []incomingView `json:"deposits"`
	qr       string
	shown    bool // the place is on the terminal already
}

func (r payinResult) print(w io.Writer) {
	if !r.shown {
		r.printPlace(w)
	}
	for _, d := range r.Deposits {
		fmt.Fprintf(w, "%s %s, block %d of %s: %s\n", d.Amount, r.Asset, d.Number, r.Place.Chain, sayDeposit(d))
	}
	if r.open() || len(r.Deposits) == 0 {
		fmt.Fprintf(w, "Next: nightjar deposit %s --owner %s\n", r.Asset, r.Owner)
	} else {
		fmt.Fprintln(w, "Next: nightjar balance")
	}
}

// open reports whether any deposit is neither the owner's nor sent back.
func (r payinResult) open() bool {
	return slices.ContainsFunc(r.Deposits, func(d incomingView) bool {
		return d.State != gate.DepositCredited && d.State != gate.DepositRefunded
	})
}

func (r payinResult) printPlace(w io.Writer) {
	p := r.Place
	switch {
	case p.Halted:
		fmt.Fprintf(w, "DEPOSITS OF %s ARE HALTED. What you send now is held until they are open again, so\nno address is shown; say this command again then.\n", r.Asset)
		return
	case p.Watching == 0:
		fmt.Fprintf(w, "No gateway was named, so that nobody looks at an address of your own. Name them\nwith --gateway, or pay to the custody account with the remark, both in ONE\nextrinsic (utility.batch_all):\n\n")
	default:
		fmt.Fprintf(w, "Send %s on %s to\n\n    %s\n\n", r.Asset, p.Chain, p.Address)
		if r.qr != "" {
			fmt.Fprintln(w, r.qr)
		}
		fmt.Fprintf(w, "It is yours alone, made from the custody's signers (%s) as the chain has them.\n", p.Signers)
		if p.Watching < p.Needed {
			fmt.Fprintf(w, "ONLY %d GATEWAYS LOOK AT IT, %d MUST: say this command again later with --owner\n%s, or name more gateways.\n", p.Watching, p.Needed, r.Owner)
		}
		fmt.Fprintf(w, "Or pay to the custody account with the remark, both in ONE extrinsic\n(utility.batch_all):\n\n")
	}
	fmt.Fprintf(w, "    %s\n    system.remark_with_event %s\n\n", p.Custody, p.Remark)
	fmt.Fprintf(w, "At least %s and at most %s %s at a time; %s fit under the cap. Nightjar takes no\nfee of deposits. What is past %d decimals stays behind.\n", p.Min, p.Max, r.Asset, p.Room, p.Precision)
}

// sayDeposit is a deposit's state in words.
func sayDeposit(d incomingView) string {
	switch d.State {
	case gate.DepositHeld:
		return "held (" + sayReason(d.Reason) + ")"
	case gate.DepositDue, gate.DepositAttested:
		return fmt.Sprintf("final, %d of %d signatures", d.Signatures, d.Needed)
	case gate.DepositCredited:
		return "yours, " + d.Credit + " credited"
	case gate.DepositRefunding:
		return "on its way back to who sent it"
	case gate.DepositRefunded:
		return "sent back to who sent it"
	}
	return "in a state that this wallet does not know: " + fmt.Sprintf("%q", d.State)
}

// sayReason explains why a deposit is held.
func sayReason(reason string) string {
	said := map[string]string{
		"UNREAD":         "the gateway has yet to read Nightjar; it goes on by itself",
		"OLD_CUSTODY":    "it lies with former signers, who hand it over; it is credited then",
		"BELOW_MINIMUM":  "less than the smallest deposit; the operators can send it back",
		"ABOVE_LIMIT":    "more than the largest deposit; it waits until the limit is higher, or is sent back",
		"HALTED":         "deposits are halted; it is credited when they are open again",
		"UNKNOWN_ASSET":  "Nightjar does not know this asset; the operators can send it back",
		"SUPPLY_CAP":     "the asset's cap is reached; it is credited when there is room",
		"UNATTRIBUTED":   "it does not say whose it is; the operators can send it back",
		"ROUNDS_TO_ZERO": "less than the smallest unit; the operators can send it back",
	}
	if text, ok := said[reason]; ok {
		return text
	}
	return fmt.Sprintf("%q", reason)
}

// depositOutside shows where to pay in and waits for the money.
func (a *app) depositOutside(cmd *cobra.Command, s *session, asset wallet.Asset, f *payin) error {
	ctx := cmd.Context()
	if a.offline {
		return rejection.New(rejection.BadFlag, "where to pay in follows from the chain's newest signers: it can't be told offline")
	}
	block, err := f.look()
	if err != nil {
		return err
	}
	gs, err := f.dial()
	if err != nil {
		return err
	}
	defer gs.close()
	view, err := s.Client().Custody(ctx, nil, nil)
	if err != nil {
		return err
	}
	c, err := f.commitment(s, asset.ID)
	if err != nil {
		return err
	}
	place, err := outside.PlaceOf(s.Genesis.ChainID, view.Signers, c)
	if err != nil {
		return err
	}
	watching, err := a.announce(ctx, gs, asset.ID, c, place, block)
	if err != nil {
		return err
	}
	r := payinResult{OK: true, Asset: asset.Symbol, Owner: gate.Hash(c.Bytes()).String(), Deposits: []incomingView{}}
	if r.Place, err = viewPlace(view, asset, place, watching); err != nil {
		return err
	}
	if _, ok := terminal(a.stdout); ok && !f.noQR && watching > 0 {
		if r.qr, err = qrCode(r.Place.Address); err != nil {
			return err
		}
	}
	patience := f.patience(a, cmd, f.noWait)
	if len(gs) == 0 || patience <= 0 {
		return a.emitPayin(ctx, s, gs, asset, c, r)
	}
	if !a.json {
		r.printPlace(a.stdout)
		r.shown = true
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := a.followPayin(waiting, s, gs, asset, c, &r); err != nil && waiting.Err() == nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := a.emit(r); err != nil {
		return err
	}
	if len(r.Deposits) == 0 || r.open() {
		return errors.Join(errReported, errWaiting)
	}
	return nil
}

// emitPayin answers with what the gateways say now.
func (a *app) emitPayin(ctx context.Context, s *session, gs gateways, asset wallet.Asset, c field.Element, r payinResult) error {
	if len(gs) > 0 {
		var err error
		if r.Deposits, err = s.incoming(ctx, gs, asset, c); err != nil {
			return err
		}
	}
	return a.emit(r)
}

// look reads the block to look at again.
func (f *payin) look() (*gate.Hash, error) {
	if f.block == "" {
		return nil, nil
	}
	if f.owner == "" {
		return nil, rejection.New(rejection.BadFlag, "--block goes with --owner: a new commitment is in no block")
	}
	return parseHash(f.block)
}

// parseHash reads 32 bytes in hex, with 0x before them or without.
func parseHash(text string) (*gate.Hash, error) {
	var h gate.Hash
	if len(text) == 66 && text[:2] == "0x" {
		text = text[2:]
	}
	if err := h.UnmarshalText([]byte(text)); err != nil {
		return nil, rejection.New(rejection.BadFlag, "32 bytes are 64 lower-case hex digits")
	}
	return &h, nil
}

// commitment is a new one, or the one that the owner names; somebody else's is
// refused.
func (f *payin) commitment(s *session, asset uint32) (field.Element, error) {
	if f.owner == "" {
		return s.Wallet.AwaitDeposit(asset)
	}
	h, err := parseHash(f.owner)
	if err != nil {
		return field.Element{}, err
	}
	c, err := field.FromBytes(h[:])
	if err != nil {
		return c, err
	}
	if _, ok := s.Wallet.DepositIndex(c); !ok {
		return c, rejection.New(rejection.BadFlag, "the commitment is not this wallet's, or too far past its last deposit")
	}
	return c, nil
}

// announce tells the gateways of the owner and returns how many look at the
// address now. A single one that names another account ends it: nobody pays
// while it is unclear who lies.
func (a *app) announce(ctx context.Context, gs gateways, asset uint32, c field.Element, place outside.Place, block *gate.Hash) (int, error) {
	errs := outside.Announce(ctx, gs, asset, c, place, block)
	watching := 0
	for _, err := range errs {
		if errors.Is(err, rejection.GatewayDiffers) {
			return 0, err
		}
	}
	for i, err := range errs {
		if err == nil {
			watching++
		} else if !a.json {
			fmt.Fprintf(a.stderr, "nightjar: the gateway at %s does not look at the address: %v\n", gs[i].Address(), err)
		}
	}
	if watching == 0 && len(gs) > 0 {
		return 0, fmt.Errorf("no gateway looks at the address: %w", errs[0])
	}
	return watching, nil
}

func viewPlace(view *client.Custody, asset wallet.Asset, place outside.Place, watching int) (placeView, error) {
	i := slices.IndexFunc(view.Assets, func(r state.Asset) bool { return r.Record.ID == asset.ID })
	if i < 0 {
		return placeView{}, fmt.Errorf("%w: the asset's record is left out", client.ErrUnverified)
	}
	row, pool := view.Assets[i], view.Pools[asset.ID]
	room := uint64(0)
	if outstanding := pool.Deposited - pool.Withdrawn; outstanding < row.MaxSupply {
		room = row.MaxSupply - outstanding
	}
	chain, decimal := outside.ChainOf(asset.Chain), func(v uint64) string { return amount.FormatDecimal(v, asset.Decimals) }
	return placeView{
		Chain: chain.Name, Address: chain.Address(place.Deposit), Account: hex.EncodeToString(place.Deposit[:]),
		Custody: chain.Address(place.Custody), Remark: "0x" + hex.EncodeToString(place.Remark),
		Signers: fmt.Sprintf("%d of %d", view.Signers.Threshold, len(view.Signers.Keys)),
		Min:     decimal(row.MinDeposit), Max: decimal(row.MaxDeposit), Room: decimal(room), Halted: row.Halted,
		Watching: watching, Needed: int(view.Signers.Threshold), Precision: asset.Decimals,
	}, nil
}

// incoming asks the gateways for the deposits of c. Whether one is credited is
// the chain's to say, which the wallet has read.
func (s *session) incoming(ctx context.Context, gs gateways, asset wallet.Asset, c field.Element) ([]incomingView, error) {
	list, err := gs.deposits(ctx, s.Genesis.ChainID, c)
	if err != nil {
		return nil, err
	}
	out := []incomingView{}
	for _, d := range list {
		if d.Asset != asset.ID {
			continue
		}
		v := incomingView{
			ID: d.ID.String(), Block: d.Reference.Block.String(), Number: d.Number, Index: d.Reference.Index,
			Amount: amount.FormatWide(d.Amount, asset.ExternalDecimals), Credit: amount.FormatDecimal(d.Units, asset.Decimals),
			State: d.State, Reason: d.Reason, Signatures: d.Signatures, Needed: d.Needed,
		}
		if !d.Dust.IsZero() {
			v.Dust = amount.FormatWide(d.Dust, asset.ExternalDecimals)
		}
		if v.State == gate.DepositCredited {
			v.State = gate.DepositAttested // until the wallet has read it itself
		}
		credited := func(e wallet.Entry) bool { return e.Kind == wallet.DepositEntry && e.ID == wallet.ID(d.ID) }
		if i := slices.IndexFunc(s.Wallet.State().History, credited); i >= 0 {
			v.State, v.Credit = gate.DepositCredited, amount.FormatDecimal(s.Wallet.State().History[i].Amount, asset.Decimals)
		}
		out = append(out, v)
	}
	return out, nil
}

// followPayin reads the chain and asks the gateways until there is a deposit,
// and every one of c's is decided or held.
func (a *app) followPayin(ctx context.Context, s *session, gs gateways, asset wallet.Asset, c field.Element, r *payinResult) error {
	bar := progress{app: a}
	defer bar.end()
	for {
		if err := s.sync(ctx); err != nil {
			return err
		}
		deposits, err := s.incoming(ctx, gs, asset, c)
		if err == nil {
			r.Deposits = deposits
			done, all, text := payinProgress(r.Asset, deposits)
			bar.show(done, all, text)
			if done == all {
				return nil
			}
		} else if errors.As(err, new(*rejection.Rejection)) {
			return err
		} else {
			bar.show(0, 1, "the gateways do not answer; trying again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followPoll):
		}
	}
}

// payinProgress is how far the deposit is that is furthest behind. A held one is
// as far as it gets without people, but where the gateways go on by themselves.
func payinProgress(symbol string, deposits []incomingView) (done, all int, text string) {
	if len(deposits) == 0 {
		return 0, 1, "waiting for a payment in a final block"
	}
	behind := -1.0
	for _, d := range deposits {
		// Final; every signature; credited.
		steps, at := d.Needed+2, 1
		switch d.State {
		case gate.DepositDue, gate.DepositAttested:
			at += min(d.Signatures, d.Needed)
		case gate.DepositRefunding:
		case gate.DepositHeld:
			if d.Reason != "UNREAD" && d.Reason != "OLD_CUSTODY" {
				at = steps
			}
		default:
			at = steps
		}
		if left := float64(steps-at) / float64(steps); left > behind {
			behind, done, all = left, at, steps
			text = d.Amount + " " + symbol + ": " + sayDeposit(d)
		}
	}
	return done, all, text
}
