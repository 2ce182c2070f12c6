package ceremony

// Progress says how far an operation is. Done and Total are estimated
// milliseconds of one core of the machine in docs/ceremony.md: their ratio
// holds on others too.
type Progress struct {
	Step        string // what is under way
	Done, Total int
}

// Estimated costs of steps, in microseconds for one power or one element of a
// circuit's domain. Reading powers is mostly checking their subgroups.
const (
	costReadPowers       = 350
	costContributePowers = 570 // and sealing
	costVerifyPowers     = 70
	costOpen             = 4200
	costContribute       = 280 // and sealing
	costVerify           = 150
)

// meter tells progress. A nil function is for nobody who watches.
type meter struct {
	tell  func(Progress)
	state Progress
	next  int // cost of the step under way
}

func newMeter(tell func(Progress)) *meter {
	if tell == nil {
		tell = func(Progress) {}
	}
	return &meter{tell: tell}
}

// expect adds a cost to the total, before the first step.
func (m *meter) expect(n uint64, cost int) { m.state.Total += int(n) * cost / 1000 }

// step ends the step under way and begins another of a cost that was expected.
func (m *meter) step(what string, n uint64, cost int) {
	m.state.Done += m.next
	m.state.Step, m.next = what, int(n)*cost/1000
	m.tell(m.state)
}

// end ends the last step, and with it the whole: what an operation found done
// already was expected too.
func (m *meter) end() {
	m.state.Step, m.state.Done = "done", m.state.Total
	m.tell(m.state)
}
