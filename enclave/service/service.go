package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/worker"
	"github.com/nightjar/nightjar/ledger"
)

// Run serves one host at a time until ctx ends. The genesis, or a later version
// of the circuits, has to name the proving keys: under any other version this
// worker leaves proving to the others. Keys that are missing are made (INSECURE
// DEVELOPMENT) on a development network, and only a ceremony's serve any other.
func Run(ctx context.Context, config Config) error {
	if err := config.Validate(); err != nil {
		return err
	}
	raw, err := os.ReadFile(config.Genesis)
	if err != nil {
		return err
	}
	genesis, err := ledger.ParseGenesis(raw)
	if err != nil {
		return err
	}
	config.Log.Info("loading the proving keys")
	open := keystore.OpenCeremony
	if genesis.Development {
		open = keystore.Open
	}
	prover, err := open(config.Keys, nil, prove.Fill, prove.Collect)
	if err != nil {
		return err
	}
	if keys := prover.Keys(); genesis.Keys[ledger.FillCircuit].Hash != keys.Fill.Hash() || genesis.Keys[ledger.CollectCircuit].Hash != keys.Collect.Hash() {
		config.Log.Warn("the proving keys are not those of the genesis: only a later version of the circuits can name them")
	}
	core, err := worker.New(genesis, ledger.Verifier{}, config.TEE)
	if err != nil {
		return err
	}
	listener, err := listen(config.Socket)
	if err != nil {
		return err
	}
	return newService(config, core, prover).run(ctx, listener)
}

// listen takes the socket over from a process that died. Closing leaves the
// file: by then it may be another's.
func listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	l.SetUnlinkOnClose(false)
	return l, os.Chmod(path, 0o600)
}

// service is one run. The core belongs to loop.
type service struct {
	Config
	core    *worker.Worker
	prover  worker.Prover
	hosts   chan *link
	ended   chan error // of accept
	jobs    chan worker.Job
	results chan worker.Result

	host    *link        // the present one, nil if there is none
	waiting []worker.Job // not handed to a prover yet
	shown   boundary.Status
}

var _ worker.Prover = (*prove.Prover)(nil)

// link is one connection of a host.
type link struct {
	stream   net.Conn
	conn     *boundary.Conn
	received chan boundary.Message // closed when the connection ends
}

func newService(config Config, core *worker.Worker, prover worker.Prover) *service {
	return &service{
		Config: config, core: core, prover: prover,
		hosts: make(chan *link), ended: make(chan error, 1), jobs: make(chan worker.Job), results: make(chan worker.Result),
	}
}

func (s *service) run(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	wait.Go(func() { s.ended <- s.accept(ctx, listener, &wait) })
	for range s.Provers {
		wait.Go(func() { s.prove(ctx) })
	}
	s.Log.Info("ready", "socket", s.Socket)
	for {
		if err := s.turn(ctx); err != nil {
			return err
		}
	}
}

// accept hands each connection to the loop and reads it.
func (s *service) accept(ctx context.Context, listener net.Listener, wait *sync.WaitGroup) error {
	for {
		stream, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("accept: %w", err)
		}
		h := &link{stream: stream, conn: boundary.NewConn(stream), received: make(chan boundary.Message)}
		select {
		case s.hosts <- h:
			wait.Go(func() { h.read(ctx) })
		case <-ctx.Done():
			stream.Close()
			return ctx.Err()
		}
	}
}

// read passes on what a host sends, until it ends or sends what is none of the
// boundary's messages.
func (h *link) read(ctx context.Context) {
	defer close(h.received)
	defer context.AfterFunc(ctx, func() { h.stream.Close() })()
	for {
		m, err := h.conn.Receive()
		if err != nil {
			h.stream.Close()
			return
		}
		select {
		case h.received <- m:
		case <-ctx.Done():
			return
		}
	}
}

// prove is one prover of the pool.
func (s *service) prove(ctx context.Context) {
	for {
		select {
		case job := <-s.jobs:
			select {
			case s.results <- job.Run(s.prover):
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// turn takes one thing that happened.
func (s *service) turn(ctx context.Context) error {
	var received chan boundary.Message
	if s.host != nil {
		received = s.host.received
	}
	var jobs chan worker.Job
	var next worker.Job
	if len(s.waiting) > 0 {
		jobs, next = s.jobs, s.waiting[0]
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-s.ended:
		return err
	case h := <-s.hosts:
		s.leave()
		s.host = h
		s.Log.Info("the host connected")
		s.send(s.core.Hello())
		s.send(s.core.Status())
	case m, open := <-received:
		if !open {
			s.leave()
			break
		}
		out, err := s.core.Handle(m)
		if err != nil {
			s.Log.Error("a message was not handled", "kind", m.Kind(), "error", err)
		}
		s.emit(out)
	case jobs <- next:
		s.waiting = s.waiting[1:]
	case r := <-s.results:
		if r.Err != nil && !errors.Is(r.Err, worker.ErrOver) {
			// The error names circuit and reason, never a value.
			s.Log.Error("a settlement was not proven", "auction", r.Auction, "group", r.Group, "error", r.Err)
		}
		s.emit(s.core.Proved(r))
	}
	return nil
}

// leave ends the present connection and drains its reader.
func (s *service) leave() {
	if s.host == nil {
		return
	}
	s.host.stream.Close()
	for range s.host.received {
	}
	s.host = nil
	s.Log.Info("the host left")
}

func (s *service) emit(out worker.Output) {
	for _, m := range out.Messages {
		s.send(m)
		if status, ok := m.(*boundary.Status); ok {
			s.show(*status)
		}
	}
	s.waiting = append(s.waiting, out.Jobs...)
}

// send writes to the host. Without one the message is lost: what matters is
// sent again in time.
func (s *service) send(m boundary.Message) {
	if s.host == nil {
		return
	}
	if err := s.host.conn.Send(m); err != nil {
		s.leave()
	}
}

// show logs what changed in what everybody may know.
func (s *service) show(now boundary.Status) {
	before := s.shown
	s.shown = now
	attributes := []any{"height", now.Height, "epoch", now.Epoch, "live", now.Live, "registered", now.Registered, "holds", now.Holds}
	switch {
	case now.Refused != "" && now.Refused != before.Refused:
		s.Log.Error("a block was refused", "refused", now.Refused)
	case now.Diverged != before.Diverged:
		s.Log.Error("another worker signed something else", append(attributes, "diverged", now.Diverged)...)
	case now.Epoch != before.Epoch, now.Registered != before.Registered, now.Holds != before.Holds, now.Live != before.Live:
		s.Log.Info("status", attributes...)
	default:
		s.Log.Debug("status", attributes...)
	}
}
