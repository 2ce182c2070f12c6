package registry

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
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
	return &Heartbeat{Height: 40, Intake: [32]byte{1}, Transcript: [32]byte{2}, StateDigest: [32]byte{3}, Signatures: signatures()}
}

type message interface {
	Encode() []byte
	SignBytes(chainID string) []byte
}

func decode(b []byte) (message, error) {
	switch {
	case len(b) > 0 && b[0] == EpochKind:
		return DecodeEpoch(b)
	case len(b) > 0 && b[0] == HeartbeatKind:
		return DecodeHeartbeat(b)
	}
	return DecodeWorker(b)
}

// registryVectors is spec/vectors/registry.json.
type registryVectors struct {
	Chain      string            `json:"chain"`
	Messages   []messageVector   `json:"messages"`
	ReportData vector.Hex        `json:"reportData"` // of the message "worker"
	Schedule   vector.Hex        `json:"schedule"`
	Commit     vector.Hex        `json:"scheduleCommit"`
	Refused    []vector.Mutation `json:"refused"`
}

// messageVector gives the hash of the bytes to sign, which repeat the message.
type messageVector struct {
	Name      string     `json:"name"`
	Bytes     vector.Hex `json:"bytes"`
	SignBytes vector.Hex `json:"signBytesSHA256"`
}

func TestVectors(t *testing.T) {
	w := sampleWorker()
	report, commit := w.ReportData(chain), Schedule{1}.Commit()
	v := registryVectors{Chain: chain, ReportData: report[:], Schedule: vector.Hex(append([]byte{1}, make([]byte, 31)...)), Commit: commit[:]}
	for _, m := range []struct {
		name string
		m    message
	}{{"worker", w}, {"epoch", sampleEpoch(false)}, {"reset", sampleEpoch(true)}, {"heartbeat", sampleHeartbeat()}} {
		sum := sha256.Sum256(m.m.SignBytes(chain))
		v.Messages = append(v.Messages, messageVector{m.name, m.m.Encode(), sum[:]})
	}
	add := func(of, name string, code rejection.Code, offset int, with ...byte) {
		v.Refused = append(v.Refused, vector.Mutation{Name: name, Of: of, Offset: offset, With: with, Code: code.Name()})
	}
	for _, of := range []string{"worker", "epoch", "heartbeat"} {
		v.Refused = append(v.Refused,
			vector.Mutation{Name: "the last byte missing", Of: of, Cut: 1, Code: rejection.Truncated.Name()},
			vector.Mutation{Name: "one byte more", Of: of, Append: vector.Hex{0}, Code: rejection.TrailingBytes.Name()})
		add(of, "another kind", rejection.UnknownKind, 0, 99)
		add(of, "a later version", rejection.UnknownVersion, 1, 2)
	}
	const evidence = 2 + 64 + SealKeySize + 40
	add("worker", "too much evidence", rejection.Oversized, evidence, 0x40, 0x01)
	add("epoch", "a flag that is neither 0 nor 1", rejection.NonCanonical, 10, 2)
	const epochSignatures, heartbeatSignatures = 2 + 9 + SealKeySize + 64, 2 + 8 + 96
	add("epoch", "workers in descending order", rejection.NonCanonical, epochSignatures+1, 9)
	add("heartbeat", "a worker given twice", rejection.NonCanonical, heartbeatSignatures+1+96, 1)
	add("heartbeat", "too many signatures", rejection.Oversized, heartbeatSignatures, settlement.MaxSigners+1)

	file := vector.Check(t, "registry", v)
	named := map[string]vector.Hex{}
	for _, m := range file.Messages {
		named[m.Name] = m.Bytes
		got, err := decode(m.Bytes)
		if err != nil || !bytes.Equal(got.Encode(), m.Bytes) {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if sum := sha256.Sum256(got.SignBytes(file.Chain)); !bytes.Equal(sum[:], m.SignBytes) {
			t.Errorf("%s: bytes to sign", m.Name)
		}
	}
	for _, m := range file.Refused {
		b := m.Apply(named[m.Of])
		var err error
		switch m.Of {
		case "epoch":
			_, err = DecodeEpoch(b)
		case "heartbeat":
			_, err = DecodeHeartbeat(b)
		default:
			_, err = DecodeWorker(b)
		}
		var got *rejection.Rejection
		if !errors.As(err, &got) || got.Code.Name() != m.Code {
			t.Errorf("%s: %s: got %v, want %s", m.Of, m.Name, err, m.Code)
		}
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
