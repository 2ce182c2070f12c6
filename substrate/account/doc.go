// Package account computes accounts of Substrate chains: their SS58 text, the
// accounts that pallet-multisig and pallet-utility give to several keys and to
// one account's indices, and the accounts at which a depositor pays in
// (spec/23, "Accounts").
//
// THE INVARIANT: an account is a pure function of keys and numbers: no node, no
// registry and no configuration takes part, so that nobody can be shown a wrong
// one by changing them. A text is accepted if and only if it is the text that
// the account and its prefix have: parse(text) = (id, prefix) exactly when
// id.SS58(prefix) = text.
//
// All functions may be called concurrently. What an account holds, and whether
// a network uses a prefix, is not known here.
package account
