package kusama

import (
	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/vault"
)

// proven is what is known of one final block: its events are proven against
// its state root, its extrinsics against its extrinsics root.
type proven struct {
	block      header.Block
	parent     header.Hash
	metadata   *metadata.Metadata // of the runtime that made the block
	events     []byte             // the value of System.Events
	extrinsics [][]byte
}

// role is what a watched account is.
type role uint8

const (
	custodyRole role = 1
	depositRole role = 2
)

// roles indexes a Watch. An account that is both is a custody account.
func roles(w gateway.Watch) map[vault.Account]role {
	out := make(map[vault.Account]role, len(w.Custody)+len(w.Deposits))
	for _, a := range w.Deposits {
		out[a] = depositRole
	}
	for _, a := range w.Custody {
		out[a] = custodyRole
	}
	return out
}

// interpret says what a block means for what is watched. It depends on its
// arguments alone, so that every signer sees the same.
func interpret(chain uint32, network external.Network, p proven, w gateway.Watch) (gateway.Scan, error) {
	s := gateway.Scan{Block: vault.Block{
		Number: uint64(p.block.Number), Hash: p.block.Hash, Parent: p.parent,
	}}
	records, err := event.Decode(p.metadata, p.events)
	if err != nil {
		return gateway.Scan{}, err
	}
	is := roles(w)
	watched := func(a vault.Account) bool { return is[a] != 0 }
	moves, err := movements(p.metadata, records, watched)
	if err != nil {
		return gateway.Scan{}, err
	}
	remarks, err := remarksOf(network, records, p.extrinsics)
	if err != nil {
		return gateway.Scan{}, err
	}
	for _, m := range moves {
		s.Transfers = append(s.Transfers, vault.Transfer{
			Index: m.index, Extrinsic: m.extrinsic, External: m.external, Amount: m.amount,
			From: m.from, To: m.to, Owner: owner(m, moves, remarks, is),
		})
	}
	if s.Steps, err = steps(records, is); err != nil {
		return gateway.Scan{}, err
	}
	for i := range s.Steps {
		s.Steps[i].Job = jobOf(s.Steps[i], remarks)
	}
	s.Included = included(records, p.extrinsics, w.Attempts)
	s.Anchors = anchors(chain, p.block.Hash, remarks, w.Signers)
	return s, nil
}

// remark is one System.Remarked.
type remark struct {
	index     uint32
	extrinsic uint32
	sender    vault.Account
	content   external.Remark // nil: not one of this network
}

// remarksOf returns a block's remarks. What a remark says is found in the
// extrinsic that made it, by the hash in the event.
func remarksOf(network external.Network, records []event.Record, extrinsics [][]byte) ([]remark, error) {
	var out []remark
	for i := range records {
		r := &records[i]
		if !r.Is("System", "Remarked") {
			continue
		}
		sender, err := r.Account("sender")
		if err != nil {
			return nil, err
		}
		hash, err := r.Account("hash")
		if err != nil {
			return nil, err
		}
		one := remark{index: r.Index, extrinsic: extrinsicOf(r), sender: sender}
		if int(one.extrinsic) < len(extrinsics) {
			one.content, _ = external.Find(network, extrinsics[one.extrinsic], hash)
		}
		out = append(out, one)
	}
	return out, nil
}

// owner returns for whom a movement to a custody account is: the owner of the
// remark beside it. All of this has to hold, else it is nobody's:
//
//   - one extrinsic has exactly one movement to custody accounts and exactly one
//     remark of any kind;
//   - the remark is an Owner of this network;
//   - who remarked is who paid. Otherwise whoever completes a multisig's call
//     could write an owner of its own choice beside another's payment.
func owner(m movement, moves []movement, remarks []remark, is map[vault.Account]role) *field.Element {
	if is[m.to] != custodyRole {
		return nil
	}
	for _, other := range moves {
		if other.extrinsic == m.extrinsic && other.index != m.index && is[other.to] == custodyRole {
			return nil
		}
	}
	var beside []remark
	for _, r := range remarks {
		if r.extrinsic == m.extrinsic {
			beside = append(beside, r)
		}
	}
	if len(beside) != 1 || beside[0].sender != m.from {
		return nil
	}
	if o, ok := beside[0].content.(external.Owner); ok {
		return &o.C
	}
	return nil
}

