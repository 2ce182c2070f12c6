package gateway

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// ready makes a world that knows its signers.
func ready(t *testing.T, names ...string) *world {
	w := newWorld(t, names...)
	w.until("signers are known", func() bool { return w.all(known) })
	return w
}

// TestHostileRequests: whatever is asked is answered with a refusal, and changes
// nothing.
func TestHostileRequests(t *testing.T) {
	w := ready(t, "a")
	s := w.sites[0]
	zeros := strings.Repeat("0", 64)
	one := strings.Repeat("0", 63) + "1"
	steps := s.steps
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		code                     rejection.Code
	}{
		{"no owner", "GET", "/v1/deposits", "", 400, rejection.NonCanonical},
		{"an owner above the field", "GET", "/v1/deposits?owner=" + strings.Repeat("f", 64), "", 400, rejection.NonCanonical},
		{"upper case", "GET", "/v1/deposits?owner=" + strings.Repeat("0", 63) + "A", "", 400, rejection.NonCanonical},
		{"a short owner", "GET", "/v1/deposits?owner=01", "", 400, rejection.NonCanonical},
		{"an unknown claim", "GET", "/v1/claims/" + one, "", 404, rejection.UnknownClaim},
		{"no claim", "GET", "/v1/claims/xyz", "", 400, rejection.NonCanonical},
		{"no number", "GET", "/v1/signatures?since=x", "", 400, rejection.BadRequest},
		{"a number below 0", "GET", "/v1/signatures?since=-1", "", 400, rejection.BadRequest},
		{"a number of 64 bits", "GET", "/v1/signatures?since=18446744073709551615", "", 400, rejection.BadRequest},
		{"nothing", "POST", "/v1/watch", "", 400, rejection.BadRequest},
		{"no JSON", "POST", "/v1/watch", "{", 400, rejection.BadRequest},
		{"a list", "POST", "/v1/watch", "[]", 400, rejection.BadRequest},
		{"an unknown field", "POST", "/v1/watch", `{"asset":7,"owner":"` + one + `","more":1}`, 400, rejection.BadRequest},
		{"two values", "POST", "/v1/watch", `{"asset":7,"owner":"` + one + `"}{}`, 400, rejection.BadRequest},
		{"a body without end", "POST", "/v1/watch", strings.Repeat(" ", maxRequest+1), 400, rejection.BadRequest},
		{"another chain's asset", "POST", "/v1/watch", `{"asset":8,"owner":"` + one + `"}`, 400, rejection.UnknownAsset},
		{"nobody", "POST", "/v1/watch", `{"asset":7,"owner":"` + zeros + `"}`, 400, rejection.ZeroCommitment},
		{"an owner above the field", "POST", "/v1/watch", `{"asset":7,"owner":"` + strings.Repeat("f", 64) + `"}`, 400, rejection.NonCanonical},
		{"the operator's door", "POST", "/refund", "{}", 404, 0},
		{"the operator's status", "GET", "/status", "", 404, 0},
		{"another method", "DELETE", "/v1/watch", "", 405, 0},
	} {
		var got gate.Refusal
		rec := httpGet(w, s, c.method, c.path, c.body)
		if rec.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", c.name, rec.StatusCode, c.status)
			continue
		}
		if c.code == 0 {
			continue
		}
		raw, _ := io.ReadAll(rec.Body)
		if err := parse(raw, &got); err != nil || rejection.Code(got.Number) != c.code {
			t.Errorf("%s: %s, want %s", c.name, raw, c.code.Name())
		}
	}
	if s.steps != steps {
		t.Errorf("refused requests were journaled: %d steps", s.steps-steps)
	}
	// A block that is on no final chain, and then one that is: the control.
	for _, c := range []struct {
		block  [32]byte
		status int
	}{{[32]byte{9}, 400}, {w.outside.blocks[1].Hash, 200}} {
		block := gate.Hash(c.block)
		if got := call(w, s.g.public(), "POST", "/v1/watch", gate.Watch{Asset: ksm, Owner: alice.Bytes(), Block: &block}, nil); got != c.status {
			t.Errorf("block %x: %d", c.block[:2], got)
		}
	}
}

func httpGet(w *world, s *site, method, path, body string) *http.Response {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), method, "http://"+s.name+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	res, err := route{w}.RoundTrip(req)
	if err != nil {
		w.Fatal(err)
	}
	return res
}

