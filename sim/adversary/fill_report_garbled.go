package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillReportGarbled publishes a report that Alice can not open: her proceeds
// exist and nobody can ever find them.
var fillReportGarbled = Attack{
	Name: "fill_report_garbled", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			group.Leg(sell).Public.Report = c.Element()
		}
		return settle(c, group)
	},
}
