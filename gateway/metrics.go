package gateway

import "github.com/prometheus/client_golang/prometheus"

// metrics are one gateway's. No label names an owner, a recipient or an amount.
type metrics struct {
	hubHeight   prometheus.Gauge
	finalised   prometheus.Gauge
	journal     prometheus.Gauge
	deposits    *prometheus.GaugeVec   // by state
	claims      *prometheus.GaugeVec   // by state
	alarms      *prometheus.GaugeVec   // by reason
	watched     prometheus.Gauge       // addresses
	stopped     prometheus.Gauge       // 1 while payments wait for a person
	signatures  *prometheus.CounterVec // by origin and outcome
	attempts    *prometheus.CounterVec // by kind and outcome
	submissions *prometheus.CounterVec // by outcome
	peers       *prometheus.GaugeVec   // by url: 1 if its last answer was good
	requests    *prometheus.CounterVec // by route and outcome
	anchored    prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "nightjar_gateway", Name: name, Help: help})
	}
	gauges := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "nightjar_gateway", Name: name, Help: help}, labels)
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "nightjar_gateway", Name: name, Help: help}, labels)
	}
	m := &metrics{
		hubHeight:   gauge("height", "Height of Nightjar that was read and verified last."),
		finalised:   gauge("external_block", "Final block of the external chain that was read last."),
		journal:     gauge("journal_bytes", "Length of the journal."),
		deposits:    gauges("deposits", "Deposits seen, by state.", "state"),
		claims:      gauges("claims", "Open withdrawals, by state.", "state"),
		alarms:      gauges("alarms", "Alarms that stand, by reason: see the runbook.", "reason"),
		watched:     gauge("watched_addresses", "Addresses whose transfers are looked for."),
		stopped:     gauge("payments_stopped", "1 while an account holds less than the books say and nothing is paid."),
		signatures:  counters("signatures_total", "Signatures taken in, by origin and outcome.", "origin", "outcome"),
		attempts:    counters("attempts_total", "Attempts to act on the external chain, by outcome of their making.", "outcome"),
		submissions: counters("submissions_total", "Transactions handed to Nightjar, by outcome.", "outcome"),
		peers:       gauges("peer_up", "1 if the peer's last answer was good.", "url"),
		requests:    counters("requests_total", "Requests served, by route and outcome.", "route", "outcome"),
		anchored:    gauge("anchored_height", "Height of Nightjar that the newest anchor names."),
	}
	r.MustRegister(m.hubHeight, m.finalised, m.journal, m.deposits, m.claims, m.alarms, m.watched, m.stopped,
		m.signatures, m.attempts, m.submissions, m.peers, m.requests, m.anchored)
	return m
}
