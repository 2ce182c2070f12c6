package substrate

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"
)

// Cases is the least number of cases of each test.
const Cases = 1000

func TestMain(m *testing.M) {
	flag.Parse()
	for name, value := range map[string]string{"rapid.checks": strconv.Itoa(Cases), "rapid.seed": "20231206"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}
