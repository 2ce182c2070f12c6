// Package bot is trading strategies, and the one interface that they are written
// against.
//
// THE INVARIANT: a strategy sees what a trader of a venue sees — the reference,
// its own orders, what is published — and nothing of a simulator; it acts as a
// function of what it was shown. So the same strategy trades in the simulator
// now, and anywhere else that shows it a View and carries its Instructions out.
//
// A strategy belongs to one goroutine.
package bot
