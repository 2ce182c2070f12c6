// Package chart draws plots as SVG.
//
// THE INVARIANT: the same data give the same bytes: coordinates are rounded to a
// tenth of a point, and nothing else reaches the file.
package chart
