package node

import (
	"sync"

	dbm "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
)

// openDB opens one of CometBFT's databases and remembers it: if CometBFT fails
// to start, it leaves them open.
func (n *Node) openDB(ctx *cmtcfg.DBContext) (dbm.DB, error) {
	db, err := cmtcfg.DefaultDBProvider(ctx)
	if err != nil {
		return nil, err
	}
	late := &lateDB{DB: db}
	n.dbs = append(n.dbs, late)
	return late, nil
}

// lateDB is a database whose readers may outlive it. CometBFT closes its
// databases while gossip to peers still reads them, and such a read panics. A
// read that comes after the end waits for ever instead: its goroutine has
// nobody left to talk to, and the process is ending.
type lateDB struct {
	dbm.DB
	mu     sync.RWMutex
	closed bool
}

// enter lets a read begin; the caller ends it with mu.RUnlock.
func (d *lateDB) enter() {
	d.mu.RLock()
	if d.closed {
		d.mu.RUnlock()
		select {}
	}
}

// Get implements dbm.DB.
func (d *lateDB) Get(key []byte) ([]byte, error) {
	d.enter()
	defer d.mu.RUnlock()
	return d.DB.Get(key)
}

// Has implements dbm.DB.
func (d *lateDB) Has(key []byte) (bool, error) {
	d.enter()
	defer d.mu.RUnlock()
	return d.DB.Has(key)
}

// Close waits for the reads under way.
func (d *lateDB) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	return d.DB.Close()
}
