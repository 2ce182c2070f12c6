package node

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar/nightjar/node/mempool"
)

// metrics are the node's own; CometBFT's are served beside them. No label
// tells more than the chain does.
type metrics struct {
	height           prometheus.Gauge
	txs              prometheus.Counter
	leaves           prometheus.Counter
	spent            prometheus.Counter
	refusedProposals prometheus.Counter
	oracleErrors     prometheus.Counter
	submitted        *prometheus.CounterVec // by outcome
}

func newMetrics(r prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "nightjar", Name: name, Help: help})
	}
	m := &metrics{
		height: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "nightjar", Name: "height", Help: "Height of the last committed block."}),
		txs:              counter("transactions_total", "Transactions in committed blocks."),
		leaves:           counter("commitments_total", "Commitments appended to the tree."),
		spent:            counter("nullifiers_total", "Nullifiers spent."),
		refusedProposals: counter("refused_proposals_total", "Proposals this node voted against."),
		oracleErrors:     counter("price_file_errors_total", "Votes without prices because the price file was wrong."),
		submitted: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "nightjar", Name: "submitted_total", Help: "Transactions submitted to this node, by outcome."},
			[]string{"outcome"}),
	}
	r.MustRegister(m.height, m.txs, m.leaves, m.spent, m.refusedProposals, m.oracleErrors, m.submitted)
	return m
}

func (m *metrics) committed(d *decided) {
	m.height.Set(float64(d.in.Height))
	m.txs.Add(float64(len(d.in.Txs)))
	m.leaves.Add(float64(len(d.result.Delta.Leaves)))
	m.spent.Add(float64(len(d.result.Delta.Spent)))
}

// watchPool shows how much waits.
func watchPool(r prometheus.Registerer, pool *mempool.Pool) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "nightjar", Name: "mempool_transactions", Help: "Transactions that wait for a block."},
		func() float64 {
			txs, _ := pool.Size()
			return float64(txs)
		}))
}