// TestFloodOfAnnouncements: announcements are bounded in rate and number; an
// owner whose address holds money is not pushed out.
func TestFloodOfAnnouncements(t *testing.T) {
	w := ready(t, "a", "b")
	s := w.sites[0]
	address := w.announce(bob, nil)
	w.outside.pay(payment{payer, address, 7_000_000_000, nil})
	w.until("it is credited", func() bool { return w.hub.pool.Deposited == 7_000_000 })
	for i := range uint64(20) { // the machine's bound is 3
		w.announce(field.FromUint64(1000+i), nil)
	}
	w.outside.pay(payment{payer, address, 2_000_000_000, nil})
	w.until("the first owner is still watched", func() bool { return w.hub.pool.Deposited == 9_000_000 })

	// One who was pushed out announces again and names the block.
	lost := field.FromUint64(1000)
	to := adapter{w.outside, vault.Account{}}.Deposit(w.custody(), lost)
	w.outside.pay(payment{payer, to, 4_000_000_000, nil})
	w.tick()
	paid := gate.Hash(w.outside.blocks[len(w.outside.blocks)-1].Hash)
	for range 5 {
		w.tick()
	}
	if w.hub.pool.Deposited != 9_000_000 || len(s.deposits(lost)) != 0 {
		t.Fatal("an address that is not watched was seen")
	}
	w.announce(lost, &paid)
	w.until("it is credited after all", func() bool { return w.hub.pool.Deposited == 13_000_000 })
	w.announce(lost, &paid)
	for range 30 {
		w.tick()
	}
	if w.hub.pool.Deposited != 13_000_000 {
		t.Error("a block that was named twice was credited twice")
	}

	steps := s.steps
	now := time.Now()
	s.g.limits = newLimits(func() time.Time { return now })
	busy := 0
	for i := range uint64(500) {
		if call(w, s.g.public(), "POST", "/v1/watch", gate.Watch{Asset: ksm, Owner: gate.Hash(owner(2000 + i))}, nil) == http.StatusServiceUnavailable {
			busy++
		}
	}
	if busy < 400 || s.steps-steps > 100 {
		t.Errorf("%d of 500 were put off, %d were journaled", busy, s.steps-steps)
	}
	for range 1000 { // strangers' questions
		call(w, s.g.public(), "GET", "/v1/status", nil, nil)
	}
	if code := call(w, s.g.public(), "GET", "/v1/status", nil, nil); code != http.StatusServiceUnavailable {
		t.Errorf("a flood of questions: %d", code)
	}
	if code := call(w, s.g.public(), "GET", "/v1/signatures?since=0", nil, nil); code != http.StatusOK {
		t.Errorf("it keeps peers out: %d", code)
	}
}

func owner(i uint64) [32]byte {
	c := field.FromUint64(i)
	return c.Bytes()
}

func TestBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(time.Now, 2, 3)
		taken := func() (n int) {
			for b.take() {
				n++
			}
			return n
		}
		if n := taken(); n != 3 {
			t.Errorf("a burst of %d", n)
		}
		time.Sleep(time.Second)
		if n := taken(); n != 2 {
			t.Errorf("%d a second", n)
		}
		time.Sleep(time.Hour)
		if n := taken(); n != 3 {
			t.Errorf("%d after an hour", n)
		}
	})
}

// answer is a peer that says one thing.
type answer struct {
	status int
	body   string
}

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Status: fmt.Sprint(a.status), Body: io.NopCloser(strings.NewReader(a.body)), Header: http.Header{}}, nil
}

// page is an answer with signatures.
func page(next uint64, signed ...[]byte) answer {
	run := strings.Repeat("ab", 16)
	var texts []string
	for _, s := range signed {
		texts = append(texts, `"`+hex.EncodeToString(s)+`"`)
	}
	return answer{200, fmt.Sprintf(`{"run":%q,"next":%d,"signed":[%s]}`, run, next, strings.Join(texts, ","))}
}

// attest signs a deposit.
func attest(name string, d custody.Deposit) []byte {
	return vault.Signed{Statement: vault.Statement{Deposit: &d}, Signature: quorum.Sign(testKey(name), d.SignBytes(chainID))}.Encode()
}

