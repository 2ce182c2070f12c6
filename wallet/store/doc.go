// Package store keeps a wallet on disk: two files, both encrypted by age.
//
//	key.age    the account's secret and the identity of state.age, under the
//	           password (scrypt); written once
//	state.age  whatever the wallet saves, under that identity; replaced whole
//	lock       held by the one process that has the wallet open
//
// THE INVARIANT: whenever the machine stops, the next Open finds the secret
// and either the state saved last or the one before it, never a mixture; no
// byte of either reaches the disk unencrypted; two processes never hold one
// wallet.
//
// A Store belongs to one goroutine. It knows nothing of what it stores.
package store
