// Package bot is trading strategies, and the one interface that they are written
// against.
//
// THE INVARIANT: a strategy sees what a trader of a venue sees — the reference,
// its own orders, what is published — and nothing of a simulator; it acts as a
// function of what it was shown. So the same strategy trades in the simulator
// (sim/market/session) and with a wallet on a chain (bot/live), and anywhere else
// that shows it a View and carries its Instructions out.
//
// Fills that are shown before a strategy has placed anything are those of its
// earlier life: it goes on from what it holds.
//
// A strategy belongs to one goroutine.
package bot