// TestHostilePeers: a peer that lies, floods or talks nonsense is refused and
// has no effect but an alarm; the next good answer ends it.
func TestHostilePeers(t *testing.T) {
	w := ready(t, "a", "b")
	s := w.sites[0]
	p := s.g.peers[0]
	good := p.http.Transport
	real := custody.Deposit{
		Reference: custody.Reference{Chain: chainNumber, Hash: [32]byte{7}, Index: 1}, Asset: ksm, Amount: 1000, C: alice,
	}
	forged := attest("b", real)
	forged[len(forged)-1] ^= 1
	two := real
	two.Signatures = []quorum.Signature{quorum.Sign(testKey("a"), two.SignBytes(chainID)), quorum.Sign(testKey("b"), two.SignBytes(chainID))}
	if bytes.Compare(two.Signatures[0].Key[:], two.Signatures[1].Key[:]) > 0 {
		two.Signatures[0], two.Signatures[1] = two.Signatures[1], two.Signatures[0]
	}
	many := make([][]byte, pageSignatures+1)
	for i := range many {
		many[i] = attest("b", real)
	}
	for _, c := range []struct {
		name string
		says answer
		lies bool
	}{
		{"an error", answer{500, "away"}, false},
		{"a redirect", answer{302, ""}, false},
		{"no JSON", answer{200, "<html>"}, true},
		{"another form", answer{200, `{"run":"","next":0,"signed":[],"more":1}`}, true},
		{"an answer without end", answer{200, strings.Repeat(" ", maxPage+1)}, true},
		{"no run", answer{200, `{"run":"","next":0,"signed":[]}`}, true},
		{"a count that goes back", page(0, attest("b", real)), true},
		{"too many", page(1000, many...), true},
		{"no transaction", page(1, []byte{1, 2, 3}), true},
		{"two signatures", page(1, two.Encode()), true},
		{"a long one", page(1, make([]byte, maxSignature+1)), true},
		{"a forged signature", page(1, forged), true},
	} {
		p.http.Transport = c.says
		_, err := s.g.askPeer(t.Context(), p)
		if err == nil || errors.Is(err, rejection.BadPeer) != c.lies {
			t.Errorf("%s: %v", c.name, err)
		}
		s.g.judgePeer(p, err)
		if _, fault := p.status(); fault == "" {
			t.Errorf("%s: the peer is fine", c.name)
		}
	}
	if s.g.core.fault != nil || len(drain(s.g.core.effects)) != 0 {
		t.Fatal("a peer's nonsense had an effect")
	}
	// A signer's own word of something that is not so: taken in, and worth nothing.
	p.http.Transport = page(2, attest("b", real), attest("stranger", real))
	if _, err := s.g.askPeer(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		w.tick()
	}
	if w.hub.pool.Deposited != 0 {
		t.Error("one signer's word was credited")
	}
	p.http.Transport = good
	w.tick()
	if _, fault := p.status(); fault != "" {
		t.Errorf("control: %s", fault)
	}
}

// TestRogueSignerIsNamed: a signer that signs something else than is so raises an
// alarm, which stays over a restart until an operator has seen to it.
func TestRogueSignerIsNamed(t *testing.T) {
	w := ready(t, "a", "c")
	s := w.sites[0]
	w.outside.pay(payment{payer, w.custody(), 5_000_000_000, &alice})
	w.tick()
	var other custody.Deposit
	for _, x := range w.outside.blocks[len(w.outside.blocks)-1].Transfers {
		other = custody.Deposit{
			Reference: custody.Reference{Chain: chainNumber, Hash: w.outside.blocks[len(w.outside.blocks)-1].Hash, Index: x.Index},
			Asset:     ksm, Amount: 999_999_999, C: alice,
		}
	}
	signed, err := vault.DecodeSigned(attest("b", other))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.g.core.onSignature(signed); err != nil && !errors.Is(err, rejection.StatementMismatch) {
		t.Fatal(err)
	}
	w.until("it is credited as it was paid", func() bool { return w.hub.pool.Deposited == 5_000_000 })
	alarms := func() []AlarmStatus { return s.g.status().Alarms }
	if a := alarms(); len(a) != 1 || a[0].Reason != "OTHER_STATEMENT" || !strings.Contains(a[0].Detail, hexOf(publicKeyOf("b"))) {
		t.Fatalf("%+v", a)
	}
	s.kill()
	if a := alarms(); len(a) != 1 {
		t.Fatalf("after a restart: %+v", a)
	}
	for _, wrong := range []Acknowledgement{{}, {Number: 2, Reason: "OTHER_STATEMENT"}, {Number: 1, Reason: "SHORT"}} {
		if code := call(w, s.g.private(), "POST", "/acknowledge", wrong, nil); code != 400 || len(alarms()) != 1 {
			t.Errorf("%+v: %d", wrong, code)
		}
	}
	if code := call(w, s.g.private(), "POST", "/acknowledge", Acknowledgement{1, "OTHER_STATEMENT"}, nil); code != 200 || len(alarms()) != 0 {
		t.Errorf("%d, %+v", code, alarms())
	}
	s.kill()
	if a := alarms(); len(a) != 0 {
		t.Errorf("seen to, and back after a restart: %+v", a)
	}
}

func publicKeyOf(name string) []byte {
	k := publicKey(testKey(name))
	return k[:]
}
