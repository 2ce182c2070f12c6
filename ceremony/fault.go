package ceremony

import (
	"fmt"
	"strings"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Check is what a fault was found by.
type Check string

// The checks, in the order in which a verifier makes them.
const (
	CheckForm        Check = "form"        // the entry is one, in its one form
	CheckPrevious    Check = "previous"    // it follows the entry before it
	CheckOrder       Check = "order"       // it may come here, and begins from the chain's last file
	CheckReplay      Check = "replay"      // neither its file nor its contributor was in the chain before
	CheckSignature   Check = "signature"   // its contributor signed it
	CheckCircuits    Check = "circuits"    // the circuits are those of this program
	CheckMissing     Check = "missing"     // its file is there
	CheckSize        Check = "size"        // and has its size
	CheckHash        Check = "hash"        // and its hash
	CheckPoints      Check = "points"      // and holds points of the prime-order subgroups
	CheckChallenge   Check = "challenge"   // the contribution was made to the file before
	CheckUpdate      Check = "update"      // it is a multiple of it by known factors (pairings)
	CheckComputation Check = "computation" // what needs no secret comes out the same
)

// Fault is a ceremony's fault with its place. It is a rejection: BAD_FILE if a
// file is not what the transcript says, BAD_CEREMONY otherwise.
type Fault struct {
	Check       Check  `json:"check"`
	Entry       int    `json:"entry"` // from 0
	Kind        Kind   `json:"kind,omitempty"`
	Chain       string `json:"chain,omitempty"`
	Contributor string `json:"contributor,omitempty"`
	Key         string `json:"key,omitempty"`
	File        string `json:"file,omitempty"`
	Detail      string `json:"detail"`
}

// newFault places a fault at an entry.
func newFault(check Check, index int, e Entry, file, format string, args ...any) *Fault {
	f := &Fault{Check: check, Entry: index, Kind: e.Kind, Chain: e.Chain, Contributor: e.Contributor, File: file, Detail: fmt.Sprintf(format, args...)}
	if e.Key != (Hash{}) {
		f.Key = e.Key.String()
	}
	return f
}

// Error says everything.
func (f *Fault) Error() string { return f.Unwrap().Error() }

// Unwrap returns the rejection.
func (f *Fault) Unwrap() error {
	code := rejection.BadCeremony
	switch f.Check {
	case CheckForm, CheckMissing, CheckSize, CheckHash, CheckPoints:
		code = rejection.BadFile
	}
	var at []string
	at = append(at, fmt.Sprintf("entry %d", f.Entry))
	if f.Kind != "" {
		at = append(at, strings.TrimSpace(fmt.Sprintf("%s %s", f.Kind, f.Chain)))
	}
	if f.Contributor != "" {
		at = append(at, "by "+f.Contributor)
	}
	if f.Key != "" {
		at = append(at, "key "+f.Key)
	}
	if f.File != "" {
		at = append(at, "file "+f.File)
	}
	return rejection.New(code, "%s: %s check: %s", strings.Join(at, ", "), f.Check, f.Detail)
}
