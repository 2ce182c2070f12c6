package rpc

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Bounds of answers, in bytes of JSON: hex doubles what is in them.
const (
	smallAnswer    = 1 << 18
	headerAnswer   = 1 << 20 // a change of 2,000 authorities is 160 kB
	metadataAnswer = 1 << 24
	stateAnswer    = 1 << 25 // the events or a proof of a full block
	blockAnswer    = 1 << 25 // 5 MiB of extrinsics and their JSON
)

// Hash is a block's or an extrinsic's.
type Hash = [32]byte

// Header is a header as the node tells it; its hash has to be computed from it.
type Header struct {
	Parent, StateRoot, ExtrinsicsRoot Hash
	Number                            uint32
	Logs                              [][]byte // encoded digest items
}

// Block is a header with its extrinsics' bytes, which nothing proves.
type Block struct {
	Header     Header
	Extrinsics [][]byte
}

// Version is a runtime's.
type Version struct {
	SpecName           string
	SpecVersion        uint32
	TransactionVersion uint32
}

// FinalizedHead returns the hash of the last block that the node says is final.
func (c *Client) FinalizedHead(ctx context.Context) (Hash, error) {
	const method = "chain_getFinalizedHead"
	return c.hash(ctx, method)
}

// BlockHash returns the hash of a block of the node's best chain; false if it
// has none of that number.
func (c *Client) BlockHash(ctx context.Context, number uint32) (Hash, bool, error) {
	const method = "chain_getBlockHash"
	raw, err := c.Do(ctx, smallAnswer, method, number)
	if err != nil || null(raw) {
		return Hash{}, false, err
	}
	h, err := readHash(method, raw)
	return h, err == nil, err
}

// Header returns the header of a block; false if the node does not know it.
func (c *Client) Header(ctx context.Context, hash Hash) (Header, bool, error) {
	const method = "chain_getHeader"
	raw, err := c.Do(ctx, headerAnswer, method, text(hash[:]))
	if err != nil || null(raw) {
		return Header{}, false, err
	}
	h, err := readHeader(method, raw)
	return h, err == nil, err
}

// Block returns a block; false if the node does not know it.
func (c *Client) Block(ctx context.Context, hash Hash) (Block, bool, error) {
	const method = "chain_getBlock"
	raw, err := c.Do(ctx, blockAnswer, method, text(hash[:]))
	if err != nil || null(raw) {
		return Block{}, false, err
	}
	var answer struct {
		Block struct {
			Header     json.RawMessage
			Extrinsics []string
		}
	}
	if json.Unmarshal(raw, &answer) != nil {
		return Block{}, false, malformed(method, "no block")
	}
	var b Block
	if b.Header, err = readHeader(method, answer.Block.Header); err != nil {
		return Block{}, false, err
	}
	if b.Extrinsics, err = readList(method, answer.Block.Extrinsics); err != nil {
		return Block{}, false, err
	}
	return b, true, nil
}

// Metadata returns the runtime's metadata at a block.
func (c *Client) Metadata(ctx context.Context, at Hash) ([]byte, error) {
	const method = "state_getMetadata"
	raw, err := c.Do(ctx, metadataAnswer, method, text(at[:]))
	if err != nil {
		return nil, err
	}
	return readBytes(method, raw)
}

// RuntimeVersion returns the runtime's version at a block.
func (c *Client) RuntimeVersion(ctx context.Context, at Hash) (Version, error) {
	const method = "state_getRuntimeVersion"
	raw, err := c.Do(ctx, smallAnswer, method, text(at[:]))
	if err != nil {
		return Version{}, err
	}
	var answer struct {
		SpecName                        string
		SpecVersion, TransactionVersion *uint32
	}
	if json.Unmarshal(raw, &answer) != nil || answer.SpecVersion == nil || answer.TransactionVersion == nil {
		return Version{}, malformed(method, "no version")
	}
	return Version{answer.SpecName, *answer.SpecVersion, *answer.TransactionVersion}, nil
}

