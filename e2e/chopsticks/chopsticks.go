package chopsticks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nightjar/nightjar/internal/freeport"
	"github.com/nightjar/nightjar/substrate/rpc"
)

// patience bounds how long a started node may take until it answers. It says
// nothing about its speed: a node that does not start exits much earlier.
const patience = 3 * time.Minute

// grace is what a node gets between the request to stop and the kill.
const grace = 10 * time.Second

// answer bounds the node's answer to what only chopsticks has, in bytes.
const answer = 1 << 20

// Node is a running node.
type Node struct {
	*rpc.Client
	URL string
	Log string // the file with all that it says

	stop context.CancelFunc
	done chan struct{}
	err  error // of the process; set before done is closed
}

// Start runs chopsticks, installed below the directory npm, on a new chain of
// gossamer's raw specification, with what it writes in the directory dir, and
// returns when it answers. It ends with ctx or Stop.
func Start(ctx context.Context, npm, specification, dir string) (*Node, error) {
	addresses, err := freeport.Addresses(1)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addresses[0])
	if err != nil {
		return nil, err
	}
	base, err := os.MkdirTemp(dir, "chopsticks-")
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(specification)
	if err != nil {
		return nil, err
	}
	spec, err := edit(raw)
	if err != nil {
		return nil, err
	}
	// A block only when asked; signatures are verified.
	config := fmt.Sprintf("port: %s\nhost: 127.0.0.1\nbuild-block-mode: Manual\nmock-signature-host: false\n", port)
	for name, b := range map[string][]byte{"spec.json": spec, "config.yml": []byte(config)} {
		if err := os.WriteFile(filepath.Join(base, name), b, 0o600); err != nil {
			return nil, err
		}
	}
	log, err := os.Create(filepath.Join(base, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has a descriptor of its own

	script, err := filepath.Abs(filepath.Join(npm, "node_modules", "@acala-network", "chopsticks", "chopsticks.cjs"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	c := exec.CommandContext(ctx, "node", script, "--config", "config.yml", "--chain-spec", "spec.json")
	c.Dir = base
	c.Stdout, c.Stderr = log, log
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGINT) }
	c.WaitDelay = grace
	if err := c.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("chopsticks: %w", err)
	}
	n := &Node{URL: "http://127.0.0.1:" + port, Log: log.Name(), stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(n.done)
		n.err = c.Wait()
	}()
	if n.Client, err = rpc.New(n.URL); err == nil {
		err = n.answers(ctx)
	}
	if err != nil {
		n.Stop()
		return nil, fmt.Errorf("%w; its log is %s", err, n.Log)
	}
	return n, nil
}

// edit makes of gossamer's specification one that chopsticks reads: it wants no
// nulls, and an object of properties.
func edit(raw []byte) ([]byte, error) {
	var spec map[string]json.RawMessage
	if err := json.Unmarshal(raw, &spec); err != nil {
		return nil, fmt.Errorf("the chain's specification: %w", err)
	}
	for key, value := range spec {
		if string(value) == "null" {
			delete(spec, key)
		}
	}
	spec["properties"] = json.RawMessage(`{"ss58Format":42,"tokenDecimals":12,"tokenSymbol":"WND"}`)
	return json.Marshal(spec)
}

// answers waits until the node serves requests.
func (n *Node) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, err := n.FinalizedHead(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("chopsticks does not answer: %w", err)
		case <-n.done:
			return errors.Join(errors.New("chopsticks ended before it answered"), n.err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// NewBlock makes a block of what is in the pool.
func (n *Node) NewBlock(ctx context.Context) error {
	_, err := n.Do(ctx, answer, "dev_newBlock")
	return err
}

// Stop ends the node and returns when it is gone. A second call does nothing.
func (n *Node) Stop() {
	n.stop()
	<-n.done
}
