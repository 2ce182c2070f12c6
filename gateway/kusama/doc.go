// Package kusama is the gateway's adapter of Substrate chains: Kusama Asset Hub,
// and chains with finality of their own that have balances, multisig and
// utility. It says what final blocks mean for custody and makes the calls that
// move what custody holds (docs/kusama.md).
//
// THE INVARIANT: whatever an Adapter says of the chain is proven final, and read
// by metadata that the operator accepted for the runtime which made the block;
// no node's word is enough. What a block means, and what the call of a job is,
// are functions of their arguments, the same for every signer. An attempt moves
// nothing by itself but its fee: custody's account acts on m signers' equal
// calls.
//
// All methods may be called concurrently. Adapters remember nothing that
// matters: what was decided is the vault's, what is final is the chain's.
package kusama
