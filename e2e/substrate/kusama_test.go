//go:build kusama

package substrate

import (
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/npm"
)

// The same on Kusama's own metadata, of the version that both read.

func TestEventsOfKusama(t *testing.T) { events(t, npm.Metadata(t, "v14/kusama")) }

func TestItemsOfKusama(t *testing.T) { items(t, npm.Metadata(t, "v14/kusama")) }

func TestKeysOfEveryEntryOfKusama(t *testing.T) { storageKeys(t, npm.Metadata(t, "v14/kusama")) }
