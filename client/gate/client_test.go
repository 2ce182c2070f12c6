package gate

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// serve answers every request by h and returns a client of it.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestQuestionsAndAnswers(t *testing.T) {
	owner := field.FromUint64(7)
	claim := Claim{ID: Hash{1}, State: ClaimExecuted, PayableAt: 9, Signatures: 1, Needed: 2, Payment: &Reference{Chain: 2, Block: Hash{3}, Index: 4}}
	deposit := Deposit{ID: Hash{5}, Reference: Reference{2, Hash{6}, 7}, Number: 8, Asset: 2, Amount: amount.Wide{Hi: 1}, Units: 9, State: DepositHeld, Reason: "BELOW_MINIMUM"}
	answers := map[string]any{
		"GET /v1/status":                      Status{Network: "test", Height: 5, Limits: []Limit{{Asset: 7, Rate: 5, Window: 3, MaxDelay: 9}}, Alarms: []string{}},
		"POST /v1/watch":                      Watched{Account: Hash{9}, Address: "address"},
		"GET /v1/claims/" + claim.ID.String(): claim,
		"GET /v1/deposits?owner=" + Hash(owner.Bytes()).String(): Deposits{[]Deposit{deposit}},
		"GET /v1/anchors": Anchors{[]Anchor{{Height: 4}}},
	}
	var body []byte
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			http.Error(w, "no", http.StatusNotFound)
			return
		}
		body, _ = io.ReadAll(r.Body)
		_ = json.NewEncoder(w).Encode(a)
	})
	ctx := context.Background()
	if s, err := c.Status(ctx); err != nil || s.Network != "test" || s.Height != 5 {
		t.Errorf("status: %+v %v", s, err)
	}
	block := Hash{2}
	if w, err := c.Watch(ctx, 3, owner, &block); err != nil || w.Account != (Hash{9}) {
		t.Errorf("watch: %+v %v", w, err)
	}
	var sent Watch
	if err := json.Unmarshal(body, &sent); err != nil || sent.Asset != 3 || sent.Owner != owner.Bytes() || *sent.Block != block {
		t.Errorf("asked %s", body)
	}
	if d, err := c.Deposits(ctx, owner); err != nil || !cmp.Equal(d, []Deposit{deposit}) {
		t.Errorf("deposits: %+v %v", d, err)
	}
	if got, err := c.Claim(ctx, custody.ClaimID(claim.ID)); err != nil || !cmp.Equal(got, claim) {
		t.Errorf("claim: %+v %v", got, err)
	}
	if a, err := c.Anchors(ctx); err != nil || len(a) != 1 {
		t.Errorf("anchors: %+v %v", a, err)
	}
}

// TestHostileAnswers: a gateway that lies, floods or sends the wallet elsewhere
// gets a typed refusal, never a half-read answer.
func TestHostileAnswers(t *testing.T) {
	elsewhere := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   error
	}{
		"no JSON":    {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, rejection.BadGateway},
		"nothing":    {func(http.ResponseWriter, *http.Request) {}, rejection.BadGateway},
		"two values": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}{}") }, rejection.BadGateway},
		"another claim": {func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(Claim{ID: Hash{2}})
		}, rejection.BadGateway},
		"short hash": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"id":"00"}`) }, rejection.BadGateway},
		"a number":   {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"payable_at":-1}`) }, rejection.BadGateway},
		"a flood":    {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat(" ", maxAnswer+1)) }, rejection.BadGateway},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.base, http.StatusFound) }, rejection.BadGateway},
		"an odd code": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, `{"code":"X","number":601}`)
		}, rejection.BadGateway},
		"a refusal": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			io.WriteString(w, `{"code":"UNKNOWN_CLAIM","number":604,"detail":"a\u001b[31m b"}`)
		}, rejection.UnknownClaim},
	} {
		client := serve(t, c.answer)
		_, err := client.Claim(context.Background(), custody.ClaimID{1})
		if !errors.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("%s: a gateway writes to the terminal", name)
		}
	}
	broken := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	if _, err := broken.Status(context.Background()); err == nil || errors.As(err, new(*rejection.Rejection)) {
		t.Errorf("a gateway that is down is not the owner's fault: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:1", "ftp://a", "http://", "http://u:p@host", "http://host?x=1"} {
		if _, err := New(bad); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if c, err := New("https://gate.example/path/"); err != nil || c.Address() != "https://gate.example/path" {
		t.Errorf("control: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":"` + strings.Repeat("0", 64) + `","state":"held","amount":"5"}`))
	f.Add([]byte(`{"payment":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d Deposits
		_ = decode(b, &d)
		var c Claim
		if decode(b, &c) != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back Claim
		if err := decode(again, &back); err != nil || !cmp.Equal(c, back) {
			t.Fatalf("%s: %v", again, err)
		}
	})
}

// TestLimit: an asset without a limit of its own has the default.
func TestLimit(t *testing.T) {
	s := Status{Default: Limit{Rate: 1}, Limits: []Limit{{Asset: 7, Rate: 5}}}
	if s.Limit(7).Rate != 5 || s.Limit(8).Rate != 1 {
		t.Errorf("%+v, %+v", s.Limit(7), s.Limit(8))
	}
}
