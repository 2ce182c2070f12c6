package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Timeout ends a call that the caller's context would let wait longer.
const Timeout = 30 * time.Second

// maxMessage bounds what is kept of a node's error text, in bytes.
const maxMessage = 300

// Client talks to one node.
type Client struct {
	url  string // may hold a key: never in an error or a log
	host string
	http *http.Client
}

// New returns a client of the node at an http or https URL. Redirects are not
// followed.
func New(address string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, rejection.New(rejection.BadFlag, "a node's address is an http or https URL")
	}
	return &Client{
		url:  address,
		host: u.Host,
		http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// Host returns the node's host and port, for people.
func (c *Client) Host() string { return c.host }

// Refused is an error that the node itself reports.
type Refused struct {
	Method  string
	Code    int    // JSON-RPC's; 0 where the node gave only a text
	Message string // the node's words: at most 300 bytes, printable
}

func (r *Refused) Error() string {
	return fmt.Sprintf("the node refuses %s: %s (%d)", r.Method, r.Message, r.Code)
}

func refused(method string, code int, text string) *Refused {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	if len(printable) > maxMessage {
		printable = strings.ToValidUTF8(printable[:maxMessage], "")
	}
	return &Refused{Method: method, Code: code, Message: printable}
}

// malformed is the refusal of an answer that does not have its method's form.
func malformed(method, format string, args ...any) error {
	return rejection.New(rejection.NodeAnswer, "%s: %s", method, fmt.Sprintf(format, args...))
}

// Do calls a method and returns its result as it came, null included; limit
// bounds the bytes of the whole answer. The typed methods are built on it.
func (c *Client) Do(ctx context.Context, limit int64, method string, params ...any) (json.RawMessage, error) {
	if params == nil {
		params = []any{}
	}
	question, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return nil, fmt.Errorf("%s: parameters: %w", method, err)
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(question))
	if err != nil {
		return nil, c.fault(method, err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.fault(method, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, c.fault(method, fmt.Errorf("HTTP status %d", response.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, c.fault(method, err)
	}
	if int64(len(body)) > limit {
		return nil, malformed(method, "an answer of more than %d bytes", limit)
	}
	return result(method, body)
}

// result takes the result out of a JSON-RPC answer to the one question asked.
func result(method string, body []byte) (json.RawMessage, error) {
	var answer struct {
		ID     json.RawMessage
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
			Data    json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, malformed(method, "no JSON-RPC answer")
	}
	if answer.Error != nil {
		text := answer.Error.Message
		var data string
		if json.Unmarshal(answer.Error.Data, &data) == nil && data != "" {
			text += ": " + data
		}
		return nil, refused(method, answer.Error.Code, text)
	}
	if id := string(answer.ID); id != "1" && id != `"1"` {
		return nil, malformed(method, "an answer to another question")
	}
	if answer.Result == nil {
		return json.RawMessage("null"), nil // gossamer leaves a null result out
	}
	return answer.Result, nil
}

// fault wraps an error of the way to the node without its URL.
func (c *Client) fault(method string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("%s at %s: %w", method, c.host, err)
}
