package keys

import "strings"

// Bech32m (BIP-350) without BIP-173's limit of 90 characters. Up to 89
// characters the checksum finds any four wrong ones; in longer texts, as ours
// are, it misses a random error with probability 2^-30.

const (
	bech32Charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	bech32mConst  = 0x2bc830a3
	checksumSize  = 6 // characters
)

// polymod is the checksum register of BIP-173 after one more 5-bit value.
func polymod(chk uint32, value byte) uint32 {
	top := chk >> 25
	chk = chk&0x1ffffff<<5 ^ uint32(value)
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			chk ^= g
		}
	}
	return chk
}

// absorb feeds the human-readable part and 5-bit values into a new register.
func absorb(hrp string, values []byte) uint32 {
	chk := uint32(1)
	for i := range len(hrp) {
		chk = polymod(chk, hrp[i]>>5)
	}
	chk = polymod(chk, 0)
	for i := range len(hrp) {
		chk = polymod(chk, hrp[i]&31)
	}
	for _, v := range values {
		chk = polymod(chk, v)
	}
	return chk
}

// encodeBech32m returns the lower-case text of data under hrp.
func encodeBech32m(hrp string, data []byte) string {
	values := toBase32(data)
	chk := absorb(hrp, append(values, make([]byte, checksumSize)...)) ^ bech32mConst
	var b strings.Builder
	b.WriteString(hrp)
	b.WriteByte('1')
	for _, v := range values {
		b.WriteByte(bech32Charset[v])
	}
	for i := range checksumSize {
		b.WriteByte(bech32Charset[chk>>(5*(checksumSize-1-i))&31])
	}
	return b.String()
}

// decodeBech32m is the inverse of encodeBech32m. It takes a text in upper case
// too, as BIP-350 demands, and refuses mixed case.
func decodeBech32m(text string) (hrp string, data []byte, ok bool) {
	hrp, values, ok := splitBech32m(text)
	if !ok {
		return "", nil, false
	}
	data, ok = fromBase32(values)
	return hrp, data, ok
}

// splitBech32m checks characters, case and checksum and returns the 5-bit
// values without the checksum.
func splitBech32m(text string) (hrp string, values []byte, ok bool) {
	for i := range len(text) {
		if text[i] < 33 || text[i] > 126 {
			return "", nil, false
		}
	}
	lower := strings.ToLower(text)
	if text != lower && text != strings.ToUpper(text) {
		return "", nil, false
	}
	sep := strings.LastIndexByte(lower, '1')
	if sep < 1 || len(lower)-sep-1 < checksumSize {
		return "", nil, false
	}
	hrp = lower[:sep]
	for i := sep + 1; i < len(lower); i++ {
		v := strings.IndexByte(bech32Charset, lower[i])
		if v < 0 {
			return "", nil, false
		}
		values = append(values, byte(v))
	}
	if absorb(hrp, values) != bech32mConst {
		return "", nil, false
	}
	return hrp, values[:len(values)-checksumSize], true
}

// toBase32 cuts bytes into 5-bit values, padded with zero bits at the end.
func toBase32(data []byte) []byte {
	out := make([]byte, 0, (len(data)*8+4)/5+checksumSize)
	var acc, bits uint
	for _, b := range data {
		acc, bits = acc<<8|uint(b), bits+8
		for ; bits >= 5; bits -= 5 {
			out = append(out, byte(acc>>(bits-5)&31))
		}
		acc &= 1<<bits - 1
	}
	if bits > 0 {
		out = append(out, byte(acc<<(5-bits)&31))
	}
	return out
}

// fromBase32 is the inverse of toBase32; it refuses padding of five bits or
// more and padding that is not zero.
func fromBase32(values []byte) ([]byte, bool) {
	out := make([]byte, 0, len(values)*5/8)
	var acc, bits uint
	for _, v := range values {
		acc, bits = acc<<5|uint(v), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
			acc &= 1<<bits - 1
		}
	}
	return out, bits < 5 && acc == 0
}
