package node

import (
	"errors"
	"fmt"

	"github.com/cometbft/cometbft/consensus"
)

// endHeight says in consensus' journal that a height has ended, if the journal
// does not say so yet. CometBFT saves a block and says so just afterwards, and
// after a crash in between it never does: it starts without reading the journal,
// and what it signs from there on is not found again either. A second crash then
// leaves a validator that may not sign anew and does not know what it signed;
// alone, it never makes another block. If we crash in here, the next start does
// it.
func endHeight(file string, height int64) (err error) {
	if height == 0 {
		return nil // nothing is saved; CometBFT begins the journal itself
	}
	wal, err := consensus.NewWAL(file)
	if err != nil {
		return fmt.Errorf("consensus journal: %w", err)
	}
	if err := wal.Start(); err != nil {
		return fmt.Errorf("consensus journal: %w", err)
	}
	defer func() {
		err = errors.Join(err, wal.Stop())
		wal.Wait()
	}()
	end, found, err := wal.SearchForEndHeight(height, &consensus.WALSearchOptions{IgnoreDataCorruptionErrors: true})
	if err != nil {
		return fmt.Errorf("consensus journal: %w", err)
	}
	if found {
		return end.Close()
	}
	return wal.WriteSync(consensus.EndHeightMessage{Height: height})
}
