package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/rpc"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// A gateway as a process of its own: this test's binary, started again. It runs
// what the product runs, with a journal and a key file on the disk and sockets
// to its peers. Both chains are its parent's, behind a socket.

// processLife tells a test process to be a gateway.
const processLife = "NIGHTJAR_TEST_GATEWAY"

// life is one run of a gateway's process.
type life struct {
	Name   string
	Dir    string
	Socket string // of the parent
	Peers  []string
	Deaths []death // the first one that comes ends it
}

func (l life) keyFile() string { return filepath.Join(l.Dir, l.Name+".key") }
func (l life) journal() string { return filepath.Join(l.Dir, l.Name+".journal") }

const keyPassword = "of a test"

// moment is when, around one append to the journal, a process dies.
type moment string

const (
	opened   moment = "opened"   // at its call number Step to the external chain for the newest block: 1 before the first batch, 2 after it
	before   moment = "before"   // nothing of the batch is written
	torn     moment = "torn"     // half of it is
	unsynced moment = "unsynced" // it is written, and the sync under way
	after    moment = "after"    // it is durable; no effect is carried out
)

// death is one end of a process, by SIGKILL from itself.
type death struct {
	Moment moment
	Step   int   // append number of this life, from 1; 0: the first with a record of Kind
	Kind   uint8 // of a record
}

