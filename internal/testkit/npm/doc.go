// Package npm reads, for tests only, the recorded chain data that `make
// kusama-npm` installs into e2e/npm/node_modules.
//
// THE INVARIANT: what is absent fails the test that asks for it. Tests that ask
// stand under the build tag kusama, so that a plain go test needs no npm.
package npm
