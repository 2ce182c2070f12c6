package main

import (
	"strings"

	"rsc.io/qr"
)

// quiet is the empty border that a reader needs, in modules; four is the
// standard's, two are enough on a screen.
const quiet = 2

// qrCode draws text for a terminal, two modules in a character. The colours are
// set: what is dark on one terminal is light on another.
func qrCode(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", err
	}
	const (
		colours = "\x1b[38;5;16;48;5;231m" // black on white
		plain   = "\x1b[0m"
	)
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		b.WriteString("  " + colours)
		for x := -quiet; x < code.Size+quiet; x++ {
			switch upper, lower := code.Black(x, y), code.Black(x, y+1); {
			case upper && lower:
				b.WriteString("█")
			case upper:
				b.WriteString("▀")
			case lower:
				b.WriteString("▄")
			default:
				b.WriteString(" ")
			}
		}
		b.WriteString(plain + "\n")
	}
	return b.String(), nil
}
