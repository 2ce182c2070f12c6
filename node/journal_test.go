package node

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/cometbft/cometbft/consensus"
)

// journal reads a member's consensus journal.
func (m *member) journal() (messages []*consensus.TimedWALMessage) {
	m.Helper()
	raw, err := os.ReadFile(cometConfig(m.home, m.config).Consensus.WalFile())
	if err != nil {
		m.Fatal(err)
	}
	for d := consensus.NewWALDecoder(bytes.NewReader(raw)); ; {
		msg, err := d.Decode()
		if errors.Is(err, io.EOF) {
			return messages
		}
		if err != nil {
			m.Fatal(err)
		}
		messages = append(messages, msg)
	}
}

// ends counts how often a journal says that a height has ended.
func ends(messages []*consensus.TimedWALMessage, height int64) (n int) {
	for _, msg := range messages {
		if end, ok := msg.Msg.(consensus.EndHeightMessage); ok && end.Height == height {
			n++
		}
	}
	return n
}

// TestJournalIsEnded takes out of a journal what a crash leaves out between the
// saving of a block and the end of its height, and demands that the next start
// puts it there before anything of the next height, once.
func TestJournalIsEnded(t *testing.T) {
	net := newNetwork(t, 1, 100*time.Millisecond)
	m := net.members[0]
	m.start()
	m.until(3)
	if err := m.stop(); err != nil {
		t.Fatal(err)
	}
	rewrite := func(keep func(consensus.WALMessage) bool) {
		var left bytes.Buffer
		e := consensus.NewWALEncoder(&left)
		for _, msg := range m.journal() {
			if !keep(msg.Msg) {
				break
			}
			if err := e.Encode(msg); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(cometConfig(m.home, m.config).Consensus.WalFile(), left.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	saved := int64(m.auditHome())
	rewrite(func(msg consensus.WALMessage) bool {
		end, ok := msg.(consensus.EndHeightMessage)
		return !ok || end.Height != saved
	})
	if n := ends(m.journal(), saved); n != 0 {
		t.Fatalf("height %d ends %d times", saved, n)
	}

	for range 2 {
		m.start()
		m.until(m.head() + 2)
		if err := m.stop(); err != nil {
			t.Fatal(err)
		}
		if n := ends(m.journal(), saved); n != 1 {
			t.Fatalf("height %d ends %d times in the journal", saved, n)
		}
		if later := m.journal(); ends(later, saved+1) != 1 {
			t.Fatal("the next height is not in the journal")
		}
	}
}
