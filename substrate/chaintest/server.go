package chaintest

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Server answers JSON-RPC as a node of a Chain does.
type Server struct {
	Chain *Chain
	// Bare makes it answer as gossamer does: justifications only of the blocks
	// that are a round's target, alone, and no proof of what is not there.
	Bare bool
	// Metadata is its answer for the runtime's metadata.
	Metadata []byte
	// Other answers methods that the Server does not; nil: it refuses them.
	Other func(method string, params []json.RawMessage) (any, error)
	// Lie changes answers; nil: the Server is honest. A nil answer is null.
	Lie func(method string, params []json.RawMessage, answer any) any
}

// Refusal is an error that the node reports.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Header is a header in JSON.
type Header struct {
	ParentHash     string `json:"parentHash"`
	Number         string `json:"number"`
	StateRoot      string `json:"stateRoot"`
	ExtrinsicsRoot string `json:"extrinsicsRoot"`
	Digest         struct {
		Logs []string `json:"logs"`
	} `json:"digest"`
}

// ReadProof is a read proof in JSON.
type ReadProof struct {
	At    string   `json:"at"`
	Proof []string `json:"proof"`
}

// Body is a block in JSON.
type Body struct {
	Block struct {
		Header     Header   `json:"header"`
		Extrinsics []string `json:"extrinsics"`
	} `json:"block"`
}

// Hex writes bytes as nodes do.
func Hex(b []byte) string { return "0x" + hex.EncodeToString(b) }

// HeaderOf writes a header as nodes do.
func HeaderOf(h header.Header) (out Header) {
	out.ParentHash, out.StateRoot, out.ExtrinsicsRoot = h.Parent.String(), h.StateRoot.String(), h.ExtrinsicsRoot.String()
	out.Number = number(h.Number)
	out.Digest.Logs = []string{}
	for _, i := range h.Digest {
		var w scale.Writer
		i.Write(&w)
		out.Digest.Logs = append(out.Digest.Logs, Hex(w.Bytes()))
	}
	return out
}

