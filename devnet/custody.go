package devnet

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// custodyFile holds the development signers' keys: all in one place, which is
// what makes it no custody.
type custodyFile struct {
	Warning string   `json:"warning"`
	Seeds   []string `json:"seeds"` // Ed25519, hex
}

func (d Dir) makeCustody() (ledger.Signers, error) {
	file := custodyFile{Warning: warning}
	out := ledger.Signers{Threshold: custodyThreshold}
	for range custodySize {
		_, k, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return out, err
		}
		file.Seeds = append(file.Seeds, hex.EncodeToString(k.Seed()))
		out.Keys = append(out.Keys, public(k))
	}
	sortKeys(out.Keys)
	return out, writeJSON(d.Custody(), file)
}

func (d Dir) signers() ([]ed25519.PrivateKey, error) {
	b, err := os.ReadFile(d.Custody())
	if err != nil {
		return nil, err
	}
	var file custodyFile
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, rejection.New(rejection.BadFile, "%s: %v", d.Custody(), err)
	}
	var out []ed25519.PrivateKey
	for _, s := range file.Seeds {
		seed, err := hex.DecodeString(s)
		if err != nil || len(seed) != ed25519.SeedSize {
			return nil, rejection.New(rejection.BadFile, "%s: a seed", d.Custody())
		}
		out = append(out, ed25519.NewKeyFromSeed(seed))
	}
	return out, nil
}

// Mint returns a deposit of a test asset for an owner commitment, signed by the
// development signers. Each call names another external event; the number is
// on disk before the transaction exists, so that a crash skips one rather than
// use it twice.
func (d Dir) Mint(asset uint32, amount uint64, c field.Element) ([]byte, error) {
	m, err := d.update(func(m *Manifest) { m.Deposits++ })
	if err != nil {
		return nil, err
	}
	dep := custody.Deposit{
		Reference: custody.Reference{Chain: devChain},
		Asset:     asset, Amount: amount, C: c,
	}
	binary.BigEndian.PutUint64(dep.Reference.Hash[24:], m.Deposits)
	message := dep.SignBytes(m.ChainID)
	if dep.Signatures, err = d.sign(message); err != nil {
		return nil, err
	}
	return dep.Encode(), nil
}

// Return returns the signers' statement that a withdrawal claim can't be paid.
func (d Dir) Return(id custody.ClaimID) ([]byte, error) {
	m, err := d.read()
	if err != nil {
		return nil, err
	}
	c := custody.Closing{Claim: id, Result: custody.Returned}
	if c.Signatures, err = d.sign(c.SignBytes(m.ChainID)); err != nil {
		return nil, err
	}
	return c.Encode(), nil
}

// sign makes the threshold's signatures in the order of the wire.
func (d Dir) sign(message []byte) ([]quorum.Signature, error) {
	signers, err := d.signers()
	if err != nil {
		return nil, err
	}
	var out []quorum.Signature
	for _, k := range signers[:custodyThreshold] {
		out = append(out, quorum.Sign(k, message))
	}
	slices.SortFunc(out, func(a, b quorum.Signature) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return out, nil
}
