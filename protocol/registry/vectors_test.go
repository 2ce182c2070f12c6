package registry

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

const chain = "test-1"

func sampleWorker() *Worker {
	seed := sha256.Sum256([]byte("operator"))
	operator := ed25519.NewKeyFromSeed(seed[:])
	w := &Worker{
		Operator:   quorum.Key(operator.Public().(ed25519.PublicKey)),
		SigningKey: quorum.Key{3}, SealKey: SealKey{4, SealKeySize - 1: 5},
		Head: Head{Height: 1 << 33, Hash: [32]byte{6}}, Evidence: []byte{3, 1, 4, 1, 5},
	}
	w.Sign(chain, operator)
	return w
}

func signatures() []settlement.WorkerSignature {
	return []settlement.WorkerSignature{{Worker: settlement.WorkerID{1}, Signature: [64]byte{2}}, {Worker: settlement.WorkerID{3}}}
}

func sampleEpoch(reset bool) *Epoch {
	return &Epoch{
		Number: 9, Reset: reset, SealKey: SealKey{7}, Committed: Schedule{1}.Commit(), Revealed: Schedule{2},
		Signatures: signatures(),
	}
}

func sampleHeartbeat() *Heartbeat {
	return &Heartbeat{
		Height: 40, Intake: [32]byte{1}, Transcript: [32]byte{2}, StateDigest: [32]byte{3}, Signatures: signatures(),
		Prints: []Print{{Market: 1, First: 2, Last: 30, Lots: 5, Price: 6}, {Market: 1, Pool: 1, Last: 8, Lots: 1 << 63, Price: 9}},
	}
}

type message interface {
	Encode() []byte
	SignBytes(chainID string) []byte
}

func decode(b []byte) (message, error) {
	if len(b) == 0 {
		return DecodeWorker(b)
	}
	return decodeAs(b[0], b)
}

func decodeAs(kind byte, b []byte) (message, error) {
	switch kind {
	case EpochKind:
		return DecodeEpoch(b)
	case HeartbeatKind:
		return DecodeHeartbeat(b)
	}
	return DecodeWorker(b)
}

// registryVectors is spec/vectors/registry.json.
type registryVectors struct {
	Chain      string            `json:"chain"`
	Signers    []signerVector    `json:"signers"`
	Workers    []workerVector    `json:"workers"`
	Epochs     []epochVector     `json:"epochs"`
	Heartbeats []heartbeatVector `json:"heartbeats"`
	Schedules  []scheduleVector  `json:"schedules"`
	Refused    []vector.Mutation `json:"refused"`
	Forged     []vector.Mutation `json:"forged"` // they decode; not every signature is valid
}

type signerVector struct {
	Key vector.Hex `json:"key"`
	ID  vector.Hex `json:"id"`
}

// encodedVector gives the hash of the bytes to sign, which repeat the message.
type encodedVector struct {
	Bytes     vector.Hex `json:"bytes"`
	SignBytes vector.Hex `json:"signBytesSHA256"`
}

type workerVector struct {
	Name       string     `json:"name"`
	Operator   vector.Hex `json:"operator"`
	SigningKey vector.Hex `json:"signingKey"`
	SealKey    vector.Hex `json:"sealKey"`
	Height     uint64     `json:"height"`
	Hash       vector.Hex `json:"hash"`
	Evidence   vector.Hex `json:"evidence"`
	encodedVector
	ID         vector.Hex `json:"id"`
	ReportData vector.Hex `json:"reportData"`
}

type epochVector struct {
	Name      string     `json:"name"`
	Number    uint64     `json:"number"`
	Reset     bool       `json:"reset"`
	SealKey   vector.Hex `json:"sealKey"`
	Committed vector.Hex `json:"committed"`
	Revealed  vector.Hex `json:"revealed"`
	encodedVector
}

type heartbeatVector struct {
	Name        string     `json:"name"`
	Height      uint64     `json:"height"`
	Intake      vector.Hex `json:"intake"`
	Transcript  vector.Hex `json:"transcript"`
	StateDigest vector.Hex `json:"stateDigest"`
	Prints      []struct {
		Market uint32     `json:"market"`
		Pool   order.Pool `json:"pool"`
		First  uint64     `json:"first"`
		Last   uint64     `json:"last"`
		Lots   uint64     `json:"lots"`
		Price  uint64     `json:"price"`
	} `json:"prints"`
	encodedVector
}

type scheduleVector struct {
	Key    vector.Hex `json:"key"`
	Commit vector.Hex `json:"commit"`
}

// verifies reports whether every signature is valid; keys are those of worker
// ids.
func verifies(m message, chainID string, keys map[settlement.WorkerID]quorum.Key) bool {
	var listed []settlement.WorkerSignature
	switch m := m.(type) {
	case *Worker:
		return quorum.Verify(m.Operator, m.SignBytes(chainID), m.Signature)
	case *Epoch:
		listed = m.Signatures
	case *Heartbeat:
		listed = m.Signatures
	}
	for _, s := range listed {
		if !quorum.Verify(keys[s.Worker], m.SignBytes(chainID), s.Signature) {
			return false
		}
	}
	return true
}

