package study

import (
	"context"
	"runtime"
	"sync"
)

// batch is runs that may go on side by side; each writes to a place of its own.
type batch struct {
	progress    func(done, total int) // may be nil
	done, total int
	jobs        []job
}

// job is one run.
type job struct {
	setting Setting
	seed    uint64
	ping    bool
	out     *Outcome
}

// add appends a setting's runs; what they return is there after run.
func (b *batch) add(s Setting, first uint64, seeds int, ping bool) []Outcome {
	list := make([]Outcome, seeds)
	for i := range list {
		b.jobs = append(b.jobs, job{s, first + uint64(i), ping, &list[i]})
	}
	return list
}

// plan gives each setting the plan that earns most in training; of equals, the
// first.
func (b *batch) plan(ctx context.Context, settings []Setting) error {
	trials := make([][][]Outcome, len(settings))
	for i, s := range settings {
		for _, s.Plan = range Plans {
			trials[i] = append(trials[i], b.add(s, firstTraining, training, true))
		}
	}
	if err := b.run(ctx); err != nil {
		return err
	}
	for i := range settings {
		best := 0
		for n, list := range trials[i] {
			if over(list, profit).Mean > over(trials[i][best], profit).Mean {
				best = n
			}
		}
		settings[i].Plan = Plans[best]
	}
	return nil
}

// run runs what was added, on all processors.
func (b *batch) run(ctx context.Context) error {
	var (
		lock  sync.Mutex
		group sync.WaitGroup
		fault error
	)
	take := func() (j job, ok bool) {
		lock.Lock()
		defer lock.Unlock()
		if fault == nil {
			fault = ctx.Err()
		}
		if len(b.jobs) == 0 || fault != nil {
			return job{}, false
		}
		j, b.jobs = b.jobs[0], b.jobs[1:]
		return j, true
	}
	finish := func(err error) {
		lock.Lock()
		defer lock.Unlock()
		if fault == nil {
			fault = err
		}
		if b.done++; b.progress != nil {
			b.progress(b.done, b.total)
		}
	}
	for range runtime.NumCPU() {
		group.Add(1)
		go func() {
			defer group.Done()
			for j, ok := take(); ok; j, ok = take() {
				out, err := j.setting.play(j.seed, j.ping)
				*j.out = out
				finish(err)
			}
		}()
	}
	group.Wait()
	return fault
}
