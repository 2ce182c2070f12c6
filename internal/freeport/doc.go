// Package freeport chooses ports for servers whose addresses others are told
// before they listen: those of a development network, and tests'.
//
// THE INVARIANT: nobody is given a chosen port by chance, neither before its
// server listens nor while that is stopped to be started again. Only a program
// that asks for this very port can take it.
//
// Its function may be called concurrently. It reserves nothing.
package freeport