// Storage returns the value that the node says a key has; false if it says that
// there is none.
func (c *Client) Storage(ctx context.Context, key []byte, at Hash) ([]byte, bool, error) {
	const method = "state_getStorage"
	raw, err := c.Do(ctx, stateAnswer, method, text(key), text(at[:]))
	if err != nil || null(raw) || string(raw) == `""` { // gossamer's nothing is an empty text
		return nil, false, err
	}
	b, err := readBytes(method, raw)
	return b, err == nil, err
}

// ReadProof returns the trie nodes that prove what some keys hold, or that they
// hold nothing.
func (c *Client) ReadProof(ctx context.Context, keys [][]byte, at Hash) ([][]byte, error) {
	const method = "state_getReadProof"
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = text(key)
	}
	raw, err := c.Do(ctx, stateAnswer, method, texts, text(at[:]))
	if err != nil {
		return nil, err
	}
	var answer struct {
		At    string
		Proof []string
	}
	if json.Unmarshal(raw, &answer) != nil {
		return nil, malformed(method, "no proof")
	}
	if of, err := unhex(method, answer.At); err != nil || string(of) != string(at[:]) {
		return nil, malformed(method, "a proof of another block")
	}
	return readList(method, answer.Proof)
}

// Call runs a function of the runtime at a block, for example
// GrandpaApi_grandpa_authorities, and returns what the node says is its result.
func (c *Client) Call(ctx context.Context, function string, argument []byte, at Hash) ([]byte, error) {
	const method = "state_call"
	raw, err := c.Do(ctx, stateAnswer, method, function, text(argument), text(at[:]))
	if err != nil {
		return nil, err
	}
	return readBytes(method, raw)
}

// Fee is what a node says that an extrinsic would cost now.
type Fee struct {
	RefTime, ProofSize uint64 // the call's weight
	Amount             amount.Wide
}

// Fee asks the runtime for an extrinsic's weight and fee at a block
// (TransactionPaymentApi_query_info). Its signature may be any.
func (c *Client) Fee(ctx context.Context, extrinsic []byte, at Hash) (Fee, error) {
	const function = "TransactionPaymentApi_query_info"
	var w scale.Writer
	w.Fixed(extrinsic)
	w.U32(uint32(len(extrinsic)))
	b, err := c.Call(ctx, function, w.Bytes(), at)
	if err != nil {
		return Fee{}, err
	}
	r := scale.NewReader(b)
	fee := Fee{RefTime: r.Compact(), ProofSize: r.Compact()}
	class := r.U8() // normal, operational or mandatory
	paid := r.U128()
	if r.Done() != nil || class > 2 {
		return Fee{}, malformed(function, "no fee")
	}
	fee.Amount = amount.Wide(paid)
	return fee, nil
}

// Submit hands an extrinsic to the node's pool and returns its hash. *Refused
// says that the node does not take it, among other reasons because it has it.
func (c *Client) Submit(ctx context.Context, extrinsic []byte) (Hash, error) {
	const method = "author_submitExtrinsic"
	raw, err := c.Do(ctx, smallAnswer, method, text(extrinsic))
	if err != nil {
		return Hash{}, err
	}
	// gossamer answers with an error's text as the result.
	var s string
	if json.Unmarshal(raw, &s) == nil && !strings.HasPrefix(s, "0x") {
		return Hash{}, refused(method, 0, s)
	}
	return readHash(method, raw)
}

// Finality is a node's proof that a block is final.
type Finality struct {
	Bytes []byte
	// Bare says that Bytes are a justification alone, gossamer's answer, and not
	// a FinalityProof as Substrate encodes it.
	Bare bool
}

// ProveFinality returns the node's proof that the block of a number is final;
// false if it says that it has none.
func (c *Client) ProveFinality(ctx context.Context, number uint32) (Finality, bool, error) {
	const method = "grandpa_proveFinality"
	raw, err := c.Do(ctx, stateAnswer, method, number)
	if err != nil || null(raw) {
		return Finality{}, false, err
	}
	var bare []string
	if json.Unmarshal(raw, &bare) == nil {
		if len(bare) == 0 {
			return Finality{}, false, nil
		}
		if !strings.HasPrefix(bare[0], "0x") {
			return Finality{}, false, refused(method, 0, bare[0]) // gossamer's error, as for Submit
		}
		b, err := unhex(method, bare[0])
		return Finality{b, true}, err == nil, err
	}
	b, err := readBytes(method, raw)
	return Finality{b, false}, err == nil, err
}

