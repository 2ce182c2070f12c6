package wallet

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/merklelog"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Gap is how many deposit indices, and how many address indices, past the last
// one that the chain has seen a wallet looks for. A wallet hands out no more.
const Gap = 20

// anchorsKept is how many recent anchor heights a State can make paths for.
const anchorsKept = 4

// home is the address index that change, fills, deposits and returned claims
// go to. It never shows: C hides it.
const home = 0

// Note is an unspent note of the account.
type Note struct {
	note.Note
	D         keys.Diversifier
	R         field.Element
	Position  uint64
	Height    uint64 // of the block that made it
	Nullifier field.Element
	By        ID // the admitted action that spends it; zero if there is none
}

// Anchor is a root that the ledger accepts, and what makes paths to it.
type Anchor struct {
	Height uint64
	Edge   tree.Edge
}

// mark is the tree's right edge at an anchor height, folded only when it is
// used: folding costs more than a block of a quiet chain.
type mark struct {
	height   uint64
	frontier tree.Frontier
}

// State is everything the account owns and did, as far as the chain was read.
type State struct {
	view    keys.ViewingKey
	network keys.Network
	terms   Terms
	data
	index
}

// Terms are the chain's constants that scanning needs.
type Terms struct {
	ChainID        string
	AnchorInterval uint64 // k
	FeeAsset       uint32
}

// data is what a saved State consists of.
type data struct {
	Height    uint64 // of the last block applied
	Time      int64
	Keeper    *tree.Keeper `json:"-"` // encoded apart
	Notes     []*Note      // unspent, by position
	Orders    []*Order
	Past      []Past // orders that were spent of late, by height
	Claims    []*Claim
	History   []Entry
	Fills     []Fill
	Deposits  uint64 // deposit indices used: one past the highest that the chain has seen
	Addresses uint32 // address indices used, in the same sense
	Changes   int    // how often anything of the account changed

	marks []mark
	spent merklelog.Frontier // of every nullifier that the chain has spent
}

// index is derived from data and the viewing key.
type index struct {
	notes    map[field.Element]*Note  // by nullifier
	orders   map[field.Element]*Order // live ones by nullifier
	claims   map[ID]*Claim
	deeds    map[ID]EntryKind            // the account's own actions that are in the history
	deposits map[field.Element]uint64    // C of deposit indices below Deposits + Gap
	hands    map[keys.Diversifier]uint32 // address indices below Addresses + Gap
}

// NewState returns the state of an account before the first block.
func NewState(view keys.ViewingKey, network keys.Network, terms Terms) *State {
	s := &State{view: view, network: network, terms: terms, data: data{Keeper: new(tree.Keeper)}}
	s.reindex()
	return s
}

func (s *State) reindex() {
	s.index = index{
		notes:    make(map[field.Element]*Note, len(s.Notes)),
		orders:   make(map[field.Element]*Order),
		claims:   make(map[ID]*Claim, len(s.Claims)),
		deeds:    make(map[ID]EntryKind),
		deposits: make(map[field.Element]uint64),
		hands:    make(map[keys.Diversifier]uint32),
	}
	for _, n := range s.Notes {
		s.index.notes[n.Nullifier] = n
	}
	for _, o := range s.Orders {
		if o.Live() {
			s.index.orders[o.Nullifier] = o
		}
	}
	for _, c := range s.Claims {
		s.index.claims[c.ID] = c
	}
	for _, e := range s.History {
		s.index.note(e)
	}
	s.look()
}

// look extends the deposits and addresses that are looked for up to the gap.
func (s *State) look() {
	for i := uint64(len(s.index.deposits)); i < s.Deposits+Gap; i++ {
		s.index.deposits[s.DepositOwner(i)] = i
	}
	for i := uint32(len(s.index.hands)); i < s.Addresses+Gap; i++ {
		s.index.hands[s.view.Diversifier(i)] = i
	}
}

// DepositOwner returns C of deposit number i: H(OWNER; pk_home, r_i).
func (s *State) DepositOwner(i uint64) field.Element {
	return keys.Owner(s.view.PKd(s.homeD()), s.view.DepositR(i))
}

func (s *State) homeD() keys.Diversifier { return s.view.Diversifier(home) }

// returnOwner returns C_ret of the withdrawal with slot-0 nullifier nf0.
func returnOwner(view keys.ViewingKey, nf0 field.Element) field.Element {
	return keys.Owner(view.PKd(view.Diversifier(home)), view.ReturnR(nf0))
}

