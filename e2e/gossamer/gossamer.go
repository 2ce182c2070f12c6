package gossamer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nightjar/nightjar/internal/freeport"
)

// patience bounds how long a started node may take until it answers. It says
// nothing about its speed: a node that does not start exits much earlier.
const patience = 3 * time.Minute

// grace is what a node gets between the request to stop and the kill.
const grace = 15 * time.Second

// Build returns the directory with the node and its chain's specification. It
// runs tools/gossamer/build.sh below root, the directory e2e of the source tree,
// which builds the node if it was not built before; progress gets what it says.
func Build(ctx context.Context, root string, progress io.Writer) (string, error) {
	c := exec.CommandContext(ctx, filepath.Join(root, "tools", "gossamer", "build.sh"))
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, progress
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("build gossamer: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}

// Node is a running node.
type Node struct {
	URL string // of its JSON-RPC over HTTP
	Log string // the file with all that it says

	stop context.CancelFunc
	done chan struct{}
	err  error // of the process; set before done is closed
}

// Start runs the node of build, as Build returned it, with a new chain in the
// directory dir, and returns when it answers. It ends with ctx or Stop.
func Start(ctx context.Context, build, dir string) (*Node, error) {
	addresses, err := freeport.Addresses(2)
	if err != nil {
		return nil, err
	}
	_, rpc, err := net.SplitHostPort(addresses[0])
	if err != nil {
		return nil, err
	}
	_, peers, err := net.SplitHostPort(addresses[1])
	if err != nil {
		return nil, err
	}
	base, err := os.MkdirTemp(dir, "gossamer-")
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(base, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has a descriptor of its own

	ctx, cancel := context.WithCancel(ctx)
	c := exec.CommandContext(ctx, filepath.Join(build, "gossamer"),
		"--chain", filepath.Join(build, "westend-dev.json"), // by name it fails outside its source tree
		"--base-path", filepath.Join(base, "chain"),
		"--key", "alice", "--role", "authority",
		"--rpc-port", rpc, "--unsafe-rpc",
		"--grandpa-interval", "500ms", // a round of finality; the default makes runs long
		"--public-ip", "127.0.0.1", // else it asks services on the Internet for its address
		"--no-telemetry", "--no-mdns", "--no-bootstrap",
		"--listen-addr", "/ip4/127.0.0.1/tcp/"+peers,
	)
	c.Dir = base
	c.Stdout, c.Stderr = log, log
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGINT) }
	c.WaitDelay = grace
	if err := c.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("gossamer: %w", err)
	}
	n := &Node{URL: "http://127.0.0.1:" + rpc, Log: log.Name(), stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(n.done)
		n.err = c.Wait()
	}()
	if err := n.answers(ctx); err != nil {
		n.Stop()
		return nil, fmt.Errorf("%w; its log is %s", err, n.Log)
	}
	return n, nil
}

// answers waits until the node serves requests.
func (n *Node) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if err := n.ping(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gossamer does not answer: %w", ctx.Err())
		case <-n.done:
			return errors.Join(errors.New("gossamer ended before it answered"), n.err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (n *Node) ping(ctx context.Context) error {
	const body = `{"jsonrpc":"2.0","id":1,"method":"chain_getFinalizedHead","params":[]}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || !bytes.Contains(b, []byte(`"result":"0x`)) {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// Stop ends the node and returns when it is gone. A second call does nothing.
func (n *Node) Stop() {
	n.stop()
	<-n.done
}