func number(n uint32) string {
	s := strings.TrimLeft(hex.EncodeToString([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), "0")
	if s == "" {
		s = "0"
	}
	return "0x" + s
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call struct {
		ID     json.RawMessage   `json:"id"`
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
	}
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.Chain.mu.Lock()
	answer, err := s.answer(call.Method, call.Params)
	s.Chain.mu.Unlock()
	if s.Lie != nil && err == nil {
		answer = s.Lie(call.Method, call.Params, answer)
		if e, ok := answer.(error); ok {
			err = e
		}
	}
	out := map[string]any{"jsonrpc": "2.0", "id": call.ID, "result": answer}
	if err != nil {
		out = map[string]any{"jsonrpc": "2.0", "id": call.ID, "error": map[string]any{"code": -32000, "message": err.Error()}}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out) // the caller has gone if it fails
}

func (s *Server) answer(method string, params []json.RawMessage) (any, error) {
	c := s.Chain
	switch method {
	case "chain_getFinalizedHead":
		return c.blocks[c.final].Hash.String(), nil
	case "chain_getBlockHash":
		var n uint32
		if parameter(params, 0, &n) != nil || n >= uint32(len(c.blocks)) {
			return nil, nil
		}
		return c.blocks[n].Hash.String(), nil
	case "chain_getHeader":
		b, ok := c.byHash(params, 0)
		if !ok {
			return nil, nil
		}
		return HeaderOf(b.Header), nil
	case "chain_getBlock":
		b, ok := c.byHash(params, 0)
		if !ok {
			return nil, nil
		}
		var out Body
		out.Block.Header = HeaderOf(b.Header)
		out.Block.Extrinsics = hexes(b.Extrinsics)
		return out, nil
	case "state_getMetadata":
		return Hex(s.Metadata), nil
	case "state_getReadProof":
		return s.readProof(params)
	case "state_getStorage":
		var key string
		b, ok := c.byHash(params, 1)
		if err := parameter(params, 0, &key); err != nil || !ok {
			return nil, Refusal("unknown block")
		}
		if v, ok := b.Value(unhex(key)); ok {
			return Hex(v), nil
		}
		return nil, nil
	case "state_getKeysPaged":
		return c.keys(params)
	case "state_call":
		return c.call(params)
	case "grandpa_proveFinality":
		var n uint32
		if err := parameter(params, 0, &n); err != nil {
			return nil, err
		}
		return s.proveFinality(n)
	}
	if s.Other != nil {
		return s.Other(method, params)
	}
	return nil, Refusal("unknown method " + method)
}

func (s *Server) readProof(params []json.RawMessage) (any, error) {
	var texts []string
	b, ok := s.Chain.byHash(params, 1)
	if err := parameter(params, 0, &texts); err != nil || !ok {
		return nil, Refusal("unknown block")
	}
	var keys [][]byte
	for _, t := range texts {
		keys = append(keys, unhex(t))
		if _, ok := b.Value(unhex(t)); s.Bare && !ok {
			return nil, Refusal("key not found")
		}
	}
	return ReadProof{At: b.Hash.String(), Proof: hexes(b.Prove(keys...))}, nil
}

// proveFinality answers as Substrate does: with the last block of the set that
// finalises block n, and else with the newest justification.
func (s *Server) proveFinality(n uint32) (any, error) {
	c := s.Chain
	if s.Bare {
		j, ok := c.proofs[n]
		if !ok {
			return []string{"GRANDPA prove finality rpc failed: Block not covered by authority set changes"}, nil
		}
		b := j.Encode()
		if len(j.Ancestries) == 0 {
			b = b[:len(b)-1]
		}
		return []string{Hex(b)}, nil
	}
	if n > c.final {
		return nil, nil
	}
	end := c.final
	for _, s := range c.sets[1:] {
		if s.from > n {
			end = min(end, s.from-1)
			break
		}
	}
	for _, ok := c.proofs[end]; !ok; _, ok = c.proofs[end] {
		if end--; end == 0 {
			return nil, nil
		}
	}
	return Hex(FinalityProof(c.proofs[end], c.Headers(n, max(n, end)))), nil
}

// FinalityProof encodes a justification as Substrate's nodes answer.
func FinalityProof(j grandpa.Justification, headers []header.Header) []byte {
	var w scale.Writer
	w.Fixed(j.Target.Hash[:])
	w.Vec(j.Encode())
	w.Count(len(headers))
	for _, h := range headers {
		h.Write(&w)
	}
	return w.Bytes()
}

// keys lists keys of the newest state.
func (c *Chain) keys(params []json.RawMessage) (any, error) {
	var prefix, after string
	var count int
	if parameter(params, 0, &prefix) != nil || parameter(params, 1, &count) != nil || len(params) > 2 && parameter(params, 2, &after) != nil {
		return nil, Refusal("parameters")
	}
	out := []string{}
	for k := range c.state {
		if h := Hex([]byte(k)); strings.HasPrefix(h, prefix) && h > after {
			out = append(out, h)
		}
	}
	slices.Sort(out)
	return out[:min(count, len(out))], nil
}

// call answers the two functions of the runtime that a checkpoint is made of.
func (c *Chain) call(params []json.RawMessage) (any, error) {
	var function string
	b, ok := c.byHash(params, 2)
	if err := parameter(params, 0, &function); err != nil || !ok {
		return nil, Refusal("unknown block")
	}
	voters, set := c.VotersAt(b.Number + 1)
	var w scale.Writer
	switch function {
	case "GrandpaApi_grandpa_authorities":
		grandpa.WriteAuthorities(&w, Authorities(voters))
	case "GrandpaApi_current_set_id":
		w.U64(set)
	default:
		return nil, Refusal("unknown function")
	}
	return Hex(w.Bytes()), nil
}

// byHash finds the block that a parameter names.
func (c *Chain) byHash(params []json.RawMessage, i int) (Block, bool) {
	var s string
	if parameter(params, i, &s) != nil {
		return Block{}, false
	}
	hash := unhex(s)
	if len(hash) != 32 {
		return Block{}, false
	}
	n, ok := c.numbers[header.Hash(hash)]
	if !ok {
		return Block{}, false
	}
	return c.blocks[n], true
}

func parameter(params []json.RawMessage, i int, v any) error {
	if i >= len(params) {
		return Refusal("a parameter is missing")
	}
	return json.Unmarshal(params[i], v)
}

func hexes(list [][]byte) []string {
	out := []string{}
	for _, b := range list {
		out = append(out, Hex(b))
	}
	return out
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		return nil // not any key
	}
	return b
}
