package gateway

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nightjar/nightjar/vault"
)

// words are what an alarm of the vault is called, and what it means.
var words = map[vault.AlarmReason][2]string{
	vault.ExecutedTwice:   {"EXECUTED_TWICE", "a payment was executed a second time: money may be lost"},
	vault.UnknownCall:     {"UNKNOWN_CALL", "the custody account did something that no job is for: signers acted outside of their gateways"},
	vault.PaidAndReturned: {"PAID_AND_RETURNED", "a claim was paid outside and returned on Nightjar"},
	vault.CreditedRefund:  {"CREDITED_REFUND", "a deposit that was ordered back here was credited on Nightjar"},
	vault.OtherStatement:  {"OTHER_STATEMENT", "a signer signed something else than what this gateway sees"},
	vault.TwoStatements:   {"TWO_STATEMENTS", "a signer signed two things of which at most one is so"},
	vault.NotASigner:      {"NOT_A_SIGNER", "Nightjar does not list this gateway's key"},
	vault.RefundFailed:    {"REFUND_FAILED", "a refund was executed and failed: order it to another account"},
	vault.Short:           {"SHORT", "a custody account holds less than the books say: nothing is paid until it does"},
	vault.CallChanged:     {"CALL_CHANGED", "a payment is encoded otherwise than when it was approved: cancel that approval"},
	vault.OneSigner:       {"ONE_SIGNER", "the custody's threshold is below 2: nothing can be paid"},
}

// condition is something that is wrong as long as it is seen again and again.
type condition string

// The conditions that stop money or need a person.
const (
	nodeAway     condition = "NODE_AWAY"     // Nightjar's node does not answer
	nodeLies     condition = "NODE_LIES"     // it contradicts what the validators signed
	chainAway    condition = "CHAIN_AWAY"    // the external chain's nodes do not answer
	chainLies    condition = "CHAIN_LIES"    // they contradict what is proven
	peerAway     condition = "PEER_AWAY"     // fewer than m gateways, this one with them, can be heard
	peerLies     condition = "PEER_LIES"     // a peer's answer is refused
	feeHigh      condition = "FEE_HIGH"      // an extrinsic's fee is above the limit
	fundsLow     condition = "FUNDS_LOW"     // custody or the own account can't pay
	runtimeNew   condition = "RUNTIME_NEW"   // the chain's runtime is not the accepted one
	signerAway   condition = "SIGNER_AWAY"   // the key's keeper does not sign
	hubRefuses   condition = "HUB_REFUSES"   // Nightjar refuses what m signers signed
	anchorForged condition = "ANCHOR_FORGED" // a signer anchored another history of Nightjar
	unreconciled condition = "UNRECONCILED"  // balances can't be compared with the books
)

var conditions = map[condition]string{
	nodeAway:     "Nightjar's node does not answer: deposits and payments wait",
	nodeLies:     "Nightjar's node contradicts what the validators signed: use another one",
	chainAway:    "the external chain's nodes do not answer: deposits and payments wait",
	chainLies:    "the external chain's nodes contradict what is proven: use others",
	peerAway:     "too few of the other gateways can be heard",
	peerLies:     "another gateway's answer was refused",
	feeHigh:      "a fee is above the limit: payments wait until it falls or the limit is raised",
	fundsLow:     "the custody account, or this signer's own for fees, has too little",
	runtimeNew:   "the external chain has another runtime than was accepted: payments wait until the operator accepts it",
	signerAway:   "the signing key does not answer",
	hubRefuses:   "Nightjar refuses a transaction that enough signers signed",
	anchorForged: "a signer anchored another history of Nightjar than this gateway has verified",
	unreconciled: "balances can't be compared with the books",
}

// conditionLife is how long a condition stands after it was last seen; a forged
// anchor stands for the whole run.
const conditionLife = 3 * time.Minute

// board holds the conditions that stand. Those of the vault are the core's.
type board struct {
	mu   sync.Mutex
	now  func() time.Time
	seen map[condition]notice
}

// notice is one condition's last sight.
type notice struct {
	at     time.Time
	detail string
}

func newBoard() *board { return &board{now: time.Now, seen: map[condition]notice{}} }

// set notes that a condition is so; first reports whether it did not stand.
func (b *board) set(c condition, detail string) (first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last, ok := b.seen[c]
	first = !ok || b.now().Sub(last.at) > conditionLife
	b.seen[c] = notice{b.now(), detail}
	return first
}

func (b *board) clear(cs ...condition) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range cs {
		delete(b.seen, c)
	}
}

// AlarmStatus is an alarm for people.
type AlarmStatus struct {
	Reason string `json:"reason"`
	Words  string `json:"words"`
	Detail string `json:"detail,omitempty"`
	// Number is what `acknowledge` takes; 0 for a condition, which ends by itself.
	Number int `json:"number,omitempty"`
}

func (b *board) list() (out []AlarmStatus) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range slices.SortedFunc(maps.Keys(b.seen), cmp.Compare[condition]) {
		if n := b.seen[c]; c == anchorForged || b.now().Sub(n.at) <= conditionLife {
			out = append(out, AlarmStatus{Reason: string(c), Words: conditions[c], Detail: n.detail})
		}
	}
	return out
}

// Alarms returns the reasons of all alarms, ascending.
func Alarms() (list []string) {
	for _, w := range words {
		list = append(list, w[0])
	}
	for c := range conditions {
		list = append(list, string(c))
	}
	slices.Sort(list)
	return list
}
