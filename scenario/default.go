package scenario

import _ "embed"

// Default is the scenario that `nightjar demo` plays unless it is given
// another.
//
//go:embed default.scenario
var Default []byte
