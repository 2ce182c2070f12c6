package account

import (
	"bytes"
	"encoding/binary"
	"slices"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/scale"
)

// ID is an AccountId32: an Ed25519 or sr25519 public key, or a hash that no key
// has.
type ID [32]byte

// MaxSignatories is the number of signatories that pallet-multisig allows on
// the chains we know (its constant MaxSignatories).
const MaxSignatories = 100

// entropy begins what pallet-multisig and pallet-utility hash into an account.
const entropy = "modlpy/utilisuba"

// Multisig is the account of a multisig of pallet-multisig:
//
//	blake2b-256("modlpy/utilisuba" ‖ compact(n) ‖ ascending ids ‖ u16le threshold)
//
// The order in which the signatories are given does not matter. It refuses what
// the pallet would refuse to execute: a threshold below 2 or above n, more than
// MaxSignatories, and a signatory that stands twice (BAD_MULTISIG).
func Multisig(threshold uint16, signatories []ID) (ID, error) {
	n := len(signatories)
	if n > MaxSignatories {
		return ID{}, rejection.New(rejection.BadMultisig, "%d signatories", n)
	}
	if threshold < 2 || int(threshold) > n {
		return ID{}, rejection.New(rejection.BadMultisig, "a threshold of %d among %d signatories", threshold, n)
	}
	sorted, err := Sorted(signatories)
	if err != nil {
		return ID{}, err
	}
	var w scale.Writer
	w.Fixed([]byte(entropy))
	w.Count(n)
	for _, id := range sorted {
		w.Fixed(id[:])
	}
	w.U16(threshold)
	return blake2b.Sum256(w.Bytes()), nil
}

// Sorted returns the signatories in the one order in which pallet-multisig
// takes them, ascending; one that stands twice is refused (BAD_MULTISIG).
func Sorted(signatories []ID) ([]ID, error) {
	sorted := slices.Clone(signatories)
	slices.SortFunc(sorted, func(a, b ID) int { return bytes.Compare(a[:], b[:]) })
	for i := 1; i < len(sorted); i++ {
		if sorted[i-1] == sorted[i] {
			return nil, rejection.New(rejection.BadMultisig, "a signatory stands twice")
		}
	}
	return sorted, nil
}

// Others returns the signatories without one of them, ascending: what a call of
// pallet-multisig lists beside its own origin. An origin that is no signatory is
// refused (BAD_MULTISIG).
func Others(signatories []ID, origin ID) ([]ID, error) {
	sorted, err := Sorted(signatories)
	if err != nil {
		return nil, err
	}
	i := slices.Index(sorted, origin)
	if i < 0 {
		return nil, rejection.New(rejection.BadMultisig, "the origin is not a signatory")
	}
	return slices.Delete(sorted, i, i+1), nil
}

// Derivative is the account that utility.as_derivative(index, …) of who acts
// for:
//
//	blake2b-256("modlpy/utilisuba" ‖ who ‖ u16le index)
func Derivative(who ID, index uint16) ID {
	b := append([]byte(entropy), who[:]...)
	return blake2b.Sum256(binary.LittleEndian.AppendUint16(b, index))
}

// Nested is the account at the end of a path of derivatives: its sweep is one
// as_derivative inside another, the first index outermost. An empty path gives
// who itself.
func Nested(who ID, path []uint16) ID {
	for _, index := range path {
		who = Derivative(who, index)
	}
	return who
}
