package keys

import (
	"strings"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Network is the human-readable part of an address; keys append a letter to
// it. The zero value is no network and nothing parses under it.
type Network string

// The networks.
const (
	Main        Network = "nj"
	Test        Network = "njt"
	Development Network = "njd"
)

// What a text holds: the letter between the network's name and the separator.
const (
	addressText = ""
	viewingText = "v"
	proverText  = "p"
)

// Format returns the text of a on network n.
func (a Address) Format(n Network) string {
	w := encoding.NewWriter(AddressSize)
	WriteAddress(w, a)
	return encodeBech32m(string(n)+addressText, w.Bytes())
}

// ParseAddress reads the text of an address of network n: BAD_ADDRESS if the
// checksum or the content is wrong, WRONG_NETWORK if only the network is. One
// address has one text, in lower case.
func ParseAddress(text string, n Network) (Address, error) {
	r, err := parseText(text, n, addressText, rejection.BadAddress)
	if err != nil {
		return Address{}, err
	}
	a := ReadAddress(r)
	if r.Done() != nil {
		return Address{}, rejection.New(rejection.BadAddress, "the checksum matches, the content is no address")
	}
	return a, nil
}

// Format returns the text of the viewing key on network n. Whoever reads it
// sees the whole account.
func (k ViewingKey) Format(n Network) string {
	w := encoding.NewWriter(1 + 3*field.Size)
	writeProver(w, k.ProverKey)
	field.Write(w, k.DK)
	return encodeBech32m(string(n)+viewingText, w.Bytes())
}

// ParseViewingKey is the inverse of ViewingKey.Format: BAD_VIEWING_KEY,
// WRONG_NETWORK.
func ParseViewingKey(text string, n Network) (ViewingKey, error) {
	r, err := parseText(text, n, viewingText, rejection.BadViewingKey)
	if err != nil {
		return ViewingKey{}, err
	}
	k := ViewingKey{ProverKey: readProver(r), DK: field.Read(r)}
	if r.Done() != nil {
		return ViewingKey{}, rejection.New(rejection.BadViewingKey, "the checksum matches, the content is no viewing key")
	}
	return k, nil
}

// Format returns the text of the prover key on network n.
func (k ProverKey) Format(n Network) string {
	w := encoding.NewWriter(1 + 2*field.Size)
	writeProver(w, k)
	return encodeBech32m(string(n)+proverText, w.Bytes())
}

// ParseProverKey is the inverse of ProverKey.Format: BAD_VIEWING_KEY,
// WRONG_NETWORK.
func ParseProverKey(text string, n Network) (ProverKey, error) {
	r, err := parseText(text, n, proverText, rejection.BadViewingKey)
	if err != nil {
		return ProverKey{}, err
	}
	k := readProver(r)
	if r.Done() != nil {
		return ProverKey{}, rejection.New(rejection.BadViewingKey, "the checksum matches, the content is no prover key")
	}
	return k, nil
}

func writeProver(w *encoding.Writer, k ProverKey) {
	w.U8(Version)
	jubjub.Write(w, k.AK)
	field.Write(w, k.NK)
}

func readProver(r *encoding.Reader) ProverKey {
	if v := r.U8(); r.Err() == nil && v != Version {
		r.Fail(rejection.New(rejection.UnknownVersion, "key version %d", v))
	}
	return ProverKey{AK: jubjub.Read(r), NK: field.Read(r)}
}

// parseText checks the text around a payload. The checksum comes first: it
// covers the human-readable part, so that a typing error there is not taken
// for another network.
func parseText(text string, n Network, what string, code rejection.Code) (*encoding.Reader, error) {
	hrp, data, ok := decodeBech32m(text)
	if !ok || strings.ToLower(text) != text {
		return nil, rejection.New(code, "checksum, length or letters")
	}
	for _, known := range []Network{Main, Test, Development} {
		if hrp != string(known)+what {
			continue
		}
		if known != n {
			return nil, rejection.New(rejection.WrongNetwork, "written for network %s, this is %s", known, n)
		}
		return encoding.NewReader(data), nil
	}
	return nil, rejection.New(code, "it starts with %q", hrp)
}
