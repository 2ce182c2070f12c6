package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// What an answer may cost.
const (
	maxAnswer     = 1 << 20 // bytes
	answerTimeout = 15 * time.Second
	maxText       = 200 // characters of a gateway's own words that are shown
)

// Client asks one gateway.
type Client struct {
	base string
	http *http.Client
}

// New returns a client of the gateway at an address ("http://host:port", else
// BAD_FLAG). Nothing is sent yet.
func New(address string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		// The address is not repeated: it may hold a password.
		return nil, rejection.New(rejection.BadFlag, "a gateway's address is http://host:port, without a user or a question")
	}
	return &Client{
		base: strings.TrimSuffix(u.String(), "/"),
		http: &http.Client{
			Timeout: answerTimeout,
			// Somebody else's answer is not this gateway's.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Address returns the gateway's address.
func (c *Client) Address() string { return c.base }

// Close gives the connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status asks how far the gateway is.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return ask[Status](ctx, c, http.MethodGet, "/v1/status", nil)
}

// Watch has the gateway look for deposits at an owner's address, and in a block
// that is over if one is named.
func (c *Client) Watch(ctx context.Context, asset uint32, owner field.Element, block *Hash) (Watched, error) {
	return ask[Watched](ctx, c, http.MethodPost, "/v1/watch", Watch{Asset: asset, Owner: owner.Bytes(), Block: block})
}

// Deposits asks for the deposits of an owner commitment.
func (c *Client) Deposits(ctx context.Context, owner field.Element) ([]Deposit, error) {
	d, err := ask[Deposits](ctx, c, http.MethodGet, "/v1/deposits?owner="+Hash(owner.Bytes()).String(), nil)
	return d.Deposits, err
}

// Claim asks how far a withdrawal is.
func (c *Client) Claim(ctx context.Context, id custody.ClaimID) (Claim, error) {
	claim, err := ask[Claim](ctx, c, http.MethodGet, "/v1/claims/"+Hash(id).String(), nil)
	if err == nil && claim.ID != Hash(id) {
		err = rejection.New(rejection.BadGateway, "%s answers about another claim", c.base)
	}
	return claim, err
}

// Anchors asks for the newest anchors that the gateway knows.
func (c *Client) Anchors(ctx context.Context) ([]Anchor, error) {
	a, err := ask[Anchors](ctx, c, http.MethodGet, "/v1/anchors", nil)
	return a.Anchors, err
}

// ask makes one request and reads its one JSON value.
func ask[T any](ctx context.Context, c *Client, method, path string, body any) (answer T, err error) {
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer, err
		}
		send = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, send)
	if err != nil {
		return answer, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer, fmt.Errorf("read the answer of %s: %w", c.base, err)
	case len(raw) > maxAnswer:
		return answer, rejection.New(rejection.BadGateway, "%s answers with more than %d bytes", c.base, maxAnswer)
	case res.StatusCode >= 500:
		return answer, fmt.Errorf("%s answers %s", c.base, res.Status)
	case res.StatusCode != http.StatusOK:
		return answer, c.refusal(res.StatusCode, raw)
	}
	if err := decode(raw, &answer); err != nil {
		return answer, rejection.New(rejection.BadGateway, "%s: %v", c.base, err)
	}
	return answer, nil
}

// decode reads one JSON value of a known form and nothing after it. Fields of a
// later version are passed over.
func decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("bytes after the answer")
	}
	return nil
}

// refusal turns a gateway's refusal back into the rejection that it is.
func (c *Client) refusal(status int, raw []byte) error {
	var r Refusal
	if err := decode(raw, &r); err != nil || rejection.Code(r.Number).Name() != r.Code {
		return rejection.New(rejection.BadGateway, "%s answers with HTTP status %d", c.base, status)
	}
	return rejection.New(rejection.Code(r.Number), "%s", clean(r.Detail))
}

// clean makes a gateway's own words fit for a terminal: printable ASCII, and
// not many of them.
func clean(text string) string {
	out := make([]byte, 0, min(len(text), maxText))
	for i := 0; i < len(text) && len(out) < maxText; i++ {
		if b := text[i]; b >= 0x20 && b <= 0x7e {
			out = append(out, b)
		}
	}
	return string(out)
}
