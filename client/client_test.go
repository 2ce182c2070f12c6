package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/api/node/v1/nodev1connect"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// script is a stream that sends heights and then ends with an error.
type script struct {
	heights []uint64
	end     error
	current *nodev1.CompactBlock
}

func (s *script) Receive() bool {
	if len(s.heights) == 0 {
		return false
	}
	s.current = &nodev1.CompactBlock{Height: s.heights[0]}
	s.heights = s.heights[1:]
	return true
}

func (s *script) Msg() *nodev1.CompactBlock { return s.current }
func (s *script) Err() error                { return s.end }
func (s *script) Close() error              { return nil }

var (
	lost    = connect.NewError(connect.CodeUnavailable, errors.New("connection lost"))
	unknown = connect.NewError(connect.CodeNotFound, errors.New("no such block"))
	errStop = errors.New("the reader has enough")
)

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		name    string
		from    uint64
		to      uint64
		streams []*script // one for each time the stream is opened; then lost at once
		stopAt  uint64
		opened  []uint64 // from which heights
		got     []uint64
		err     error
	}{
		{
			name: "whole range", from: 3, to: 5,
			streams: []*script{{heights: []uint64{3, 4, 5}}},
			opened:  []uint64{3}, got: []uint64{3, 4, 5},
		}, {
			name: "cut and resumed", from: 1, to: 4,
			streams: []*script{{heights: []uint64{1, 2}, end: lost}, {end: lost}, {heights: []uint64{3, 4}}},
			opened:  []uint64{1, 3, 3}, got: []uint64{1, 2, 3, 4},
		}, {
			name: "ended early without an error", from: 1, to: 2,
			streams: []*script{{heights: []uint64{1}}, {heights: []uint64{2}}},
			opened:  []uint64{1, 2}, got: []uint64{1, 2},
		}, {
			name: "a gap", from: 1, to: 4,
			streams: []*script{{heights: []uint64{1, 3}}},
			opened:  []uint64{1}, got: []uint64{1}, err: errAny,
		}, {
			name: "a repetition", from: 1, to: 4,
			streams: []*script{{heights: []uint64{1, 1}}},
			opened:  []uint64{1}, got: []uint64{1}, err: errAny,
		}, {
			name: "not to be had", from: 1, to: 4,
			streams: []*script{{heights: []uint64{1}, end: unknown}},
			opened:  []uint64{1}, got: []uint64{1}, err: unknown,
		}, {
			name: "the reader stops", from: 1,
			streams: []*script{{heights: []uint64{1, 2, 3}}}, stopAt: 2,
			opened: []uint64{1}, got: []uint64{1, 2}, err: errStop,
		}, {
			name: "gone for good", from: 1, to: 2,
			opened: []uint64{1, 1, 1, 1, 1, 1, 1, 1}, err: lost,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var opened, got []uint64
				streams := c.streams
				err := follow(t.Context(), c.from, c.to,
					func(_ context.Context, from uint64) (receiver[nodev1.CompactBlock], error) {
						opened = append(opened, from)
						if len(streams) == 0 {
							return nil, lost
						}
						s := streams[0]
						streams = streams[1:]
						return s, nil
					},
					func(b *nodev1.CompactBlock) error {
						got = append(got, b.Height)
						if b.Height == c.stopAt {
							return errStop
						}
						return nil
					})
				if diff := cmp.Diff(c.opened, opened); diff != "" {
					t.Errorf("opened: %s", diff)
				}
				if diff := cmp.Diff(c.got, got); diff != "" {
					t.Errorf("got: %s", diff)
				}
				if c.err == errAny && err == nil || c.err != errAny && !errors.Is(err, c.err) {
					t.Errorf("error %v, want %v", err, c.err)
				}
			})
		})
	}
}

var errAny = errors.New("any")

func TestFollowEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := follow(ctx, 1, 0,
			func(context.Context, uint64) (receiver[nodev1.CompactBlock], error) { return nil, lost },
			func(*nodev1.CompactBlock) error { return nil })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// mute is a stream that never sends anything.
type mute struct{ ctx context.Context }

func (m mute) Receive() bool           { <-m.ctx.Done(); return false }
func (mute) Msg() *nodev1.CompactBlock { return nil }
func (m mute) Err() error              { return connect.NewError(connect.CodeCanceled, m.ctx.Err()) }
func (mute) Close() error              { return nil }

// TestStall: a node that keeps the connection and sends nothing is left while
// blocks that exist are asked for, however slow their reader is; a reader of
// new blocks is patient.
func TestStall(t *testing.T) {
	for _, to := range []uint64{3, 0} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			opened := 0
			err := follow(ctx, 1, to,
				func(ctx context.Context, from uint64) (receiver[nodev1.CompactBlock], error) {
					if opened++; opened == 1 {
						return &script{heights: []uint64{1, 2}, end: lost}, nil
					}
					return mute{ctx}, nil
				},
				func(*nodev1.CompactBlock) error { time.Sleep(2 * stallTimeout); return nil })
			if to == 0 {
				if opened != 2 || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("following: %d streams, %v", opened, err)
				}
			} else if opened != 1+retries || !errors.Is(err, errStalled) || ctx.Err() != nil {
				t.Errorf("reading: %d streams, %v", opened, err)
			}
		})
	}
}

