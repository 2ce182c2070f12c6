// Package session plays one run of the market: a seed's, with traders who see
// and act, or a recording's.
//
// THE INVARIANT: a run is a function of its configuration, and what it writes
// down, played again, gives the same auctions to the last byte. Every block is
// checked by the venue, and the whole of it at the end.
//
// One goroutine plays a run.
package session
