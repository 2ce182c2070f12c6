package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// The file is a header and frames:
//
//	header  magic (8) ‖ identity (32) ‖ check (4)
//	frame   length (4) ‖ check of the length (4) ‖ batch (length) ‖ check (4)
//	batch   count (2) ‖ count × var record
//
// A check is the CRC-32C of everything in the file before it but the checks: so
// a frame that is missing, twice there or out of place is found by the next one.
// (With the checks in it, the sum after each would be the same whatever came
// before.) The length has a check of its own: a flipped bit in it must not make a
// durable frame look like one that was cut short.
const (
	magic      = "NJJRNL\x00\x01"
	checkSize  = 4
	lengthSize = 4
)

// MaxBatch bounds the bytes of one batch.
const MaxBatch = 16 << 20

// MaxRecord bounds the bytes of one record.
const MaxRecord = 1<<16 - 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// file is what a journal needs of its file. Tests break it.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

// Journal is an open journal.
type Journal struct {
	file  file
	sum   uint32 // CRC-32C of the file without its checks
	size  int64
	fault error // the first failure; afterwards nothing is known of the file's end
}

// Open opens or makes the journal at path for a gateway of the given identity
// and returns the batches in it, in their order. It cuts off a last frame that a
// crash left incomplete. It refuses (JOURNAL_IN_USE) a file that another process
// has open, and (BAD_JOURNAL) another gateway's and a damaged one.
func Open(path string, identity [32]byte) (*Journal, [][][]byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("journal: %w", err)
	}
	j, batches, err := open(f, path, identity)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return j, batches, nil
}

func open(f *os.File, path string, identity [32]byte) (*Journal, [][][]byte, error) {
	// The kernel gives the lock back when the process ends, however it ends.
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, nil, rejection.New(rejection.JournalInUse, "%s", path)
		}
		return nil, nil, fmt.Errorf("lock the journal: %w", err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, fmt.Errorf("read the journal: %w", err)
	}
	batches, whole, sum, err := parse(content, identity)
	if err != nil {
		return nil, nil, err
	}
	j := &Journal{file: f, sum: sum, size: int64(whole)}
	if whole < len(content) {
		if err := f.Truncate(j.size); err != nil {
			return nil, nil, fmt.Errorf("cut the journal's torn end: %w", err)
		}
	}
	if _, err := f.Seek(j.size, io.SeekStart); err != nil {
		return nil, nil, fmt.Errorf("journal: %w", err)
	}
	if whole == 0 {
		h, sum := header(identity)
		if err := j.write(h, sum); err != nil {
			return nil, nil, err
		}
		return j, nil, syncDir(filepath.Dir(path))
	}
	// What was read may be in the page cache alone, if the last run ended between
	// its write and its sync; from here on it counts, so it has to last.
	if err := f.Sync(); err != nil {
		return nil, nil, fmt.Errorf("sync the journal: %w", err)
	}
	return j, batches, syncDir(filepath.Dir(path))
}

// syncDir makes the name of a new file last.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// header returns the header and the sum after it.
func header(identity [32]byte) ([]byte, uint32) {
	b := append([]byte(magic), identity[:]...)
	sum := crc32.Checksum(b, castagnoli)
	return binary.BigEndian.AppendUint32(b, sum), sum
}

// parse reads a journal's content and returns its batches, how many bytes are
// whole, and the sum of those: what follows is the beginning of a frame (or, if
// whole is 0, of a header) that a crash cut short. It refuses (BAD_JOURNAL)
// everything else.
func parse(content []byte, identity [32]byte) (batches [][][]byte, whole int, sum uint32, err error) {
	bad := func(offset int, what string) error {
		return rejection.New(rejection.BadJournal, "offset %d: %s", offset, what)
	}
	want, sum := header(identity)
	if len(content) < len(want) {
		// Anything but the beginning of this gateway's header is not ours to cut.
		if string(content) != string(want[:len(content)]) {
			return nil, 0, 0, bad(0, "not this gateway's journal")
		}
		return nil, 0, 0, nil
	}
	if string(content[:len(want)]) != string(want) {
		return nil, 0, 0, bad(0, "the header is damaged, or another gateway's: of another key, chain or network")
	}
	for at := len(want); at < len(content); {
		rest := content[at:]
		if len(rest) < lengthSize+checkSize {
			return batches, at, sum, nil
		}
		length, rest := rest[:lengthSize], rest[lengthSize:]
		n := int64(binary.BigEndian.Uint32(length))
		next := crc32.Update(sum, castagnoli, length)
		if binary.BigEndian.Uint32(rest) != next || n > MaxBatch {
			return nil, 0, 0, bad(at, "a frame's length is damaged")
		}
		rest = rest[checkSize:]
		if int64(len(rest)) < n+checkSize {
			return batches, at, sum, nil
		}
		next = crc32.Update(next, castagnoli, rest[:n])
		if binary.BigEndian.Uint32(rest[n:]) != next {
			return nil, 0, 0, bad(at, "a frame is damaged")
		}
		batch, err := decodeBatch(rest[:n])
		if err != nil {
			return nil, 0, 0, bad(at, err.Error())
		}
		batches = append(batches, batch)
		at, sum = len(content)-len(rest)+int(n)+checkSize, next
	}
	return batches, len(content), sum, nil
}

func decodeBatch(payload []byte) ([][]byte, error) {
	r := encoding.NewReader(payload)
	batch := make([][]byte, 0, r.Len()/64)
	for range r.U16() {
		if r.Err() != nil {
			break
		}
		record := r.Var(MaxRecord)
		if record == nil {
			record = []byte{}
		}
		batch = append(batch, record)
	}
	return batch, r.Done()
}

// Append writes one batch and returns when it is durable. After an error it is
// not known whether the batch is on the disk, so that every later Append fails
// with the same error: the process has to end, and Open says what is there.
func (j *Journal) Append(batch [][]byte) error {
	if j.fault != nil {
		return j.fault
	}
	w := encoding.NewWriter(256)
	if len(batch) == 0 || len(batch) > 1<<16-1 {
		return fmt.Errorf("journal: a batch of %d records", len(batch))
	}
	w.U16(uint16(len(batch)))
	for _, record := range batch {
		if len(record) > MaxRecord {
			return fmt.Errorf("journal: a record of %d bytes", len(record))
		}
		w.Var(record)
	}
	payload := w.Bytes()
	if len(payload) > MaxBatch {
		return fmt.Errorf("journal: a batch of %d bytes", len(payload))
	}
	frame := make([]byte, 0, lengthSize+2*checkSize+len(payload))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(payload)))
	sum := crc32.Update(j.sum, castagnoli, frame)
	frame = binary.BigEndian.AppendUint32(frame, sum)
	frame = append(frame, payload...)
	sum = crc32.Update(sum, castagnoli, payload)
	return j.write(binary.BigEndian.AppendUint32(frame, sum), sum)
}

// write appends bytes and waits for the disk; sum is the file's afterwards.
func (j *Journal) write(b []byte, sum uint32) error {
	_, err := j.file.Write(b)
	if err == nil {
		// A sync that failed once may report success later, with the data gone.
		err = j.file.Sync()
	}
	if err != nil {
		j.fault = fmt.Errorf("journal: what was written last may or may not be there: %w", err)
		return j.fault
	}
	j.sum = sum
	j.size += int64(len(b))
	return nil
}

// Size returns the journal's length in bytes.
func (j *Journal) Size() int64 { return j.size }

// Close gives the file and its lock back.
func (j *Journal) Close() error { return j.file.Close() }