// huge is a message of more than a client takes, as small as gzip makes it.
func huge(t *testing.T, m proto.Message) []byte {
	t.Helper()
	raw, err := proto.Marshal(m)
	if err != nil || len(raw) <= maxMessage {
		t.Fatal(len(raw), err)
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err == nil {
		_, err = w.Write(raw)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTooMuch: an answer that is small on the wire and huge in memory is cut
// off, whichever way it comes.
func TestTooMuch(t *testing.T) {
	// Made beforehand: a slow machine must not make the node look silent.
	file := huge(t, &nodev1.GenesisResponse{Genesis: make([]byte, maxMessage+1)})
	block := huge(t, &nodev1.CompactBlock{Height: 1, Root: make([]byte, maxMessage)})
	mux := http.NewServeMux()
	mux.HandleFunc(nodev1connect.NodeServiceGenesisProcedure, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/proto")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(file)
	})
	mux.HandleFunc(nodev1connect.NodeServiceCompactBlocksProcedure, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/connect+proto")
		w.Header().Set("Connect-Content-Encoding", "gzip")
		w.Write(append(binary.BigEndian.AppendUint32([]byte{1}, uint32(len(block))), block...)) // 1: compressed
	})
	server := httptest.NewUnstartedServer(mux)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	defer server.Close()
	if _, err := FetchGenesis(t.Context(), server.URL); connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Error(err)
	}
	g, err := ParseGenesis(genesisText(func(s string) string { return s }))
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(server.URL+"/", g, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.CompactBlocks(t.Context(), 1, 1, func(*nodev1.CompactBlock) error { t.Error("it was taken"); return nil })
	if connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Error(err)
	}
	for _, address := range []string{"", "127.0.0.1:7800", "ftp://127.0.0.1", "http://", "http://a b"} {
		if _, err := New(address, g, nil); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestUnderstand(t *testing.T) {
	e := connect.NewError(connect.CodeFailedPrecondition, errors.New("x"))
	d, err := connect.NewErrorDetail(&nodev1.Rejection{Code: uint32(rejection.BadProof), Detail: "d"})
	if err != nil {
		t.Fatal(err)
	}
	e.AddDetail(d)
	var refused *rejection.Rejection
	if err := understand(fmt.Errorf("call: %w", e)); !errors.As(err, &refused) || refused.Code != rejection.BadProof || refused.Detail != "d" {
		t.Errorf("%v", err)
	}
	for _, plain := range []error{lost, errStop, nil} {
		if got := understand(plain); got != plain {
			t.Errorf("%v became %v", plain, got)
		}
	}
	huge := connect.NewError(connect.CodeFailedPrecondition, errors.New("x"))
	d, err = connect.NewErrorDetail(&nodev1.Rejection{Code: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	huge.AddDetail(d)
	if errors.As(understand(huge), &refused) && refused.Code != rejection.BadProof {
		t.Error("a code that does not exist was taken")
	}
}

func genesisText(edit func(string) string) []byte {
	key := strings.Repeat("01", 32)
	return []byte(edit(`{"chain_id":"c-1","time":1,"development":true,"allow_simulated":true,"fee_asset":3,
		"validators":[{"key":"` + key + `","power":10}],
		"verifying_keys":{"action":{"hash":"` + key + `","key":"00"}},
		"constants":{"execution_delay":2,"anchor_interval":4,"anchors":150}}`))
}

func TestParseGenesis(t *testing.T) {
	g, err := ParseGenesis(genesisText(func(s string) string { return s }))
	if err != nil {
		t.Fatal(err)
	}
	hash := g.Keys["action"]
	if g.ChainID != "c-1" || !g.Development || g.FeeAsset != 3 || g.ExecutionDelay != 2 || g.AnchorInterval != 4 ||
		g.Anchors != 150 || hex.EncodeToString(hash[:]) != strings.Repeat("01", 32) {
		t.Errorf("%+v", g)
	}
	for name, edit := range map[string][2]string{
		"not JSON":       {`{"chain_id"`, `{chain_id`},
		"no chain":       {`"c-1"`, `""`},
		"no validators":  {`"validators"`, `"others"`},
		"no power":       {`"power":10`, `"power":0`},
		"negative power": {`"power":10`, `"power":-1`},
		"huge power":     {`"power":10`, `"power":9223372036854775807`},
		"short key":      {`"key":"0101`, `"key":"01`},
		"no constants":   {`"constants"`, `"other"`},
	} {
		if _, err := ParseGenesis(genesisText(func(s string) string { return strings.Replace(s, edit[0], edit[1], 1) })); !errors.Is(err, rejection.BadGenesis) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseGenesis(f *testing.F) {
	f.Add(genesisText(func(s string) string { return s }))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ParseGenesis(b); err != nil && !errors.Is(err, rejection.BadGenesis) {
			t.Fatal(err)
		}
	})
}