// Dying is what a process tells its parent last.
type Dying struct {
	Name   string
	Moment moment
	Step   int
	Kinds  []uint8 // of the batch's records
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func TestMain(m *testing.M) {
	if text := os.Getenv(processLife); text != "" {
		var l life
		err := json.Unmarshal([]byte(text), &l)
		if err == nil {
			err = l.live()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// live is the process. It ends with nil when it is asked to.
func (l life) live() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		die() // the parent is no more
	}()
	parent, err := rpc.Dial("unix", l.Socket)
	if err != nil {
		return err
	}
	key, err := signer.Open(l.keyFile(), keyPassword)
	if err != nil {
		return err
	}
	// What is constant about both chains is here too.
	local := &world{hub: newHub(signersOf(2, "a", "b", "c")), outside: newOutside()}
	c := (&site{w: local, name: l.Name, journal: l.journal()}).config()
	c.Node = &farNode{hub: local.hub, parent: parent}
	c.Adapter = &farChain{adapter: adapter{local.outside, vault.Account(c.Vault.Key)}, life: l, parent: parent}
	c.Signer = signer.New(key, chainID)
	c.Peers = l.Peers
	if c.Public, err = net.FileListener(os.NewFile(3, "public")); err != nil {
		return err
	}
	if c.Private, err = net.FileListener(os.NewFile(4, "private")); err != nil {
		return err
	}
	c.Pace = Pace{Round: 2 * time.Millisecond, Peer: 20 * time.Millisecond, Reconcile: 50 * time.Millisecond}
	c.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	if len(l.Deaths) == 0 {
		err = Run(ctx, c)
	} else {
		err = l.run(ctx, c, parent)
	}
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		return nil
	}
	return fmt.Errorf("the gateway ended: %w", err)
}

// run is Run with a journal that is the process's death.
func (l life) run(ctx context.Context, c Config, parent *rpc.Client) error {
	if err := c.Validate(); err != nil {
		return err
	}
	g, stop, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer stop()
	g.core.journal = &deadly{appender: g.core.journal, life: l, parent: parent}
	return g.run(ctx)
}

// deadly is a journal at one of whose appends the process dies.
type deadly struct {
	appender
	life   life
	parent *rpc.Client
	step   int
}

// Append is called with the core's lock held.
func (d *deadly) Append(batch [][]byte) error {
	d.step++
	var kinds []uint8
	for _, record := range batch {
		kinds = append(kinds, record[0])
	}
	at := slices.IndexFunc(d.life.Deaths, func(x death) bool {
		return x.Moment != opened && (x.Step == d.step || x.Step == 0 && slices.Contains(kinds, x.Kind))
	})
	if at < 0 {
		return d.appender.Append(batch)
	}
	how := d.life.Deaths[at].Moment
	tell(d.parent, Dying{d.life.Name, how, d.step, kinds})
	path, size := d.life.journal(), d.Size()
	switch how {
	case before:
		die()
	case unsynced:
		go func() {
			for {
				if f, err := os.Stat(path); err != nil || f.Size() > size {
					die()
				}
			}
		}()
	}
	if err := d.appender.Append(batch); err != nil {
		return err
	}
	switch how {
	case torn:
		if err := os.Truncate(path, size+(d.Size()-size)/2); err != nil {
			return err
		}
		die()
	case after:
		die()
	}
	select {} // another thread kills
}

func tell(parent *rpc.Client, d Dying) {
	if err := parent.Call("Parent.Dying", d, new(bool)); err != nil {
		fmt.Fprintln(os.Stderr, "the parent does not hear:", err)
		os.Exit(1)
	}
}

// farNode is the parent's Nightjar.
type farNode struct {
	*hub   // a copy of its blocks
	parent *rpc.Client
}

func (n *farNode) Custody(_ context.Context, claims []custody.ClaimID, deposits []custody.DepositID) (*client.Custody, error) {
	var v client.Custody
	return &v, n.parent.Call("Parent.Custody", CustodyQuestion{claims, deposits}, &v)
}

func (n *farNode) VerifiedBlocks(ctx context.Context, chain *light.Chain, from, to uint64, yield func(light.Head, [][]byte) error) error {
	var fresh [][][]byte
	if err := n.parent.Call("Parent.Blocks", uint64(len(n.blocks)), &fresh); err != nil {
		return err
	}
	n.blocks = append(n.blocks, fresh...)
	return n.hub.VerifiedBlocks(ctx, chain, from, to, yield)
}

func (n *farNode) Submit(_ context.Context, tx []byte) ([32]byte, error) {
	var a Submission
	if err := n.parent.Call("Parent.SubmitHub", tx, &a); err != nil {
		return [32]byte{}, err
	}
	return a.ID, a.error()
}

// farChain is the parent's external chain.
type farChain struct {
	adapter // its pure functions
	life    life
	parent  *rpc.Client
	heads   int // calls of Head; one loop makes them
}

func (c *farChain) Call(j vault.Job) ([32]byte, error) {
	hash, err := c.adapter.Call(j)
	if err == nil {
		err = c.parent.Call("Parent.Job", j, new(bool))
	}
	return hash, err
}

func (c *farChain) Head(context.Context) (at vault.Cursor, err error) {
	c.heads++
	if slices.Contains(c.life.Deaths, death{Moment: opened, Step: c.heads}) {
		tell(c.parent, Dying{Name: c.life.Name, Moment: opened, Step: c.heads})
		die()
	}
	return at, c.parent.Call("Parent.Head", c.life.Name, &at)
}

func (c *farChain) Next(_ context.Context, at vault.Cursor, w Watch) (Scan, bool, error) {
	var s Sight
	if err := c.parent.Call("Parent.Next", Question{Name: c.life.Name, At: at, Watch: w}, &s); err != nil {
		return Scan{}, false, err
	}
	return s.Scan, s.OK, s.error()
}

func (c *farChain) Look(_ context.Context, hash [32]byte, w Watch) (Scan, bool, error) {
	var s Sight
	if err := c.parent.Call("Parent.Look", Question{Name: c.life.Name, At: vault.Cursor{Hash: hash}, Watch: w}, &s); err != nil {
		return Scan{}, false, err
	}
	return s.Scan, s.OK, s.error()
}

func (c *farChain) Prepare(_ context.Context, o vault.Order) (vault.Attempt, vault.Deferral, error) {
	var p Preparation
	if err := c.parent.Call("Parent.Prepare", Question{Name: c.life.Name, Order: o}, &p); err != nil {
		return vault.Attempt{}, vault.DeferNode, err
	}
	return p.Attempt, p.Why, p.error()
}

func (c *farChain) Submit(_ context.Context, a vault.Attempt) error {
	return c.parent.Call("Parent.Submit", Question{Name: c.life.Name, Attempt: a}, new(bool))
}

func (c *farChain) Balance(_ context.Context, external []byte, of vault.Account, at vault.Cursor) (held amount.Wide, err error) {
	return held, c.parent.Call("Parent.Balance", Question{Name: c.life.Name, At: at, Account: of}, &held)
}

// What crosses the socket.
type (
	// CustodyQuestion is Node.Custody's.
	CustodyQuestion struct {
		Claims   []custody.ClaimID
		Deposits []custody.DepositID
	}
	// Question is an adapter's.
	Question struct {
		Name    string
		At      vault.Cursor
		Watch   Watch
		Order   vault.Order
		Attempt vault.Attempt
		Account vault.Account
	}
	// Refused is a refusal, if Code is not 0.
	Refused struct {
		Code   rejection.Code
		Detail string
	}
	// Submission answers Node.Submit.
	Submission struct {
		ID [32]byte
		Refused
	}
	// Sight answers Adapter.Next and Look.
	Sight struct {
		Scan Scan
		OK   bool
		Refused
	}
	// Preparation answers Adapter.Prepare.
	Preparation struct {
		Attempt vault.Attempt
		Why     vault.Deferral
		Refused
	}
)

func (r Refused) error() error {
	if r.Code == 0 {
		return nil
	}
	return rejection.New(r.Code, "%s", r.Detail)
}

// split makes a refusal of an error that is one.
func split(err error) (Refused, error) {
	var refused *rejection.Rejection
	if errors.As(err, &refused) {
		return Refused{refused.Code, refused.Detail}, nil
	}
	return Refused{}, err
}

// parent answers the processes of one world.
type parent struct {
	w *processWorld
}

func (p parent) of(name string) adapter {
	return adapter{p.w.outside, vault.Account(publicKey(testKey(name)))}
}

// Dying notes a process's last words.
func (p parent) Dying(d Dying, _ *bool) error {
	p.w.site(d.Name).note(d)
	return nil
}

// Custody is Node.Custody.
func (p parent) Custody(q CustodyQuestion, a *client.Custody) error {
	v, err := p.w.hub.Custody(context.Background(), q.Claims, q.Deposits)
	if err == nil {
		*a = *v
	}
	return err
}

// Blocks returns Nightjar's blocks after a height.
func (p parent) Blocks(after uint64, a *[][][]byte) error {
	h := p.w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	*a = slices.Clone(h.blocks[after:])
	return nil
}

// SubmitHub is Node.Submit.
func (p parent) SubmitHub(tx []byte, a *Submission) (err error) {
	a.ID, err = p.w.hub.Submit(context.Background(), bytes.Clone(tx))
	a.Refused, err = split(err)
	return err
}

// Job tells what a call's hash stands for.
func (p parent) Job(j vault.Job, _ *bool) error {
	_, err := p.of("").Call(j)
	return err
}

// Head is Adapter.Head; a round of a gateway begins with it.
func (p parent) Head(name string, at *vault.Cursor) (err error) {
	p.w.site(name).beginsRound()
	*at, err = p.of(name).Head(context.Background())
	return err
}

// Next is Adapter.Next.
func (p parent) Next(q Question, a *Sight) (err error) {
	a.Scan, a.OK, err = p.of(q.Name).Next(context.Background(), q.At, q.Watch)
	a.Refused, err = split(err)
	return err
}

// Look is Adapter.Look.
func (p parent) Look(q Question, a *Sight) (err error) {
	a.Scan, a.OK, err = p.of(q.Name).Look(context.Background(), q.At.Hash, q.Watch)
	a.Refused, err = split(err)
	return err
}

// Prepare is Adapter.Prepare.
func (p parent) Prepare(q Question, a *Preparation) (err error) {
	a.Attempt, a.Why, err = p.of(q.Name).Prepare(context.Background(), q.Order)
	a.Refused, err = split(err)
	return err
}

// Submit is Adapter.Submit.
func (p parent) Submit(q Question, _ *bool) error {
	return p.of(q.Name).Submit(context.Background(), q.Attempt)
}

// Balance is Adapter.Balance.
func (p parent) Balance(q Question, a *amount.Wide) (err error) {
	*a, err = p.of(q.Name).Balance(context.Background(), nil, q.Account, q.At)
	return err
}