// Balance is what the account has of one asset, in hub units.
type Balance struct {
	Asset     uint32
	Spendable uint64 // in notes that an action made now can spend
	Maturing  uint64 // in notes younger than the newest anchor
	Leaving   uint64 // in notes that an action under way spends; change comes back
	Orders    uint64 // locked in live orders
	Claims    uint64 // withdrawn and not yet paid or returned
}

// Balances returns the balance of every asset the account has any of, by
// asset id, as the chain has it.
func (s *State) Balances() []Balance { return s.balances(nil) }

// balances is Balances with more notes that are leaving: those with a nullifier
// in held.
func (s *State) balances(held map[field.Element]bool) []Balance {
	byAsset := map[uint32]*Balance{}
	of := func(asset uint32) *Balance {
		if byAsset[asset] == nil {
			byAsset[asset] = &Balance{Asset: asset}
		}
		return byAsset[asset]
	}
	size := s.newest().frontier
	for _, n := range s.Notes {
		switch b := of(n.Asset); {
		case !n.By.IsZero() || held[n.Nullifier]:
			b.Leaving += n.Value
		case n.Position >= size.Size():
			b.Maturing += n.Value
		default:
			b.Spendable += n.Value
		}
	}
	for _, o := range s.Orders {
		if o.Live() {
			of(o.Order.Asset).Orders += o.Order.Value
		}
	}
	for _, c := range s.Claims {
		if c.Status == ClaimOpen {
			of(c.Asset).Claims += c.Amount
		}
	}
	out := make([]Balance, 0, len(byAsset))
	for _, b := range byAsset {
		out = append(out, *b)
	}
	slices.SortFunc(out, func(a, b Balance) int { return cmp.Compare(a.Asset, b.Asset) })
	return out
}

// newest returns the mark of the newest anchor, an empty one if there is none.
func (s *State) newest() mark {
	if len(s.marks) == 0 {
		return mark{}
	}
	return s.marks[len(s.marks)-1]
}

// Anchor returns the newest anchor: the root after the newest block whose
// height is a multiple of k. Every wallet uses that one, so that an anchor
// says nothing of who made it.
func (s *State) Anchor() (Anchor, bool) {
	m := s.newest()
	if m.height == 0 {
		return Anchor{}, false
	}
	return Anchor{m.height, m.frontier.Edge()}, true
}

// savedState is the JSON of a State.
type savedState struct {
	Version int
	ChainID string
	Data    data
	Keeper  []byte
	Spent   []byte
	Marks   []savedMark
}

type savedMark struct {
	Height   uint64
	Frontier []byte
}

// stateVersion changes with the layout; a state of another version is read
// from the chain again.
const stateVersion = 3

// Encode returns the state to be saved.
func (s *State) Encode() ([]byte, error) {
	out := savedState{Version: stateVersion, ChainID: s.terms.ChainID, Data: s.data, Keeper: s.Keeper.Encode(), Spent: s.spent.Encode()}
	for _, m := range s.marks {
		out.Marks = append(out.Marks, savedMark{m.height, m.frontier.Encode()})
	}
	return json.Marshal(&out)
}

// DecodeState is the inverse of Encode, for the same account and chain
// (BAD_FILE).
func DecodeState(b []byte, view keys.ViewingKey, network keys.Network, terms Terms) (*State, error) {
	refuse := func(what string) (*State, error) {
		return nil, rejection.New(rejection.BadFile, "the saved state is %s; `nightjar sync --from-start` reads the chain again", what)
	}
	var in savedState
	if err := json.Unmarshal(b, &in); err != nil {
		return refuse("damaged")
	}
	if in.Version != stateVersion {
		return refuse("of another version")
	}
	if in.ChainID != terms.ChainID {
		return refuse("of another chain")
	}
	s := &State{view: view, network: network, terms: terms, data: in.Data}
	var err error
	if s.Keeper, err = tree.DecodeKeeper(in.Keeper); err != nil {
		return refuse("damaged")
	}
	if s.spent, err = merklelog.Decode(in.Spent); err != nil {
		return refuse("damaged")
	}
	for _, m := range in.Marks {
		f, err := tree.DecodeFrontier(m.Frontier)
		if err != nil {
			return refuse("damaged")
		}
		s.marks = append(s.marks, mark{m.Height, f})
	}
	s.reindex()
	return s, nil
}
