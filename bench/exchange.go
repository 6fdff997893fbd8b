package main

import (
	"context"
	"fmt"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
)

const (
	exchangeName     = "bench exchange"
	exchangeRecords  = 40_000_000
	processesRecords = 20_000_000
	exchangeSubtasks = 2
)

// buildExchange is the program of both exchange benchmarks: records go from
// every source subtask to the sink subtask that their key belongs to.
func buildExchange(env *thalweg.Environment) error {
	n := env.ArgInt("records", exchangeRecords, "how many records to send")
	dir := env.Arg("dir", ".", "where the sink leaves what it counted")
	batch.Write(batch.PartitionByHash(batch.Read(env, generator(n)), key), tally{dir})
	return nil
}

// exchange runs the program in a number of processes.
func exchange(c *config, n int64, processes int) (found, error) {
	_, err := thalweg.Run(context.Background(), buildExchange,
		thalweg.WithName(exchangeName), thalweg.WithParallelism(exchangeSubtasks), thalweg.WithProcesses(processes),
		thalweg.WithArgument("records", fmt.Sprint(n)), thalweg.WithArgument("dir", c.dir))
	if err != nil {
		return found{}, err
	}
	return tally{c.dir}.read(exchangeSubtasks)
}

// benchExchange sends records from two tasks to two others in this process,
// against goroutines that pass batches through plain channels.
func benchExchange(c *config) ([]line, error) {
	n := c.records(exchangeRecords)
	k, _, err := compare(c,
		side[totals]{"channels", func() (totals, error) { return channels(n), nil }},
		side[totals]{"exchange", func() (totals, error) {
			f, err := exchange(c, n, 1)
			return f.Totals, err
		}})
	if err != nil {
		return nil, err
	}
	rate := float64(n) / k.median(1, wall) / 1e6
	return []line{{
		name: "exchange in a process", wall: k.ratio(1, wall), cpu: k.ratio(1, cpu), bar: "≥ 20 M records/s", met: rate >= 20,
		got: fmt.Sprintf("%.1f M records/s on two cores, channels %.1f; %.4f allocations/record", rate,
			float64(n)/k.median(0, wall)/1e6, k.median(1, func(s sample) float64 { return float64(s.mallocs) })/float64(n)),
	}}, nil
}

// benchProcesses sends records from a task in each of two processes to a task in
// each, so that about half of them cross, against one process that sends as many
// bytes to itself over two connections.
func benchProcesses(c *config) ([]line, error) {
	n := c.records(processesRecords)
	var crossed int64
	k, _, err := compare(c,
		side[totals]{"sockets", func() (totals, error) { return sockets(n) }},
		side[totals]{"processes", func() (totals, error) {
			f, err := exchange(c, n, 2)
			crossed = f.Crossed
			return f.Totals, err
		}})
	if err != nil {
		return nil, err
	}
	if crossed < n/3 {
		return nil, fmt.Errorf("only %d of %d records crossed", crossed, n)
	}
	rate := float64(crossed) / k.median(1, wall) / 1e6
	return []line{{
		name: "exchange between processes", wall: k.ratio(1, wall), cpu: k.ratio(1, cpu), bar: "≥ 5 M records/s crossing", met: rate >= 5,
		got: fmt.Sprintf("%.1f M records/s crossing (%.1f M of %.1f M crossed, start of the worker included), sockets %.1f",
			rate, float64(crossed)/1e6, float64(n)/1e6, float64(crossed)/k.median(0, wall)/1e6),
	}}, nil
}
