package batch_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
)

func TestSmoke(t *testing.T) {
	for _, p := range []int{1, 2, 7} {
		var got []int64
		build := func(env *thalweg.Environment) error {
			n := batch.Sequence(env, 0, 100000)
			sq := batch.Map(n, func(x int64) int64 { return x * 2 }).Filter(func(x int64) bool { return x%3 == 0 })
			batch.Collect(batch.Map(sq.Rebalance(), func(x int64) int64 { return x + 1 }), &got)
			return nil
		}
		r, err := thalweg.Run(context.Background(), build, thalweg.WithParallelism(p))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		fmt.Println(len(got), got[:3], r.Elapsed)
		for _, o := range r.Operators {
			fmt.Printf("%+v\n", o)
		}
	}
}
