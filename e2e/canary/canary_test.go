package canary

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"testing/iotest"
)

const planted = 4_271_993_806_155_127

func search(t *testing.T, c ...Canary) *Search {
	t.Helper()
	s, err := New(c...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEverySpellingIsFound hides each spelling in noise, at every alignment
// and in every position of base64, and reads it in pieces of every size.
func TestEverySpellingIsFound(t *testing.T) {
	secret := bytes.Repeat([]byte{0xfb, 0xef, 3, 0x9c}, 8)
	s := search(t, Number("number", planted), Secret("secret", secret), Text("words", "abandon ability able about"))
	spellings := map[string][]byte{
		"decimal": []byte(strconv.Itoa(planted)), "hex": []byte(strconv.FormatInt(planted, 16)),
		"big-endian": binary.BigEndian.AppendUint64(nil, planted), "little-endian": binary.LittleEndian.AppendUint64(nil, planted),
		"secret": secret, "secret in hex": []byte(hex.EncodeToString(secret)), "words": []byte("abandon ability able about"),
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for name, plain := range spellings {
		for shift := range 3 {
			wrapped := append(bytes.Repeat([]byte{'x'}, shift), plain...)
			wrapped = append(wrapped, "yz"...)
			spellings := map[string][]byte{
				name:                        wrapped,
				name + " in base64":         []byte(base64.StdEncoding.EncodeToString(wrapped)),
				name + " in base64 for URL": []byte(base64.URLEncoding.EncodeToString(wrapped)),
			}
			for name, b := range spellings {
				noise := make([]byte, 2*chunk)
				for i := range noise {
					noise[i] = byte(rng.Uint32())
				}
				// Across the border between two reads as well.
				for _, at := range []int{0, 977, chunk - 1, chunk - 7, len(noise) - len(b)} {
					input := bytes.Clone(noise)
					copy(input[at:], b)
					found, err := s.Reader("noise", bytes.NewReader(input))
					if err != nil || len(found) != 1 {
						t.Fatalf("%s, shift %d, at %d: %v, %v", name, shift, at, found, err)
					}
				}
				if found, err := s.Reader("pieces", iotest.OneByteReader(bytes.NewReader(b))); err != nil || len(found) != 1 {
					t.Errorf("%s, byte by byte: %v, %v", name, found, err)
				}
			}
		}
	}
}

// TestNothingIsInvented: neither noise nor a canary's neighbours are findings.
func TestNothingIsInvented(t *testing.T) {
	s := search(t, Number("number", planted))
	noise := make([]byte, 8*chunk)
	rng := rand.New(rand.NewPCG(2, 2))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	for _, v := range []uint64{planted - 1, planted + 1} {
		noise = strconv.AppendUint(noise, v, 10)
		noise = binary.BigEndian.AppendUint64(noise, v)
	}
	if found := s.Bytes("noise", 0, noise); len(found) != 0 {
		t.Error(found)
	}
}

func TestShortCanariesAreRefused(t *testing.T) {
	for name, c := range map[string]Canary{
		"decimal": Number("n", 9_999_999), "hex": Number("n", 1<<28-1), "text": Text("t", "abandon"), "secret": Secret("s", make([]byte, 7)),
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestFilesAreSearched plants a canary as a line of a log, deep in a binary
// file and in a file's name.
func TestFilesAreSearched(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("logs/clean.log", []byte("nothing\n"))
	s := search(t, Number("number", planted))
	if found, files, err := s.Files(dir); err != nil || len(found) != 0 || files != 1 {
		t.Fatalf("clean: %v, %d, %v", found, files, err)
	}
	write("logs/host.log", fmt.Appendf(nil, `{"msg":"order","qty":%d}`+"\n", planted))
	write("node/data.db", append(make([]byte, 3*chunk), binary.BigEndian.AppendUint64(nil, planted)...))
	write(fmt.Sprintf("orders/%d", planted), nil)
	found, files, err := s.Files(dir)
	if err != nil || len(found) != 3 || files != 4 {
		t.Errorf("%v, %d, %v", found, files, err)
	}
}

// held is what the double of a leaking process keeps.
type held struct{ pad, qty uint64 }

// double is the test double: this test binary, run again, holds the number that
// it reads from its input in its memory and says when it does.
const double = "NIGHTJAR_CANARY_DOUBLE"

func TestMain(m *testing.M) {
	if os.Getenv(double) == "" {
		os.Exit(m.Run())
	}
	in := bufio.NewReader(os.Stdin)
	var masked uint64
	if _, err := fmt.Fscan(in, &masked); err != nil {
		os.Exit(1)
	}
	kept := &held{qty: ^masked} // the number itself is in no pipe or argument
	fmt.Println("ready")
	_, _ = io.ReadAll(in)
	runtime.KeepAlive(kept)
}

// TestMemoryIsSearched finds a number that another process holds, and does not
// find one that it does not.
func TestMemoryIsSearched(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), double+"=1")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}()
	fmt.Fprintln(in, ^uint64(planted))
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	found, size, err := search(t, Number("number", planted)).Process(c.Process.Pid)
	if err != nil || len(found) == 0 || size < 1<<20 {
		t.Errorf("%v in %d bytes, %v", found, size, err)
	}
	// Constants of the binary are found too, so the absent one is made here.
	absent := uint64(planted)*3 + uint64(os.Getpid())
	if found, _, err := search(t, Number("absent", absent)).Process(c.Process.Pid); err != nil || len(found) != 0 {
		t.Errorf("absent: %v, %v", found, err)
	}
}
