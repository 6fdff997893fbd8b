package plan_test

import (
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/plan"
)

// programs are plans of every shape.
var programs = map[string]program{
	"wordcount": wordcount, "widths": widths, "unions": unions, "twosinks": twosinks,
	"diamond": diamond, "crossing": crossing, "custom": custom, "ports": ports, "all": all, "unread": unread,
	"joined": joined,
}

type word struct {
	Text  string
	Count int64
}

func text(w *word) *string { return &w.Text }
func count(w *word) *int64 { return &w.Count }

func one(s string) word    { return word{s, 1} }
func same(w word) word     { return w }
func frequent(w word) bool { return w.Count > 1 }
func shout(w word) word    { w.Text = strings.ToUpper(w.Text); return w }
func words(s string, emit func(string)) {
	for f := range strings.FieldsSeq(s) {
		emit(f)
	}
}

// wordcount is one chain up to the hash exchange and one behind it.
func wordcount(env *thalweg.Environment) {
	lines := batch.ReadText(env, env.Arg("input", "king-lear.txt", "what to read"))
	ones := batch.Map(batch.FlatMap(lines, words), one).Named("ones")
	sums := batch.GroupBy(ones, text).Aggregate(agg.Sum(count)).Named("count words")
	batch.Print(sums.Filter(frequent))
}

// widths has edges between different numbers of subtasks.
func widths(env *thalweg.Environment) {
	few := batch.FromSlice(env, []word{{"a", 1}}).WithParallelism(2)
	many := batch.Map(few, same).WithParallelism(5)
	again := batch.Map(many, shout).WithParallelism(5)
	single := batch.Map(again, same).WithParallelism(1)
	batch.Discard(batch.Map(single, same))
}

// unions has two of them: one at the head of a chain, one of a data set with
// itself.
func unions(env *thalweg.Environment) {
	a := batch.FromSlice(env, []word{{"a", 1}}).Named("a")
	b := batch.FromSlice(env, []word{{"b", 1}}).Named("b")
	both := batch.Map(batch.Union(a, b.Rebalance()), same).Named("both")
	batch.Discard(batch.Union(both, both, batch.PartitionByHash(a, text)))
}

// twosinks has an operator with two users, which is drawn once.
func twosinks(env *thalweg.Environment) {
	loud := batch.Map(batch.FromSlice(env, []word{{"a", 1}}), shout).Named("loud")
	batch.Discard(loud).Named("first")
	batch.WriteCSV(loud.Filter(frequent), "out").Named("second")
}

// diamond has an operator whose broadcast set comes from the same source as its
// input.
func diamond(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	stop := batch.AsBroadcastSet(source.Filter(frequent).Named("stop words"))
	kept := batch.Map(source, same).WithBroadcastSet(stop).Named("kept")
	batch.Discard(batch.Map(kept, shout))
}

// crossing has two data sets, each a broadcast set beside the other.
func crossing(env *thalweg.Environment) {
	a := batch.FromSlice(env, []word{{"a", 1}}).Named("a")
	b := batch.FromSlice(env, []word{{"b", 1}}).Named("b")
	setA, setB := batch.AsBroadcastSet(a), batch.AsBroadcastSet(b)
	batch.Discard(batch.Map(a, same).WithBroadcastSet(setB).Named("a with b"))
	batch.Discard(batch.Map(b, same).WithBroadcastSet(setA).Named("b with a"))
	c := batch.FromSlice(env, []word{{"c", 1}}).Named("c")
	batch.Discard(batch.Map(c, same).WithBroadcastSet(setA).Named("c with a"))
}

// custom has the partitioner of a user, a broadcast edge and one to one subtask.
func custom(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	picked := batch.PartitionCustom(source, count, func(k int64, n int) int { return int(k) % n })
	everywhere := batch.Map(picked, same).Broadcast()
	single := batch.Map(everywhere, shout).Global()
	batch.Discard(batch.Map(single, same))
}

// ports has operators with several outputs.
func ports(env *thalweg.Environment) {
	lines := batch.Read(env, memory.Slice([]string{"a"}), batch.Budget(10))
	batch.Discard(lines.Quarantine()).Named("rejected")
	parts := batch.Split(lines, 2, func(s string) int { return len(s) % 2 })
	batch.Discard(parts[1]).Named("odd")
	batch.Discard(parts[0]).Named("even")
}

// all works on all records at once, in two steps.
func all(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	batch.Print(source.Top(3, func(a, b word) int { return int(b.Count - a.Count) }))
	var total []word
	batch.Collect(source.Aggregate(agg.Sum(count)), &total)
}

func unread(env *thalweg.Environment) {
	words := batch.FromSlice(env, []word{{"a", 1}})
	batch.Discard(words)
	batch.Map(words, func(w word) int64 { return w.Count }).Named("forgotten")
	batch.Sequence(env, 0, 10)
}

// joined has a key that is a field, and one that is the record.
func joined(env *thalweg.Environment) {
	l := batch.FromSlice(env, []word{{"a", 1}})
	r := batch.Sequence(env, 0, 10)
	number := func(n *int64) *int64 { return n }
	batch.Discard(batch.Join(l, r, batch.On(count, number), func(w word, _ int64) word { return w }, batch.BroadcastFirst))
	batch.Discard(batch.Join(l, r, batch.On(count, number), func(w word, _ int64) word { return w }, batch.HashFirst))
}

func TestAProgramWithoutASinkIsRefused(t *testing.T) {
	g := graphOf(t, "nothing", func(env *thalweg.Environment) { batch.Sequence(env, 0, 10) })
	if _, err := plan.Compile(g, plan.Options{}); err == nil || !strings.Contains(err.Error(), "no sink") {
		t.Errorf("got %v", err)
	}
}
