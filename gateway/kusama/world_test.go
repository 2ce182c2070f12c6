package kusama

import (
	"bytes"
	"sync"
	"testing"

	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/westend"
	"github.com/nightjar/nightjar/vault"
)

const (
	testChain  = 7
	testHub    = "nightjar-test"
	testOwner  = 4711
	otherOwner = 4712
)

var (
	network   = external.NetworkOf(testHub)
	depositor = vault.Account(bytes.Repeat([]byte{0xdd}, 32))
	stranger  = vault.Account(bytes.Repeat([]byte{0x55}, 32))
	custodian = vault.Account(bytes.Repeat([]byte{0xcc}, 32))
	older     = vault.Account(bytes.Repeat([]byte{0xcb}, 32))
	announced = vault.Account(bytes.Repeat([]byte{0xad}, 32))
	zero      vault.Account
)

// signers are three, of whom two are enough.
var signers = state.Signers{Threshold: 2, Keys: []quorum.Key{{1}, {2}, {3}}}

func watched() gateway.Watch {
	return gateway.Watch{
		Custody: []vault.Account{older, custodian}, Deposits: []vault.Account{announced}, Signers: signers.Keys,
	}
}

func element(v uint64) field.Element {
	var e field.Element
	e.SetUint64(v)
	return e
}

// recorded is the metadata of the tests' runtime; decoding it takes long.
var recorded struct {
	sync.Once
	*metadata.Metadata
}

func recordedMetadata(t testing.TB) *metadata.Metadata {
	recorded.Do(func() { recorded.Metadata = westend.Metadata(t) })
	return recorded.Metadata
}

// scene makes a block's events and extrinsics.
type scene struct {
	t          testing.TB
	metadata   *metadata.Metadata
	list       metadata.List
	extrinsics [][]byte
}

func newScene(t testing.TB) *scene {
	return &scene{t: t, metadata: recordedMetadata(t)}
}

// paid adds a transfer of an asset of a pallet, whose id is encoded.
func (s *scene) paid(extrinsic uint32, pallet string, id []byte, from, to vault.Account, value uint64) uint32 {
	s.t.Helper()
	item, err := s.metadata.Event(pallet, "Transferred")
	if err != nil {
		s.t.Fatal(err)
	}
	asset, err := s.metadata.Registry.Read(item.Fields[0].Type, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.event(extrinsic, pallet, "Transferred", named("asset_id", asset),
		named("from", accountValue(from)), named("to", accountValue(to)), named("amount", amountValue(value)))
}

// extrinsic adds an extrinsic with these bytes somewhere in it.
func (s *scene) extrinsic(parts ...[]byte) uint32 {
	body := []byte{0x84, 0x00}
	for _, p := range parts {
		body = append(append(body, 0xff), p...)
	}
	s.extrinsics = append(s.extrinsics, body)
	return uint32(len(s.extrinsics) - 1)
}

// named makes a field.
func named(name string, v metadata.Value) metadata.Named { return metadata.Named{Name: name, Value: v} }

func accountValue(a vault.Account) metadata.Value { return metadata.Bytes(bytes.Clone(a[:])) }

func amountValue(v uint64) metadata.Value { return metadata.Uint{v} }

// event adds an event of an extrinsic, or of the block's beginning (noExtrinsic),
// and returns its index.
func (s *scene) event(extrinsic uint32, pallet, name string, fields ...metadata.Named) uint32 {
	s.t.Helper()
	item, err := s.metadata.Event(pallet, name)
	if err != nil {
		s.t.Fatal(err)
	}
	phase := metadata.Variant{Name: "Initialization", Index: 2}
	if extrinsic != noExtrinsic {
		phase = metadata.Variant{Name: "ApplyExtrinsic", Fields: metadata.Composite{{Value: metadata.Uint{uint64(extrinsic)}}}}
	}
	s.list = append(s.list, metadata.Composite{
		named("phase", phase),
		named("event", metadata.Variant{Name: pallet, Index: item.Pallet, Fields: metadata.Composite{
			{Value: metadata.Variant{Name: name, Index: item.Index, Fields: fields}}}}),
		named("topics", metadata.List{}),
	})
	return uint32(len(s.list) - 1)
}

func (s *scene) transfer(extrinsic uint32, from, to vault.Account, value uint64) uint32 {
	return s.event(extrinsic, "Balances", "Transfer",
		named("from", accountValue(from)), named("to", accountValue(to)), named("amount", amountValue(value)))
}

// remarked adds the event of a remark; whether an extrinsic holds its bytes is
// the caller's affair.
func (s *scene) remarked(extrinsic uint32, sender vault.Account, remark []byte) uint32 {
	hash := external.Hash(remark)
	return s.event(extrinsic, "System", "Remarked",
		named("sender", accountValue(sender)), named("hash", metadata.Bytes(hash[:])))
}

func (s *scene) encode() []byte {
	s.t.Helper()
	entry, err := s.metadata.Storage("System", "Events")
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := s.metadata.Registry.Encode(entry.Value, s.list)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// scan interprets the scene as block 12.
func (s *scene) scan(w gateway.Watch) gateway.Scan {
	s.t.Helper()
	scan, err := interpret(testChain, network, proven{
		block: header.Block{Number: 12, Hash: header.Hash{12}}, parent: header.Hash{11},
		metadata: s.metadata, events: s.encode(), extrinsics: s.extrinsics,
	}, w)
	if err != nil {
		s.t.Fatal(err)
	}
	return scan
}

func ownerRemark(of uint64) []byte {
	return external.Encode(network, external.Owner{C: element(of)})
}

// testCodec makes calls of the recorded runtime.
func testCodec(t testing.TB) codec {
	t.Helper()
	return codecOf(t, recordedMetadata(t))
}

func codecOf(t testing.TB, m *metadata.Metadata) codec {
	t.Helper()
	v, err := extrinsic.VersionOf(m)
	if err != nil {
		t.Fatal(err)
	}
	r, err := extrinsic.New(m, v, extrinsic.Pin{SpecName: v.SpecName, TransactionVersion: v.TransactionVersion}, [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	return codec{network, r}
}

func wideOf(v uint64) amount.Wide { return amount.WideOf(v) }

func idOf(a vault.Account) account.ID { return account.ID(a) }
