package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bar is a value with its interval of confidence.
type Bar struct {
	Label          string
	Value, Low, Hi float64
	Strong         bool // drawn in the strong colour
}

// Bars is a plot of horizontal bars.
type Bars struct {
	Title, Unit string
	Note        string // under the title
	Bars        []Bar
}

const (
	strong = "#1b4965"
	weak   = "#8fb8cc"
	ink    = "#222"
	rule   = "#ddd"
	font   = `font-family="Helvetica,Arial,sans-serif"`
)

// point writes a coordinate.
func point(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64) }

type svg struct{ strings.Builder }

func (s *svg) open(width, height float64) {
	fmt.Fprintf(s, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" width=\"%s\" height=\"%s\">\n", point(width), point(height), point(width), point(height))
	fmt.Fprintf(s, "<rect width=\"%s\" height=\"%s\" fill=\"white\"/>\n", point(width), point(height))
}

func (s *svg) text(x, y float64, anchor, text string, size int, colour string) {
	fmt.Fprintf(s, "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" font-size=\"%d\" fill=\"%s\" %s>%s</text>\n", point(x), point(y), anchor, size, colour, font, escape(text))
}

func (s *svg) line(x1, y1, x2, y2 float64, colour string, width float64) {
	fmt.Fprintf(s, "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" stroke=\"%s\" stroke-width=\"%s\"/>\n", point(x1), point(y1), point(x2), point(y2), colour, point(width))
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// SVG draws the bars.
func (b Bars) SVG() string {
	const left, right, top, row, foot = 250.0, 90.0, 56.0, 24.0, 34.0
	const width = 760.0
	low, high := 0.0, 0.0
	for _, x := range b.Bars {
		low, high = min(low, x.Low), max(high, x.Hi)
	}
	marks := ticks(low, high)
	low, high = min(low, marks[0]), max(high, marks[len(marks)-1])
	x := func(v float64) float64 { return left + (v-low)/(high-low)*(width-left-right) }
	height := top + row*float64(len(b.Bars)) + foot
	var s svg
	s.open(width, height)
	s.text(16, 24, "start", b.Title, 15, ink)
	s.text(16, 42, "start", b.Note, 11, "#666")
	for _, m := range marks {
		s.line(x(m), top, x(m), height-foot, rule, 1)
		s.text(x(m), height-foot+16, "middle", number(m), 11, "#666")
	}
	s.text(width-right+8, height-foot+16, "start", b.Unit, 11, "#666")
	for i, bar := range b.Bars {
		y := top + row*float64(i)
		colour := weak
		if bar.Strong {
			colour = strong
		}
		from, to := min(x(0), x(bar.Value)), max(x(0), x(bar.Value))
		s.text(left-10, y+row*0.66, "end", bar.Label, 12, ink)
		fmt.Fprintf(&s, "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"%s\"/>\n", point(from), point(y+4), point(to-from), point(row-8), colour)
		s.line(x(bar.Low), y+row/2, x(bar.Hi), y+row/2, "white", 3.5) // so that it is seen on a dark bar
		s.line(x(bar.Low), y+row/2, x(bar.Hi), y+row/2, ink, 1.2)
		s.line(x(bar.Low), y+row/2-4, x(bar.Low), y+row/2+4, ink, 1.2)
		s.line(x(bar.Hi), y+row/2-4, x(bar.Hi), y+row/2+4, ink, 1.2)
	}
	s.line(x(0), top-2, x(0), height-foot, ink, 1)
	s.WriteString("</svg>\n")
	return s.String()
}

// ticks returns round numbers from at most low to at least high.
func ticks(low, high float64) (list []float64) {
	if high <= low {
		high = low + 1
	}
	step := math.Pow(10, math.Floor(math.Log10((high-low)/5)))
	for _, by := range []float64{1, 2, 5, 10} {
		if (high-low)/(step*by) <= 6 {
			step *= by
			break
		}
	}
	for i := math.Floor(low / step); ; i++ {
		list = append(list, i*step)
		if i*step >= high {
			return list
		}
	}
}

func number(v float64) string { return strconv.FormatFloat(math.Round(v*1000)/1000+0, 'f', -1, 64) }

// Line is points in a plot, ascending by X.
type Line struct {
	Label  string
	Points []Point
}

// Point is one, with its interval of confidence.
type Point struct{ X, Y, Low, Hi float64 }

// Lines is a plot of a few lines; X is drawn by its place, not to scale.
type Lines struct {
	Title, Note, XUnit, YUnit string
	Lines                     []Line
}

var colours = [...]string{"#1b4965", "#d1495b", "#6a994e", "#edae49"}

// SVG draws the lines, which all have the X of the first.
func (l Lines) SVG() string {
	const left, right, top, foot = 70.0, 180.0, 56.0, 44.0
	const width, height = 760.0, 340.0
	low, high := 0.0, 0.0
	for _, line := range l.Lines {
		for _, p := range line.Points {
			low, high = min(low, p.Low), max(high, p.Hi)
		}
	}
	marks := ticks(low, high)
	low, high = min(low, marks[0]), max(high, marks[len(marks)-1])
	y := func(v float64) float64 { return height - foot - (v-low)/(high-low)*(height-foot-top) }
	xs := l.Lines[0].Points
	x := func(i int) float64 {
		return left + 14 + float64(i)*(width-left-right-28)/float64(max(1, len(xs)-1))
	}
	var s svg
	s.open(width, height)
	s.text(16, 24, "start", l.Title, 15, ink)
	s.text(16, 42, "start", l.Note, 11, "#666")
	for _, m := range marks {
		s.line(left, y(m), width-right, y(m), rule, 1)
		s.text(left-8, y(m)+4, "end", number(m), 11, "#666")
	}
	s.text(left+4, top+12, "start", l.YUnit, 11, "#666")
	for i, p := range xs {
		s.text(x(i), height-foot+16, "middle", number(p.X), 11, "#666")
	}
	s.text(left+(width-left-right)/2, height-foot+34, "middle", l.XUnit, 11, "#666")
	s.line(left, y(0), width-right, y(0), ink, 1)
	for n, line := range l.Lines {
		colour := colours[n%len(colours)]
		var path strings.Builder
		for i, p := range line.Points {
			fmt.Fprintf(&path, "%s,%s ", point(x(i)), point(y(p.Y)))
			s.line(x(i), y(p.Low), x(i), y(p.Hi), colour, 1)
			fmt.Fprintf(&s, "<circle cx=\"%s\" cy=\"%s\" r=\"3\" fill=\"%s\"/>\n", point(x(i)), point(y(p.Y)), colour)
		}
		fmt.Fprintf(&s, "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", strings.TrimSpace(path.String()), colour)
		s.line(width-right+12, top+10+20*float64(n), width-right+30, top+10+20*float64(n), colour, 2)
		s.text(width-right+36, top+14+20*float64(n), "start", line.Label, 12, ink)
	}
	s.WriteString("</svg>\n")
	return s.String()
}
