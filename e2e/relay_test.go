//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nightjar/nightjar/e2e/canary"
	"github.com/nightjar/nightjar/enclave/boundary"
)

// relay stands between a host and its enclave and keeps, as files of a
// directory, all bytes that cross, one file for each connection and direction.
type relay struct {
	dir      string
	enclave  string // path of the enclave's own socket
	listener net.Listener
	wait     sync.WaitGroup

	mu     sync.Mutex
	number int
	open   []net.Conn
	closed bool // nothing is opened any more
	errs   []error
}

// Ends of the names of a relay's files.
const (
	toEnclave   = ".to-enclave"
	fromEnclave = ".from-enclave"
)

// newRelay takes the place of the enclave's socket. Who is connected already
// stays so: the host has to come again.
func newRelay(t *testing.T, socket, dir string) *relay {
	t.Helper()
	r := &relay{dir: dir, enclave: socket + ".enclave"}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(socket, r.enclave); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.listener, err = net.Listen("unix", socket); err != nil {
		t.Fatal(err)
	}
	r.wait.Go(r.accept)
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// close ends all connections; an error says that the record is not whole.
func (r *relay) close() error {
	r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for _, c := range r.open {
		c.Close()
	}
	r.mu.Unlock()
	r.wait.Wait()
	_ = os.Remove(r.enclave) // the enclave's, which does not know the name
	return errors.Join(r.errs...)
}

func (r *relay) accept() {
	for {
		host, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		enclave, err := net.Dial("unix", r.enclave)
		if err != nil {
			host.Close() // the enclave is dead; its host tries again
			continue
		}
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			host.Close()
			enclave.Close()
			return
		}
		r.number++
		name := filepath.Join(r.dir, strconv.Itoa(r.number))
		r.open = append(r.open, host, enclave)
		r.mu.Unlock()
		r.wait.Go(func() { r.copy(enclave, host, name+toEnclave) })
		r.wait.Go(func() { r.copy(host, enclave, name+fromEnclave) })
	}
}

// copy passes bytes on after they are in the record, until either side ends.
func (r *relay) copy(to, from net.Conn, record string) {
	defer to.Close()
	defer from.Close()
	f, err := os.OpenFile(record, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil {
		_, _ = io.Copy(to, io.TeeReader(from, f)) // ends with the connection
		err = f.Close()
	}
	if err != nil {
		r.mu.Lock()
		r.errs = append(r.errs, err)
		r.mu.Unlock()
	}
}

// messages reads a record as the boundary's messages and calls look with every
// string of bytes in them: in the frames these may be cut in two. It demands
// that nothing else crossed.
func messages(path string, look func(kind boundary.Kind, part []byte)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	c := boundary.NewConn(f)
	for {
		m, err := c.Receive()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil // cut off in the middle of a frame by the connection's end
		}
		if err != nil {
			return err
		}
		var parts [][]byte
		switch m := m.(type) {
		case *boundary.Block:
			parts = append(m.Txs, m.Light)
		case *boundary.Peer:
			parts = [][]byte{m.Bytes}
		case *boundary.Broadcast:
			parts = [][]byte{m.Bytes}
		case *boundary.Submit:
			parts = [][]byte{m.Tx}
		case *boundary.Register:
			parts = [][]byte{m.Unsigned}
		case *boundary.Status:
			parts = [][]byte{[]byte(m.Refused)}
		}
		// Fields of fixed size fit into one frame and are found in the record.
		for _, p := range parts {
			look(m.Kind(), p)
		}
	}
}

// searchFrames searches the records under a directory, as bytes and as
// messages, and counts the messages of each kind.
func searchFrames(t *testing.T, s *canary.Search, dir string) (found []canary.Finding, kinds map[boundary.Kind]int) {
	t.Helper()
	found, _, err := s.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	kinds = map[boundary.Kind]int{}
	records, err := filepath.Glob(filepath.Join(dir, "*", "*.*-enclave"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range records {
		err := messages(path, func(kind boundary.Kind, part []byte) {
			kinds[kind]++
			if strings.HasSuffix(path, fromEnclave) != (kind >= boundary.KindHello) {
				t.Errorf("%s: a message of kind %d in this direction", path, kind)
			}
			found = append(found, s.Bytes("a message in "+path, 0, part)...)
		})
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	return found, kinds
}

// TestRelayRecords sends a planted canary through a relay, cut in two by the
// border of two frames: the search finds it.
func TestRelayRecords(t *testing.T) {
	const planted = 6_180_339_887_498_949
	s, err := canary.New(canary.Number("planted", planted))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "enclave.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	defer listener.Close()
	records := filepath.Join(dir, "records")
	r := newRelay(t, socket, filepath.Join(records, "1"))

	host, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	enclave, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	leak := append(bytes.Repeat([]byte{1}, boundary.FrameSize-12), "6180339887498949"...)
	for _, m := range []struct {
		from, to net.Conn
		message  boundary.Message
	}{
		{enclave, host, &boundary.Hello{ChainID: "x"}}, {host, enclave, &boundary.Peer{Bytes: []byte("nothing")}},
		{enclave, host, &boundary.Broadcast{Bytes: leak}},
	} {
		if err := boundary.NewConn(m.from).Send(m.message); err != nil {
			t.Fatal(err)
		}
		if _, err := boundary.NewConn(m.to).Receive(); err != nil {
			t.Fatal(err)
		}
	}
	host.Close()
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	found, kinds := searchFrames(t, s, records)
	if len(found) != 1 || kinds[boundary.KindBroadcast] != 1 || kinds[boundary.KindPeer] != 1 {
		t.Errorf("%v, %v", found, kinds)
	}
}