// jobOf returns what the one remark that custody made beside an executed call
// says of it.
func jobOf(s vault.Step, remarks []remark) (job *vault.JobID) {
	if s.Stage != vault.Executed || s.Extrinsic == noExtrinsic {
		return nil
	}
	said := 0
	for _, r := range remarks {
		if r.extrinsic != s.Extrinsic || r.sender != s.Custody {
			continue
		}
		said++
		switch c := r.content.(type) {
		case external.Payout:
			job = &vault.JobID{Kind: vault.Payout, Ref: c.Claim}
		case external.Sweep:
			job = &vault.JobID{Kind: vault.Sweep, Ref: c.Deposit}
		case external.Refund:
			job = &vault.JobID{Kind: vault.Refund, Ref: c.Deposit}
		}
	}
	if said != 1 {
		return nil
	}
	return job
}

// The events of pallet-multisig, and the field that names who acted.
var multisigEvents = map[string]struct {
	by    string
	stage vault.Stage
}{
	"NewMultisig":       {"approving", vault.Opened},
	"MultisigApproval":  {"approving", vault.Approved},
	"MultisigExecuted":  {"approving", vault.Executed},
	"MultisigCancelled": {"cancelling", vault.Cancelled},
}

// steps returns what became of custody accounts' calls.
func steps(records []event.Record, is map[vault.Account]role) ([]vault.Step, error) {
	var out []vault.Step
	for i := range records {
		r := &records[i]
		if r.Pallet != "Multisig" {
			continue
		}
		e, known := multisigEvents[r.Name]
		if !known {
			continue
		}
		account, err := r.Account("multisig")
		if err != nil {
			return nil, err
		}
		if is[account] != custodyRole {
			continue
		}
		s := vault.Step{Index: r.Index, Extrinsic: extrinsicOf(r), Custody: account, Stage: e.stage}
		if s.By, err = r.Account(e.by); err != nil {
			return nil, err
		}
		if s.Call, err = r.Account("call_hash"); err != nil {
			return nil, err
		}
		if s.Stage == vault.Executed {
			ok, err := r.Succeeded("result")
			if err != nil {
				return nil, err
			}
			if !ok {
				s.Stage = vault.Failed
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// included returns which of the pending attempts the block holds.
func included(records []event.Record, extrinsics [][]byte, pending [][32]byte) []vault.Inclusion {
	if len(pending) == 0 {
		return nil
	}
	wanted := make(map[[32]byte]bool, len(pending))
	for _, hash := range pending {
		wanted[hash] = true
	}
	succeeded := map[uint32]bool{}
	for i := range records {
		if r := &records[i]; r.Phase == event.ApplyExtrinsic && r.Is("System", "ExtrinsicSuccess") {
			succeeded[r.Extrinsic] = true
		}
	}
	var out []vault.Inclusion
	for i, x := range extrinsics {
		if hash := blake2b.Sum256(x); wanted[hash] {
			out = append(out, vault.Inclusion{Hash: hash, OK: succeeded[uint32(i)]})
		}
	}
	return out
}

// anchors returns the anchors that signers remarked by their own accounts.
func anchors(chain uint32, block header.Hash, remarks []remark, signers []quorum.Key) []gateway.Anchor {
	isSigner := make(map[vault.Account]bool, len(signers))
	for _, key := range signers {
		isSigner[vault.Account(key)] = true
	}
	var out []gateway.Anchor
	for _, r := range remarks {
		if a, ok := r.content.(external.Anchor); ok && isSigner[r.sender] {
			out = append(out, gateway.Anchor{
				Reference: custody.Reference{Chain: chain, Hash: block, Index: r.index},
				By:        quorum.Key(r.sender), Height: a.Height, App: a.App, Validators: a.Validators,
			})
		}
	}
	return out
}
