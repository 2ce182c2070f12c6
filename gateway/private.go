package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// private serves the operator, on a socket that nobody else can open.
func (g *Gateway) private() http.Handler {
	mux := http.NewServeMux()
	serve := func(f func(*http.Request) (any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			answer, err := f(r)
			var refused *rejection.Rejection
			if err != nil && !errors.As(err, &refused) {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			reply(w, answer, err)
		}
	}
	mux.HandleFunc("GET /status", serve(func(*http.Request) (any, error) { return g.status(), nil }))
	mux.HandleFunc("POST /refund", serve(g.serveRefund))
	mux.HandleFunc("POST /acknowledge", serve(g.serveAcknowledge))
	return mux
}

// parse reads one JSON value of a known form and nothing after it.
func parse(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("bytes after the value")
		}
	}
	var refused *rejection.Rejection
	if err != nil && !errors.As(err, &refused) {
		err = rejection.New(rejection.BadRequest, "%v", err)
	}
	return err
}

// RefundOrder is the body of POST /refund.
type RefundOrder struct {
	Deposit gate.Hash `json:"deposit"`
	To      string    `json:"to"` // address on the external chain
}

// serveRefund orders a held deposit back. It takes m operators' orders, and the
// same one of each; this signer never credits the deposit from here on.
func (g *Gateway) serveRefund(r *http.Request) (any, error) {
	var order RefundOrder
	if err := body(r, &order); err != nil {
		return nil, err
	}
	to, err := g.Adapter.ParseAddress(order.To)
	if err != nil {
		return nil, err
	}
	id := custody.DepositID(order.Deposit)
	if err := g.core.ask(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) { return m.Refund(id, to) }); err != nil {
		return nil, err
	}
	g.Log.Info("an operator orders a refund", "deposit", order.Deposit.String())
	var v vault.DepositView
	g.core.look(func(m *vault.Machine) { v, _ = m.Deposit(id) })
	return g.depositStatus(v), nil
}

// Acknowledgement is the body of POST /acknowledge: the number of an alarm as
// the status has it, and its reason, so that no other alarm is meant.
type Acknowledgement struct {
	Number int    `json:"number"`
	Reason string `json:"reason"`
}

func (g *Gateway) serveAcknowledge(r *http.Request) (any, error) {
	var a Acknowledgement
	if err := body(r, &a); err != nil {
		return nil, err
	}
	g.core.mu.Lock()
	list := g.core.alarms
	g.core.mu.Unlock()
	if a.Number < 1 || a.Number > len(list) || words[list[a.Number-1].Reason][0] != a.Reason {
		return nil, rejection.New(rejection.BadRequest, "no alarm %d is %s", a.Number, a.Reason)
	}
	ok, err := g.core.seen(list[a.Number-1])
	if err == nil && !ok {
		err = rejection.New(rejection.BadRequest, "no alarm %d is %s", a.Number, a.Reason)
	}
	g.Log.Info("an operator has seen to an alarm", "alarm", a.Reason)
	return struct{}{}, err
}
