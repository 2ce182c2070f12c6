// Package wallet is an account on Nightjar: it scans the chain for what is the
// account's, plans actions, proves them, signs them and submits them
// (spec/16-wallet.md).
//
// THE INVARIANT: what a wallet shows is a function of its viewing key and the
// chain alone, so that a phrase restores balances, orders and history, all
// equal; an action never spends what another one that may still land spends;
// whoever proves needs no spending key, and whoever signs needs no network.
//
//	blocks --Scanner--> Scanned --State.Apply--> State
//	State --Plan…--> Plan --Prove--> Plan --Sign--> Plan --Submit--> chain
//
// Scanner and the methods of Plan may be used concurrently; a State and a
// Wallet belong to one goroutine. State and Plan read no clock and no network:
// Wallet does, through the interfaces Chain, Prover, Guard and Store.
package wallet
