// Package substrate holds Nightjar's Substrate codec to another implementation,
// go-substrate-rpc-client v4.2.1, on generated cases: the bytes have to be equal.
//
// THE INVARIANT: a test runs at least Cases cases from a fixed seed, so that a
// difference is one that everybody sees.
//
// What both get wrong is not found here; real runtimes (e2e/chopsticks,
// e2e/gossamer) take what the codec makes.
package substrate
