// Package challenge is how somebody has a worker answer on the chain
// (spec/12-transactions.md, "Challenge", "Answer"; the rules: spec/10): a
// Challenge puts a wallet's query to a worker that signed the heartbeat, and
// carries the action that pays for it; an Answer is the worker's sealed answer.
//
// THE INVARIANT: one signature of the action's rk covers the challenge and the
// action, so that neither is good without the other: nobody takes the fee and
// leaves the question out, or puts another question to a stranger's fee. An
// answer is signed by the worker's registered key, over the chain's name.
//
// A challenge says nothing about an order to whoever does not know its secret
// (spec/20). All functions are pure and may be called concurrently.
package challenge
