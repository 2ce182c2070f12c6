package rpc

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// node answers every question with one body, and keeps the question.
func node(t *testing.T, body string) (*Client, *string) {
	t.Helper()
	asked := new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		*asked = string(b)
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := New(server.URL + "/?key=SECRET")
	if err != nil {
		t.Fatal(err)
	}
	return c, asked
}

func is(result string) string { return `{"jsonrpc":"2.0","id":1,"result":` + result + `}` }

var (
	hash1 = Hash(bytes.Repeat([]byte{0x11}, 32))
	hash2 = Hash(bytes.Repeat([]byte{0x22}, 32))
	text1 = `"0x` + strings.Repeat("11", 32) + `"`
	text2 = `"0x` + strings.Repeat("22", 32) + `"`
	head  = `{"parentHash":` + text1 + `,"number":"0x1a","stateRoot":` + text2 + `,"extrinsicsRoot":` + text1 + `,"digest":{"logs":["0x0642","0x05"]}}`
)

// methods calls each method on any answer; what it returns is printed, so that
// one table holds them all.
var methods = map[string]func(context.Context, *Client) (any, error){
	"chain_getFinalizedHead": func(ctx context.Context, c *Client) (any, error) { return c.FinalizedHead(ctx) },
	"chain_getBlockHash": func(ctx context.Context, c *Client) (any, error) {
		h, ok, err := c.BlockHash(ctx, 26)
		return found(h, ok), err
	},
	"chain_getHeader": func(ctx context.Context, c *Client) (any, error) {
		h, ok, err := c.Header(ctx, hash1)
		return found(h, ok), err
	},
	"chain_getBlock": func(ctx context.Context, c *Client) (any, error) {
		b, ok, err := c.Block(ctx, hash1)
		return found(b, ok), err
	},
	"state_getMetadata":       func(ctx context.Context, c *Client) (any, error) { return c.Metadata(ctx, hash1) },
	"state_getRuntimeVersion": func(ctx context.Context, c *Client) (any, error) { return c.RuntimeVersion(ctx, hash1) },
	"state_getStorage": func(ctx context.Context, c *Client) (any, error) {
		b, ok, err := c.Storage(ctx, []byte{1, 2}, hash1)
		return found(b, ok), err
	},
	"state_getReadProof": func(ctx context.Context, c *Client) (any, error) {
		return c.ReadProof(ctx, [][]byte{{1}, {2}}, hash1)
	},
	"state_call": func(ctx context.Context, c *Client) (any, error) { return c.Fee(ctx, []byte{9}, hash1) },
	"author_submitExtrinsic": func(ctx context.Context, c *Client) (any, error) {
		return c.Submit(ctx, []byte{9})
	},
	"grandpa_proveFinality": func(ctx context.Context, c *Client) (any, error) {
		f, ok, err := c.ProveFinality(ctx, 26)
		return found(f, ok), err
	},
	"system_properties": func(ctx context.Context, c *Client) (any, error) { return c.Properties(ctx) },
}

func found(v any, ok bool) any {
	if !ok {
		return nil
	}
	return v
}

