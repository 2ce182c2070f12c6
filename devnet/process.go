package devnet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Binaries says where the product's binaries are.
type Binaries struct{ dir string }

// module is the module path by which FindBinaries recognises a source tree.
const module = "github.com/nightjar/nightjar"

// names of the binaries that a devnet runs; the tag builds the simulated
// provider, which no other build contains.
var names = []string{"nightjard", "nightjar-host", "nightjar-enclave-sim"}

const simulatedTag = "simulated"

// FindBinaries returns the binaries beside this program, or, inside Nightjar's
// source tree, builds them into bin/ first (say is told so: it takes a while).
func FindBinaries(say func(string)) (Binaries, error) {
	if self, err := os.Executable(); err == nil {
		if dir := filepath.Dir(self); complete(dir) && !strings.Contains(dir, "go-build") {
			return Binaries{dir}, nil
		}
	}
	root, err := sourceTree()
	if err != nil {
		return Binaries{}, err
	}
	dir := filepath.Join(root, "bin")
	say("building " + strings.Join(names, ", "))
	args := []string{"build", "-tags", simulatedTag, "-o", dir + string(filepath.Separator)}
	for _, n := range names {
		args = append(args, "./cmd/"+n)
	}
	c := exec.Command("go", args...)
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		return Binaries{}, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return Binaries{dir}, nil
}

// BinariesIn returns the binaries in a directory; BAD_FILE if one is missing.
func BinariesIn(dir string) (Binaries, error) {
	if !complete(dir) {
		return Binaries{}, rejection.New(rejection.BadFile, "%s lacks one of %s; run `make build`", dir, strings.Join(names, ", "))
	}
	return Binaries{dir}, nil
}

func complete(dir string) bool {
	for _, n := range names {
		if _, err := os.Stat(filepath.Join(dir, n)); err != nil {
			return false
		}
	}
	return true
}

// sourceTree finds the module's root at or above the working directory.
func sourceTree() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.Contains(string(b), "module "+module+"\n") {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("%s are neither beside this program nor is this Nightjar's source tree; run `make build`", strings.Join(names, ", "))
		}
		dir = up
	}
}

// Path returns where a binary is.
func (b Binaries) Path(name string) string { return filepath.Join(b.dir, name) }

// spawn starts a process that outlives this one; what it prints is appended to
// its log.
func (d Dir) spawn(name, binary string, args ...string) (pid int, err error) {
	if err := os.MkdirAll(filepath.Dir(d.Log(name)), 0o700); err != nil {
		return 0, err
	}
	log, err := os.OpenFile(d.Log(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	c := exec.Command(binary, args...)
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", name, err)
	}
	// Reaped when it ends while this program still runs; by init otherwise.
	go func() { _ = c.Wait() }()
	return c.Process.Pid, nil
}

// alive reports whether a pid is a running process of this devnet: pids are
// reused, so the binary's name must be in its command line.
func alive(pid int, name string) bool {
	if pid <= 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) // no /proc on this system
	}
	return strings.Contains(string(cmdline), name)
}

// stop ends a process: politely, then with SIGKILL. It returns when the process
// is gone, so that its directory may be removed.
func stop(pid int, name string, patience time.Duration) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if !alive(pid, name) {
			return
		}
		_ = syscall.Kill(pid, s)
		for deadline := time.Now().Add(patience); alive(pid, name) && time.Now().Before(deadline); {
			time.Sleep(50 * time.Millisecond)
		}
	}
}
