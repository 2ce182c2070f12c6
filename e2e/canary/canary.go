package canary

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Canary is a value in all its spellings.
type Canary struct {
	name      string
	spellings []spelling
}

type spelling struct {
	name  string
	bytes []byte
}

// Number is a number: decimal, hex, eight bytes of either order, and base64 of
// each.
func Number(name string, v uint64) Canary {
	digits := strconv.FormatUint(v, 16)
	return canary(name,
		spelling{"decimal", strconv.AppendUint(nil, v, 10)},
		spelling{"hex", []byte(digits)},
		spelling{"upper-case hex", []byte(strings.ToUpper(digits))},
		spelling{"big-endian", binary.BigEndian.AppendUint64(nil, v)},
		spelling{"little-endian", binary.LittleEndian.AppendUint64(nil, v)},
	)
}

// Secret is a string of bytes: as it is, reversed, hex of both, and base64 of
// each.
func Secret(name string, b []byte) Canary {
	reversed := slices.Clone(b)
	slices.Reverse(reversed)
	return canary(name,
		spelling{"bytes", slices.Clone(b)},
		spelling{"hex", []byte(hex.EncodeToString(b))},
		spelling{"upper-case hex", []byte(strings.ToUpper(hex.EncodeToString(b)))},
		spelling{"reversed bytes", reversed},
		spelling{"hex of reversed bytes", []byte(hex.EncodeToString(reversed))},
	)
}

// Text is text: as it is, in hex, and base64 of both.
func Text(name, text string) Canary {
	return canary(name, spelling{"text", []byte(text)}, spelling{"hex", []byte(hex.EncodeToString([]byte(text)))})
}

// canary adds the base64 of every spelling.
func canary(name string, plain ...spelling) Canary {
	c := Canary{name: name, spellings: plain}
	for _, s := range plain {
		c.spellings = append(c.spellings, base64Of(s)...)
	}
	return c
}

// base64Of returns what of s every base64 text that contains s has in it, for
// each of the three places at which s may begin in a group, in both alphabets.
func base64Of(s spelling) []spelling {
	var out []spelling
	for shift := range 3 {
		b := append(make([]byte, shift), s.bytes...)
		// The digits that hold bits of s alone: from the first that begins past
		// the shift to the last that ends within s.
		first, last := (shift*8+5)/6, len(b)*8/6
		standard, url := base64.RawStdEncoding.EncodeToString(b)[first:last], base64.RawURLEncoding.EncodeToString(b)[first:last]
		out = append(out, spelling{"base64 of " + s.name, []byte(standard)})
		if url != standard {
			out = append(out, spelling{"URL-safe base64 of " + s.name, []byte(url)})
		}
	}
	return out
}
