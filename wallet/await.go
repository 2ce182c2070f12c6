package wallet

import "github.com/nightjar/nightjar/protocol/field"

// Awaited is an owner commitment that was handed out for a deposit from another
// chain, so that the wallet can ask what became of it.
type Awaited struct {
	Index  uint64 // of the deposit
	Asset  uint32
	Height uint64 // of the chain when it was handed out
}

// maxAwaited bounds what is remembered; the oldest is forgotten first. Its
// deposit is found all the same, as long as its index is within the gap.
const maxAwaited = 100

// DepositOwner hands out the owner commitment C for a deposit, never used
// before as far as the wallet knows. When Gap of them are out unused, it hands
// out the oldest of these again: the chain would not be searched further.
func (w *Wallet) DepositOwner() (field.Element, error) {
	i, fresh := w.nextDeposit()
	if fresh {
		w.local.Deposits = i + 1
		if err := w.save(); err != nil {
			return field.Element{}, err
		}
	}
	return w.state.DepositOwner(i), nil
}

// AwaitDeposit is DepositOwner for an asset of another chain: Awaited lists it
// from now on. It is saved before it is shown.
func (w *Wallet) AwaitDeposit(asset uint32) (field.Element, error) {
	i, fresh := w.nextDeposit()
	if fresh {
		w.local.Deposits = i + 1
	}
	w.local.Awaited = append(w.local.Awaited, Awaited{Index: i, Asset: asset, Height: w.state.Height})
	if over := len(w.local.Awaited) - maxAwaited; over > 0 {
		w.local.Awaited = w.local.Awaited[over:]
	}
	if err := w.save(); err != nil {
		return field.Element{}, err
	}
	return w.state.DepositOwner(i), nil
}

func (w *Wallet) nextDeposit() (i uint64, fresh bool) {
	used := w.state.Deposits
	i = max(w.local.Deposits, used)
	if i >= used+Gap {
		return used, false
	}
	return i, true
}

// Awaited returns what AwaitDeposit handed out, the oldest first.
func (w *Wallet) Awaited() []Awaited { return append([]Awaited(nil), w.local.Awaited...) }

// DepositIndex returns the number of the deposit with owner commitment c; ok is
// false if it is nobody's that this wallet looks for.
func (w *Wallet) DepositIndex(c field.Element) (i uint64, ok bool) {
	i, ok = w.state.index.deposits[c]
	return i, ok
}
