package verify

// Coefficients lets the vectors pin r_i.
var Coefficients = coefficients
