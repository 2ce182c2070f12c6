package keys

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The vectors of BIP-350.
func TestPublishedBech32m(t *testing.T) {
	for _, text := range []string{
		"A1LQFN3A",
		"a1lqfn3a",
		"an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
		"abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
		"11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
		"split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
		"?1v759aa",
	} {
		if _, _, ok := splitBech32m(text); !ok {
			t.Errorf("%q refused", text)
		}
	}
	for name, text := range map[string]string{
		"control character in the prefix": "\x201xj0phk",
		"delete in the prefix":            "\x7f1g6xzxy",
		"high byte in the prefix":         "\x801vctc34",
		"no separator":                    "qyrz8wqd2c9m",
		"empty prefix":                    "1qyrz8wqd2c9m",
		"b among the data":                "y1b0jsk6g",
		"i among the data":                "lt1igcx5c0",
		"short checksum":                  "in1muywd",
		"i in the checksum":               "mm1crxm3i",
		"o in the checksum":               "au1s5cgom",
		"checksum of the upper case":      "M1VUXWEZ",
		"empty prefix, digits":            "16plkw9",
		"empty prefix, letters":           "1p2gdwpf",
		"mixed case":                      "A1lqfn3a",
		"bech32, not bech32m":             "a12uel5l",
		"a letter that lowers to ASCII":   "A1LQFN\u212aA",
		"nothing":                         "",
	} {
		if _, _, ok := splitBech32m(text); ok {
			t.Errorf("%s: %q taken", name, text)
		}
	}
}

func TestBech32mRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hrp := rapid.StringMatching(`[a-z]{1,10}`).Draw(t, "hrp")
		data := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "data")
		text := encodeBech32m(hrp, data)
		h, d, ok := decodeBech32m(text)
		if !ok || h != hrp || !bytes.Equal(d, data) {
			t.Fatalf("%q", text)
		}
		if h, d, ok = decodeBech32m(strings.ToUpper(text)); !ok || h != hrp || !bytes.Equal(d, data) {
			t.Fatalf("upper case of %q", text)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		to := rapid.SampledFrom([]byte(bech32Charset)).Draw(t, "to")
		if text[at] != to {
			if _, _, ok := decodeBech32m(text[:at] + string(to) + text[at+1:]); ok {
				t.Fatalf("one wrong character at %d goes unnoticed", at)
			}
		}
	})
}

func TestBase32Padding(t *testing.T) {
	for name, values := range map[string][]byte{
		"padding that is not zero":   {0, 1},
		"a whole value of padding":   {0, 0, 0},
		"one value, no byte":         {0},
		"padding in the third value": {31, 31, 31, 3},
	} {
		if _, ok := fromBase32(values); ok {
			t.Error(name)
		}
	}
}

func FuzzDecodeBech32m(f *testing.F) {
	f.Add("a1lqfn3a")
	f.Add("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx")
	f.Fuzz(func(t *testing.T, text string) {
		hrp, data, ok := decodeBech32m(text)
		if ok && encodeBech32m(hrp, data) != strings.ToLower(text) {
			t.Fatalf("%q has two texts", text)
		}
	})
}
