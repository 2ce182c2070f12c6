package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// wellFormed reads a document to its end.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
}

func TestBars(t *testing.T) {
	b := Bars{Title: "A < B & C", Unit: "bp", Note: "n", Bars: []Bar{{"one", 4, 3, 5, true}, {"two", -2, -3, -1, false}}}
	text := b.SVG()
	wellFormed(t, text)
	if text != b.SVG() {
		t.Error("two drawings differ")
	}
	// The axis goes from -4 to 6 over 420 points: 0 is at 418, 4 at 586, −2 at 334.
	for _, want := range []string{"A &lt; B &amp; C", `<rect x="418" y="60" width="168"`, `<rect x="334" y="84" width="84"`, ">-4<", ">6<"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Error("not a number")
	}
}

func TestLines(t *testing.T) {
	l := Lines{Title: "t", XUnit: "lots", YUnit: "bp", Lines: []Line{
		{"one", []Point{{1, 1, 0.5, 1.5}, {10, 2, 1, 3}}}, {"two", []Point{{1, 0, 0, 0}, {10, 0, 0, 0}}},
	}}
	text := l.SVG()
	wellFormed(t, text)
	if strings.Count(text, "<circle") != 4 || strings.Count(text, "<polyline") != 2 {
		t.Error(text)
	}
}

// TestTicks: they cover the range with few round numbers.
func TestTicks(t *testing.T) {
	for _, c := range [][2]float64{{0, 1}, {-3, 5}, {0, 0}, {-0.2, 0.01}, {0, 12345}, {-7, -7}} {
		list := ticks(c[0], c[1])
		if len(list) < 2 || len(list) > 9 || list[0] > c[0] || list[len(list)-1] < c[1] {
			t.Errorf("%v: %v", c, list)
		}
	}
}

// TestEmpty draws what has nothing in it.
func TestEmpty(t *testing.T) {
	wellFormed(t, Bars{Bars: []Bar{{Label: "nothing"}}}.SVG())
	wellFormed(t, Lines{Lines: []Line{{Points: []Point{{}}}}}.SVG())
}
