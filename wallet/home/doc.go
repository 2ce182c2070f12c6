// Package home is a wallet's directory on this machine: its files, its
// network, its node and its prover put together.
//
//	key.age, state.age, lock   package store
//	genesis.json               the network, as it was when the wallet was made
//	trusted                    the newest header that the wallet has verified
//
// THE INVARIANT: a directory belongs to one network for ever; no command line
// and no node moves it to another. What is missing is refused, never replaced
// by a weaker thing: no password, no genesis, no proving keys of this network.
//
// A Home belongs to one goroutine.
package home
