package vector

import "testing"

// TestFull: a file is no test if one of its lists is empty.
func TestFull(t *testing.T) {
	for text, want := range map[string]bool{
		`[{"a": 1}]`:                    true,
		`{"a": [1], "b": "x"}`:          true,
		`{"a": [{"deeper": []}]}`:       true,
		`[]`:                            false,
		`{}`:                            false,
		`null`:                          false,
		`"text"`:                        false,
		`{"a": [1], "b": []}`:           false,
		`{"a": 18446744073709551615.0}`: true,
	} {
		if got := full(generic(t, []byte(text))); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestApply(t *testing.T) {
	base := []byte{1, 2, 3, 4}
	m := Mutation{Offset: 1, With: Hex{9}, Cut: 2, Append: Hex{7}}
	if got := m.Apply(base); string(got) != "\x01\x09\x07" || string(base) != "\x01\x02\x03\x04" {
		t.Errorf("%x from %x", got, base)
	}
}
