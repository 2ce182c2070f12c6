package action

import (
	"bytes"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestOneSize: whatever an action does, it has the same length and the same
// places for the same things.
func TestOneSize(t *testing.T) {
	end := 0
	for _, p := range layout {
		if p.offset != end {
			t.Fatalf("%s starts at %d, the part before it ends at %d", p.name, p.offset, end)
		}
		end += p.size
	}
	if end != Size || offsetOf("proof") != bodySize {
		t.Fatalf("the byte table has %d bytes, the code %d", end, Size)
	}
	for name, a := range map[string]*Action{"sample": sample(), "withdrawal": withdrawal(), "zero": {RK: jubjub.Identity()}} {
		if n := len(a.Encode()); n != Size {
			t.Errorf("%s: %d bytes, want %d", name, n, Size)
		}
	}
}

// TestLayoutIsTheSpecification: each row of the byte table stands in
// spec/07-action.md.
func TestLayoutIsTheSpecification(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "spec", "07-action.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) > 4 {
			rows[strings.TrimSpace(cells[1])+" "+strings.TrimSpace(cells[2])+" "+strings.Trim(cells[3], " `")] = true
		}
	}
	for _, p := range layout {
		if row := strconv.Itoa(p.offset) + " " + strconv.Itoa(p.size) + " " + p.name; !rows[row] {
			t.Errorf("spec/07 has no row %q", row)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, a := range []*Action{sample(), withdrawal()} {
		b := a.Encode()
		got, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got); diff != "" {
			t.Fatal(diff)
		}
		if !bytes.Equal(got.Encode(), b) {
			t.Fatal("not canonical")
		}
		if err := got.VerifySignature(chain); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryByteIsCovered flips one bit in each byte. Before the proof, every
// flip that still decodes changes the id, the sighash and a public input, and
// voids the signature; the digest changes exactly for the bytes it covers. The
// version alone is no public input: it says which key they are for. In the
// proof and the signature none of them change.
func TestEveryByteIsCovered(t *testing.T) {
	for name, a := range map[string]*Action{"sample": sample(), "withdrawal": withdrawal()} {
		b := a.Encode()
		public, digest := a.PublicInputs(chain, feeAsset), a.Digest(chain)
		decoded := map[string]bool{}
		for _, p := range layout {
			for i := range p.size {
				mutant := bytes.Clone(b)
				mutant[p.offset+i] ^= 1 << ((i + 1) % 8) // version 1 becomes 3, not 0
				m, err := Decode(mutant)
				if err != nil {
					continue
				}
				decoded[p.name] = true
				inBody := p.offset < bodySize
				if (m.ID(chain) != a.ID(chain)) != inBody || (m.Sighash(chain) != a.Sighash(chain)) != inBody {
					t.Fatalf("%s: byte %d of %s: id or sighash", name, i, p.name)
				}
				if slices.Equal(m.PublicInputs(chain, feeAsset), public) == (inBody && p.name != "version") {
					t.Fatalf("%s: byte %d of %s: public inputs", name, i, p.name)
				}
				if (m.Digest(chain) != digest) != p.digest {
					t.Fatalf("%s: byte %d of %s: digest", name, i, p.name)
				}
				if inBody && i%16 == 0 || p.name == "signature" {
					refused(t, m.VerifySignature(chain), rejection.BadSpendSignature)
				}
			}
		}
		// The loop must not have been empty: these parts take flips freely.
		want := []string{"version", "anchor", "nf_0..2", "cm_0..2", "epoch", "fee", "epk", "outputs", "instruction", "proof", "signature"}
		if name == "withdrawal" {
			want = append(want, "asset", "amount", "recipient", "return")
		}
		for _, part := range want {
			if !decoded[part] {
				t.Errorf("%s: no flip in %s decodes", name, part)
			}
		}
	}
}

// TestChainIsCovered: an action of one chain is nothing on another.
func TestChainIsCovered(t *testing.T) {
	a := sample()
	if a.Digest(chain) == a.Digest("other") || a.Sighash(chain) == a.Sighash("other") || a.ID(chain) == a.ID("other") {
		t.Fatal("the chain id is not covered")
	}
	refused(t, a.VerifySignature("other"), rejection.BadSpendSignature)
	if a.ID(chain) == a.Sighash(chain) {
		t.Fatal("id and sighash share a context")
	}
}

// TestSignatureNeedsTheKey: another key's signature and another key in the
// action are both refused.
func TestSignatureNeedsTheKey(t *testing.T) {
	a := sample()
	a.RK = jubjub.Mul(jubjub.Spend, jubjub.ScalarFromBig(big.NewInt(4)))
	refused(t, sign(a).VerifySignature(chain), rejection.BadSpendSignature)
	a.RK = jubjub.Identity()
	refused(t, sign(a).VerifySignature(chain), rejection.BadSpendSignature)
}

// TestAAD: the instruction is bound to epoch, nullifiers and commitments, each
// in its place.
func TestAAD(t *testing.T) {
	a := sample()
	seen := map[[32]byte]bool{a.AAD(): true}
	for range 2 * Slots {
		// Rotate the six elements: the same set in another order is another AAD.
		first := a.Nullifiers[0]
		copy(a.Nullifiers[:], a.Nullifiers[1:])
		a.Nullifiers[Slots-1] = a.Commitments[0]
		copy(a.Commitments[:], a.Commitments[1:])
		a.Commitments[Slots-1] = first
		if len(seen) < 2*Slots && seen[a.AAD()] {
			t.Fatal("order is not bound")
		}
		seen[a.AAD()] = true
	}
	a.Epoch++
	if seen[a.AAD()] {
		t.Fatal("the epoch is not bound")
	}
}

func TestPublicInputs(t *testing.T) {
	a := withdrawal()
	x, y := jubjub.Coordinates(a.RK)
	want := []field.Element{
		a.Anchor, a.Nullifiers[0], a.Nullifiers[1], a.Nullifiers[2], a.Commitments[0], a.Commitments[1], a.Commitments[2],
		x, y, field.FromUint64(1_000), field.FromUint64(feeAsset), field.FromUint64(1),
		field.FromUint64(5_000), field.FromUint64(7), a.Digest(chain),
	}
	if diff := cmp.Diff(want, a.PublicInputs(chain, feeAsset)); diff != "" {
		t.Fatal(diff)
	}
}

func TestRecipient(t *testing.T) {
	for _, n := range []int{0, RecipientSize, 200} {
		_, err := NewRecipient(make([]byte, n))
		refused(t, err, rejection.BadWithdrawal)
	}
	for _, n := range []int{1, 20, RecipientSize - 1} {
		addr := bytes.Repeat([]byte{0xab}, n)
		r, err := NewRecipient(addr)
		if err != nil || !bytes.Equal(r.Bytes(), addr) || !r.valid() {
			t.Fatalf("%d bytes: %v", n, err)
		}
		r.Bytes()[0] = 0
		if !bytes.Equal(r.Bytes(), addr) {
			t.Fatal("Bytes shares memory")
		}
	}
	if (Recipient{}).Bytes() != nil || (Recipient{RecipientSize}).Bytes() != nil {
		t.Fatal("no address in these")
	}
}

func BenchmarkDecode(b *testing.B) {
	encoded := withdrawal().Encode()
	for b.Loop() {
		if _, err := Decode(encoded); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifySignature(b *testing.B) {
	a := sample()
	for b.Loop() {
		if err := a.VerifySignature(chain); err != nil {
			b.Fatal(err)
		}
	}
}
