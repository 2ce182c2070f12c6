package daemon

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// UnknownKeys are the keys of a configuration file that no field takes.
type UnknownKeys []string

func (u UnknownKeys) Error() string { return "unknown keys: " + strings.Join(u, ", ") }

// ReadConfig fills into from the TOML file at path. Keys that are absent keep
// the value that into came with; keys without a field are UnknownKeys.
func ReadConfig(path string, into any) error {
	meta, err := toml.DecodeFile(path, into)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var unknown UnknownKeys
	for _, k := range meta.Undecoded() {
		unknown = append(unknown, k.String())
	}
	if len(unknown) > 0 {
		return fmt.Errorf("%s: %w", path, unknown)
	}
	return nil
}