// Properties are what a chain says of itself to people.
type Properties struct {
	Prefix   account.Prefix // account.Generic where the chain says none
	Symbol   string         // of the first token, "" where it says none
	Decimals uint8
}

// Properties returns the chain's properties.
func (c *Client) Properties(ctx context.Context) (Properties, error) {
	const method = "system_properties"
	out := Properties{Prefix: account.Generic}
	raw, err := c.Do(ctx, smallAnswer, method)
	if err != nil || null(raw) {
		return out, err
	}
	var answer struct {
		SS58Format    *uint16
		TokenSymbol   json.RawMessage // one or a list
		TokenDecimals json.RawMessage
	}
	if json.Unmarshal(raw, &answer) != nil {
		return out, malformed(method, "no properties")
	}
	if answer.SS58Format != nil {
		out.Prefix = account.Prefix(*answer.SS58Format)
	}
	if first(answer.TokenSymbol, &out.Symbol) != nil || first(answer.TokenDecimals, &out.Decimals) != nil {
		return out, malformed(method, "no token")
	}
	return out, nil
}

// first reads a value or a list's first one; nothing leaves out as it is.
func first[T any](raw json.RawMessage, out *T) error {
	var list []T
	if json.Unmarshal(raw, &list) == nil {
		if len(list) > 0 {
			*out = list[0]
		}
		return nil
	}
	if len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func (c *Client) hash(ctx context.Context, method string, params ...any) (Hash, error) {
	raw, err := c.Do(ctx, smallAnswer, method, params...)
	if err != nil {
		return Hash{}, err
	}
	return readHash(method, raw)
}

func null(raw json.RawMessage) bool { return string(raw) == "null" }

func text(b []byte) string { return "0x" + hex.EncodeToString(b) }

func unhex(method, s string) ([]byte, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	b, err := hex.DecodeString(digits)
	if !ok || err != nil {
		return nil, malformed(method, "no hexadecimal bytes")
	}
	return b, nil
}

func readBytes(method string, raw json.RawMessage) ([]byte, error) {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil, malformed(method, "no text")
	}
	return unhex(method, s)
}

func readList(method string, texts []string) ([][]byte, error) {
	out := make([][]byte, len(texts))
	for i, s := range texts {
		b, err := unhex(method, s)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}

func readHash(method string, raw json.RawMessage) (h Hash, err error) {
	b, err := readBytes(method, raw)
	if err != nil {
		return h, err
	}
	if len(b) != len(h) {
		return h, malformed(method, "a hash of %d bytes", len(b))
	}
	return Hash(b), nil
}

// readNumber reads a number of 32 bits, as JSON's or as hexadecimal text.
func readNumber(method string, raw json.RawMessage) (uint32, error) {
	var n uint64
	if json.Unmarshal(raw, &n) != nil {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return 0, malformed(method, "no number")
		}
		var err error
		digits, ok := strings.CutPrefix(s, "0x")
		if n, err = strconv.ParseUint(digits, 16, 64); err != nil || !ok {
			return 0, malformed(method, "no number")
		}
	}
	if n > math.MaxUint32 {
		return 0, malformed(method, "a number of more than 32 bits")
	}
	return uint32(n), nil
}

func readHeader(method string, raw json.RawMessage) (h Header, err error) {
	var answer struct {
		ParentHash, StateRoot, ExtrinsicsRoot, Number json.RawMessage
		Digest                                        struct{ Logs []string }
	}
	if json.Unmarshal(raw, &answer) != nil {
		return h, malformed(method, "no header")
	}
	for _, part := range []struct {
		of *Hash
		is json.RawMessage
	}{{&h.Parent, answer.ParentHash}, {&h.StateRoot, answer.StateRoot}, {&h.ExtrinsicsRoot, answer.ExtrinsicsRoot}} {
		if *part.of, err = readHash(method, part.is); err != nil {
			return Header{}, err
		}
	}
	if h.Number, err = readNumber(method, answer.Number); err != nil {
		return Header{}, err
	}
	if h.Logs, err = readList(method, answer.Digest.Logs); err != nil {
		return Header{}, err
	}
	return h, nil
}