func TestAnswers(t *testing.T) {
	header := Header{hash1, hash2, hash1, 26, [][]byte{{6, 0x42}, {5}}}
	for _, c := range []struct {
		method, answer, params string
		want                   any
	}{
		{"chain_getFinalizedHead", text1, `[]`, hash1},
		{"chain_getBlockHash", text1, `[26]`, hash1},
		{"chain_getBlockHash", `null`, `[26]`, nil},
		{"chain_getHeader", head, `[` + text1 + `]`, header},
		{"chain_getHeader", `null`, `[` + text1 + `]`, nil},
		{"chain_getBlock", `{"block":{"header":` + head + `,"extrinsics":["0x280403","0x"]},"justifications":null}`, `[` + text1 + `]`,
			Block{header, [][]byte{{0x28, 4, 3}, {}}}},
		{"chain_getBlock", `null`, `[` + text1 + `]`, nil},
		{"state_getMetadata", `"0x6d657461"`, `[` + text1 + `]`, []byte("meta")},
		{"state_getRuntimeVersion", `{"specName":"kusama","specVersion":1003000,"transactionVersion":26,"apis":[]}`, `[` + text1 + `]`,
			Version{"kusama", 1003000, 26}},
		{"state_getStorage", `"0x07"`, `["0x0102",` + text1 + `]`, []byte{7}},
		{"state_getStorage", `null`, `["0x0102",` + text1 + `]`, nil},
		{"state_getStorage", `""`, `["0x0102",` + text1 + `]`, nil},
		{"state_getStorage", `"0x"`, `["0x0102",` + text1 + `]`, []byte{}},
		{"state_getReadProof", `{"at":` + text1 + `,"proof":["0x01","0x0203"]}`, `[["0x01","0x02"],` + text1 + `]`, [][]byte{{1}, {2, 3}}},
		{"state_call", `"0x` + "0c" + "1501" + "00" + "01000000000000000200000000000000" + `"`,
			`["TransactionPaymentApi_query_info","0x0901000000",` + text1 + `]`, Fee{3, 69, amount.Wide{Hi: 2, Lo: 1}}},
		{"author_submitExtrinsic", text1, `["0x09"]`, hash1},
		{"grandpa_proveFinality", `"0x0102"`, `[26]`, Finality{[]byte{1, 2}, false}},
		{"grandpa_proveFinality", `["0x0102"]`, `[26]`, Finality{[]byte{1, 2}, true}},
		{"grandpa_proveFinality", `[]`, `[26]`, nil},
		{"grandpa_proveFinality", `null`, `[26]`, nil},
		{"chain_getHeader", strings.Replace(head, `"0x1a"`, "26", 1), `[` + text1 + `]`, header},
		{"system_properties", `{"ss58Format":2,"tokenDecimals":[12,10],"tokenSymbol":["KSM","X"]}`, `[]`, Properties{2, "KSM", 12}},
		{"system_properties", `{"tokenDecimals":10,"tokenSymbol":"DOT"}`, `[]`, Properties{42, "DOT", 10}},
		{"system_properties", `{}`, `[]`, Properties{Prefix: 42}},
	} {
		client, asked := node(t, is(c.answer))
		got, err := methods[c.method](t.Context(), client)
		if err != nil {
			t.Errorf("%s of %s: %v", c.method, c.answer, err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of %s: (-want +got)\n%s", c.method, c.answer, diff)
		}
		var question struct {
			Method string
			Params json.RawMessage
		}
		if err := json.Unmarshal([]byte(*asked), &question); err != nil || question.Method != c.method || string(question.Params) != c.params {
			t.Errorf("asked %s, want %s of %s", *asked, c.method, c.params)
		}
	}
}

// No hostile answer to any method gives a value, and each is a rejection.
func TestHostileAnswers(t *testing.T) {
	for method, call := range methods {
		for name, body := range map[string]string{
			"no JSON":             `<html>`,
			"nothing":             ``,
			"a list":              `[]`,
			"half an answer":      is(text1)[:40],
			"another question's":  `{"jsonrpc":"2.0","id":2,"result":` + text1 + `}`,
			"no question's":       `{"jsonrpc":"2.0","result":` + text1 + `}`,
			"true":                is(`true`),
			"no hexadecimal":      is(`"0xzz"`),
			"a float":             is(`1.5`),
			"below nothing":       is(`-1`),
			"above 32 bits":       is(`4294967296`),
			"an object in a list": is(`[{}]`),
			"hex in a list":       is(`["0xg"]`),
			"a hash in a hash":    is(`{"parentHash":{},"block":7,"specVersion":"x","at":1,"ss58Format":-1}`),
		} {
			client, _ := node(t, body)
			if got, err := call(t.Context(), client); !errors.Is(err, rejection.NodeAnswer) {
				t.Errorf("%s: %s: %v, %v", method, name, got, err)
			}
		}
	}
	for _, c := range []struct{ method, name, answer string }{
		{"chain_getFinalizedHead", "nothing", `null`},
		{"chain_getFinalizedHead", "31 bytes", text1[:len(text1)-3] + `"`},
		{"chain_getFinalizedHead", "33 bytes", text1[:len(text1)-1] + `11"`},
		{"chain_getFinalizedHead", "a half byte", text1[:len(text1)-2] + `"`},
		{"state_getStorage", "a half byte", `"0x111"`},
		{"chain_getFinalizedHead", "no 0x", `"` + text1[3:]},
		{"chain_getHeader", "a number above 32 bits", strings.Replace(head, "0x1a", "0x100000000", 1)},
		{"chain_getHeader", "a number of no digits", strings.Replace(head, "0x1a", "0x", 1)},
		{"chain_getHeader", "no state root", strings.Replace(head, "stateRoot", "state", 1)},
		{"chain_getHeader", "a log that is none", strings.Replace(head, "0x05", "5", 1)},
		{"chain_getBlock", "no header", `{"block":{"extrinsics":[]}}`},
		{"chain_getBlock", "an extrinsic that is none", `{"block":{"header":` + head + `,"extrinsics":[""]}}`},
		{"chain_getHeader", "digits without 0x", strings.Replace(head, "0x1a", "1a", 1)},
		{"state_getRuntimeVersion", "no transaction version", `{"specName":"kusama","specVersion":1}`},
		{"state_getReadProof", "of another block", `{"at":` + text2 + `,"proof":[]}`},
		{"state_getReadProof", "of no block", `{"proof":[]}`},
		{"state_getReadProof", "a node that is none", `{"at":` + text1 + `,"proof":["1"]}`},
		{"state_call", "a byte too many", `"0x` + "00" + "00" + "00" + strings.Repeat("00", 16) + "00" + `"`},
		{"state_call", "an unknown class", `"0x` + "00" + "00" + "03" + strings.Repeat("00", 16) + `"`},
		{"state_call", "nothing", `"0x"`},
	} {
		client, _ := node(t, is(c.answer))
		if got, err := methods[c.method](t.Context(), client); !errors.Is(err, rejection.NodeAnswer) {
			t.Errorf("%s: %s: %v, %v", c.method, c.name, got, err)
		}
	}
}

// A node that never stops talking is left at the bound.
func TestAnswersAreBounded(t *testing.T) {
	sent := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":"0x`)
		for chunk := strings.Repeat("00", 1<<15); sent < 1<<30; sent += len(chunk) {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	}))
	c, err := New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.FinalizedHead(t.Context()); !errors.Is(err, rejection.NodeAnswer) {
		t.Errorf("%v", err)
	}
	server.Close() // the handler has ended
	if sent >= 1<<30 {
		t.Errorf("%d bytes were read", sent)
	}
	exact := is(`"0x` + strings.Repeat("00", 100) + `"`)
	client, _ := node(t, exact)
	if _, err := client.Do(t.Context(), int64(len(exact)), "method"); err != nil {
		t.Errorf("control: an answer of the bound: %v", err)
	}
	if _, err := client.Do(t.Context(), int64(len(exact))-1, "method"); !errors.Is(err, rejection.NodeAnswer) {
		t.Errorf("one byte above: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		code int
		text string
	}{
		"Substrate's": {`{"jsonrpc":"2.0","id":1,"error":{"code":1010,"message":"Invalid Transaction","data":"Transaction has a bad signature"}}`,
			1010, "Invalid Transaction: Transaction has a bad signature"},
		"without data":     {`{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"no method"}}`, -32601, "no method"},
		"gossamer's":       {is(`"ancient birth block"`), 0, "ancient birth block"},
		"of a terminal":    {is(`"\u001b[2Jgone"`), 0, " [2Jgone"},
		"longer than told": {is(`"` + strings.Repeat("é", 400) + `"`), 0, strings.Repeat("é", 150)},
	} {
		client, _ := node(t, c.body)
		_, err := client.Submit(t.Context(), []byte{1})
		var r *Refused
		if !errors.As(err, &r) || r.Code != c.code || r.Message != c.text || r.Method != "author_submitExtrinsic" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What goes wrong on the way is neither a rejection nor the node's refusal, and
// no error shows the URL's key.
func TestFaults(t *testing.T) {
	status := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }))
	defer status.Close()
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, is(text1)) }))
	defer good.Close()
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, good.URL, http.StatusTemporaryRedirect)
	}))
	defer away.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "{")
	}))
	defer cut.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	for name, at := range map[string]string{"503": status.URL, "a redirect": away.URL, "cut off": cut.URL, "nobody": gone.URL} {
		c, err := New(at + "/SECRET?key=SECRET")
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.FinalizedHead(t.Context())
		var r *Refused
		if err == nil || errors.As(err, &r) || errors.Is(err, rejection.NodeAnswer) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(fmt.Sprint(err), "SECRET") {
			t.Errorf("%s: the error shows the URL: %v", name, err)
		}
	}
	hang := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer slow.Close()
	defer close(hang)
	c, err := New(slow.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.FinalizedHead(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gives up: %v", err)
	}
	for _, address := range []string{"", "ftp://host", "http://", "://", "ws://host:9944"} {
		if _, err := New(address); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Whatever bytes a node sends, each method ends in a value or a typed refusal.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(is(text1)))
	f.Add([]byte(is(head)))
	f.Add([]byte(is(`["0x` + hex.EncodeToString([]byte("j")) + `"]`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		raw, err := result("method", body)
		if err == nil {
			_, err = readHeader("method", raw)
			if _, hashErr := readHash("method", raw); hashErr == nil && err == nil {
				t.Error("a hash that is a header")
			}
		}
		var r *Refused
		if err != nil && !errors.As(err, &r) && !errors.Is(err, rejection.NodeAnswer) {
			t.Errorf("untyped: %v", err)
		}
	})
}
