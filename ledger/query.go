package ledger

import (
	"github.com/nightjar/nightjar/protocol/authmap"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// The queries read the state at its head. Results share nothing with it.

// Params returns the parameters in force.
func (s *State) Params() Params {
	p, _ := rowParams.get(s.backing, single)
	return p
}

// Fee returns the flat fee in force after block height; ok is false for a
// height before every accepted anchor.
func (s *State) Fee(height uint64) (fee uint64, ok bool) {
	fees, _ := rowFee.get(s.backing, single)
	return fees.At(height)
}

// ExitFee is Fee for withdrawals of an asset.
func (s *State) ExitFee(asset uint32, height uint64) (fee uint64, ok bool) {
	a, _ := rowAsset.get(s.backing, id32(asset))
	return a.ExitFees.At(height)
}

// Assets returns all assets, ascending by id.
func (s *State) Assets() []Asset { return rowAsset.all(s.backing, single) }

// Asset returns one asset.
func (s *State) Asset(id uint32) (Asset, bool) { return rowAsset.get(s.backing, id32(id)) }

// Markets returns all market records, ascending by id.
func (s *State) Markets() []market.Record { return rowMarket.all(s.backing, single) }

// References returns the reference of every market, ascending by market.
func (s *State) References() []market.Reference {
	p, _ := rowReferences.get(s.backing, single)
	return p
}

// Pool returns the turnstile and the fee counter of an asset.
func (s *State) Pool(asset uint32) Pool {
	p, _ := rowPool.get(s.backing, id32(asset))
	return p
}

// Claim returns a withdrawal claim, open or closed.
func (s *State) Claim(id custody.ClaimID) (WithdrawalClaim, bool) {
	return rowClaim.get(s.backing, id[:])
}

// OpenClaims returns the claims that wait to be paid or returned, ascending by
// id.
func (s *State) OpenClaims() []WithdrawalClaim {
	var out []WithdrawalClaim
	for _, c := range rowClaim.all(s.backing, single) {
		if c.Open() {
			out = append(out, c)
		}
	}
	return out
}

// Deposited reports whether a deposit was credited.
func (s *State) Deposited(id custody.DepositID) bool { return rowDeposit.has(s.backing, id[:]) }

// Workers returns the workers that may sign in the next block, ascending by id.
func (s *State) Workers() []Worker {
	return liveWorkers(s.backing, s.head.Height+1)
}

// Leader returns the worker whose signature a lock of auction Head().Height
// needs in the next block; zero without workers.
func (s *State) Leader() settlement.WorkerID { return leader(s.backing, s.head.Height) }

// Book returns the epoch's number and the enclaves' last signs of life.
func (s *State) Book() Book {
	b, _ := rowBook.get(s.backing, single)
	return b
}

// Epoch returns an epoch that runs or ended at most g blocks ago.
func (s *State) Epoch(number uint64) (Epoch, bool) { return rowEpoch.get(s.backing, id64(number)) }

// Challenges returns the challenges about heartbeats that can still be
// challenged, ascending by id, answered or not.
func (s *State) Challenges() []Challenge { return rowChallenge.all(s.backing, single) }

// HeartbeatSigners returns the workers that signed the heartbeat of a height, while it can
// be challenged.
func (s *State) HeartbeatSigners(height uint64) []settlement.WorkerID {
	row, _ := rowSigned.get(s.backing, id64(height))
	return row.Signers
}

// Suspensions returns who can't register, ascending by operator and platform.
func (s *State) Suspensions() []Suspension { return rowSuspension.all(s.backing, single) }

// Locks returns the locks that are open or whose exit window runs, ascending
// by auction.
func (s *State) Locks() []Lock { return rowLock.all(s.backing, single) }

// Roots returns the roots after a recent block.
func (s *State) Roots(height uint64) (Roots, bool) { return rowRoots.get(s.backing, id64(height)) }

// Anchor returns the newest accepted anchor, which every wallet uses.
func (s *State) Anchor() Roots {
	k := s.genesis.Constants.AnchorInterval
	r, _ := rowRoots.get(s.backing, id64(s.head.Height/k*k))
	return r
}

// Validators returns the validators in force at a height not older than the
// head's predecessor.
func (s *State) Validators(height uint64) []Validator {
	return s.newBlock(Block{Height: s.head.Height + 1}).validatorsAt(height)
}

// Signers returns the custody's signers.
func (s *State) Signers() Signers {
	v, _ := rowSigners.get(s.backing, single)
	return v
}

// ProposalNonce returns the nonce of the last accepted proposal.
func (s *State) ProposalNonce() uint64 {
	n, _ := rowNonce.get(s.backing, single)
	return n
}

// Status is what the ledger knows of a nullifier.
type Status struct {
	Spent     uint64 // height of spending, 0 if unspent
	Reserved  uint64 // height of the admission that reserves it, or 0
	Locked    uint64 // auction of the open lock, or 0
	ExitUntil uint64 // last block of its exit window, or 0
}

// Nullifier returns what the ledger knows of a nullifier.
func (s *State) Nullifier(nf field.Element) (st Status) {
	i := idField(nf)
	st.Spent, _ = rowSpent.get(s.backing, i)
	st.Reserved, _ = rowReserved.get(s.backing, i)
	st.Locked, _ = rowLocked.get(s.backing, i)
	st.ExitUntil, _ = rowExit.get(s.backing, i)
	return st
}

// Leaves returns the number of commitments in the tree and Spent that of
// nullifiers in the log.
func (s *State) Leaves() uint64 { return s.frontier.Size() }

// Spent returns the number of spent nullifiers.
func (s *State) Spent() uint64 { return s.log.Size() }

// Prove returns the value of a row of the small state, nil if there is none,
// and the proof of it under the small state's root (spec/10-ledger.md, "Rows").
func (s *State) Prove(key []byte) (value []byte, proof authmap.Proof) {
	value, _ = s.backing.Get(append([]byte{committed}, key...))
	return value, s.small.Prove(key)
}

// Commitment returns the three parts of the app hash: note root, root of the
// nullifier log, root of the small state.
func (s *State) Commitment() (notes field.Element, log, small [32]byte) {
	return s.frontier.Root(), s.log.Root(), s.small.Root()
}