func TestVectors(t *testing.T) {
	v := vector.Read[registryVectors](t, "registry")
	keys := map[settlement.WorkerID]quorum.Key{}
	for _, s := range v.Signers {
		id := settlement.NewWorkerID([32]byte(s.Key))
		if !bytes.Equal(id[:], s.ID) {
			t.Errorf("worker id %x", id)
		}
		keys[id] = quorum.Key(s.Key)
	}
	encoded := map[string]vector.Hex{}
	check := func(name string, e encodedVector, want message) {
		t.Helper()
		encoded[name] = e.Bytes
		got, err := decode(e.Bytes)
		if err != nil || !bytes.Equal(got.Encode(), e.Bytes) {
			t.Fatalf("%s: %v", name, err)
		}
		switch want := want.(type) {
		case *Worker:
			want.Signature = got.(*Worker).Signature
		case *Epoch:
			want.Signatures = got.(*Epoch).Signatures
		case *Heartbeat:
			want.Signatures = got.(*Heartbeat).Signatures
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if sum := sha256.Sum256(got.SignBytes(v.Chain)); !bytes.Equal(sum[:], e.SignBytes) || !verifies(got, v.Chain, keys) {
			t.Errorf("%s: bytes to sign, or a signature", name)
		}
	}
	for _, w := range v.Workers {
		want := &Worker{
			Operator: quorum.Key(w.Operator), SigningKey: quorum.Key(w.SigningKey), SealKey: SealKey(w.SealKey),
			Head: Head{Height: w.Height, Hash: [32]byte(w.Hash)}, Evidence: []byte(w.Evidence),
		}
		check(w.Name, w.encodedVector, want)
		id, report := want.ID(), want.ReportData(v.Chain)
		if !bytes.Equal(id[:], w.ID) || !bytes.Equal(report[:], w.ReportData) {
			t.Errorf("%s: id or report data", w.Name)
		}
	}
	for _, e := range v.Epochs {
		check(e.Name, e.encodedVector, &Epoch{
			Number: e.Number, Reset: e.Reset, SealKey: SealKey(e.SealKey),
			Committed: [32]byte(e.Committed), Revealed: Schedule(e.Revealed),
		})
	}
	for _, h := range v.Heartbeats {
		want := &Heartbeat{
			Height: h.Height, Intake: [32]byte(h.Intake), Transcript: [32]byte(h.Transcript), StateDigest: [32]byte(h.StateDigest),
		}
		for _, p := range h.Prints {
			want.Prints = append(want.Prints, Print(p))
		}
		check(h.Name, h.encodedVector, want)
	}
	for _, s := range v.Schedules {
		if commit := Schedule(s.Key).Commit(); !bytes.Equal(commit[:], s.Commit) {
			t.Errorf("schedule %x", s.Key)
		}
	}
	for _, m := range v.Refused {
		_, err := decodeAs(encoded[m.Of][0], m.Apply(encoded[m.Of]))
		vector.Refused(t, m.Of+": "+m.Name, err, m.Code)
	}
	for _, m := range v.Forged {
		if got, err := decode(m.Apply(encoded[m.Of])); err != nil || verifies(got, v.Chain, keys) {
			t.Errorf("%s: %s: %v", m.Of, m.Name, err)
		}
	}
}

// A print for each pool of each market fits; one more does not.
func TestMostPrints(t *testing.T) {
	h := &Heartbeat{}
	for i := range uint32(MaxPrints) {
		h.Prints = append(h.Prints, Print{Market: i / 2, Pool: order.Pool(i % 2), Lots: 1, Price: 1})
	}
	if _, err := DecodeHeartbeat(h.Encode()); err != nil {
		t.Error(err)
	}
	h.Prints = append(h.Prints, Print{Market: MaxPrints, Lots: 1, Price: 1})
	if _, err := DecodeHeartbeat(h.Encode()); !errors.Is(err, rejection.Oversized) {
		t.Error(err)
	}
}

// The evidence must cover every key and the head; the operator signs the
// evidence too.
func TestReportDataCoversTheIdentity(t *testing.T) {
	base := sampleWorker()
	for name, edit := range map[string]func(*Worker){
		"operator":    func(w *Worker) { w.Operator[0]++ },
		"signing key": func(w *Worker) { w.SigningKey[31]++ },
		"seal key":    func(w *Worker) { w.SealKey[600]++ },
		"height":      func(w *Worker) { w.Head.Height++ },
		"hash":        func(w *Worker) { w.Head.Hash[0]++ },
	} {
		w := sampleWorker()
		edit(w)
		if w.ReportData(chain) == base.ReportData(chain) || bytes.Equal(w.SignBytes(chain), base.SignBytes(chain)) {
			t.Errorf("%s is not covered", name)
		}
	}
	w := sampleWorker()
	w.Evidence[0]++
	if w.ReportData(chain) != base.ReportData(chain) || bytes.Equal(w.SignBytes(chain), base.SignBytes(chain)) {
		t.Error("evidence")
	}
	if base.ReportData("test-2") == base.ReportData(chain) {
		t.Error("the chain id is not covered")
	}
	if bytes.Equal(sampleEpoch(true).SignBytes(chain)[:24], sampleEpoch(false).SignBytes(chain)[:24]) {
		t.Error("an epoch and a reset share a context")
	}
}
