package vector

// Fills is spec/vectors/fill.json, which the native rules and the circuit both
// have to meet.
type Fills struct {
	Fills   []Fill `json:"fills"`
	Refused []Fill `json:"refused"`
}

// Fill is a fill of an order, or of padding, at a price.
type Fill struct {
	Name     string `json:"name"`
	Opening  Hex    `json:"opening"` // of the order
	Position uint64 `json:"position"`
	Lots     uint64 `json:"lots"`
	Height   uint32 `json:"height"`
	Price    uint64 `json:"price"`
	Dev      uint16 `json:"dev"`
	FeeBp    uint16 `json:"feeBp"`

	Code   string      `json:"code,omitempty"` // of a refused fill
	Result *FillResult `json:"result,omitempty"`
}

// FillResult is what follows from a fill that the terms allow.
type FillResult struct {
	BaseLeg   uint64 `json:"baseLeg"`
	QuoteLeg  uint64 `json:"quoteLeg"`
	Fee       uint64 `json:"fee"`
	Nullifier Hex    `json:"nullifier"`
	Proceeds  Output `json:"proceeds"`
	Refund    Output `json:"refund"`
	Remainder Hex    `json:"remainder"` // opening
	Ocm       Hex    `json:"ocm"`       // of the remainder
	Report    Hex    `json:"report"`
}

// Output is a note that a fill makes.
type Output struct {
	Asset uint32 `json:"asset"`
	Value uint64 `json:"value"`
	Rho   Hex    `json:"rho"`
	Cm    Hex    `json:"cm"`
}
