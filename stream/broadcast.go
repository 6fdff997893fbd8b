package stream

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// BroadcastContext is what the functions of [BroadcastProcess] use of their subtask: what
// those of [Process] do, broadcast state by way of package state, and all keys at once.
type BroadcastContext[K, O any] = step.BroadcastContext[K, O]

// BroadcastHandler is the functions of [BroadcastProcess]: those of [Process], and Rule,
// which is called for every record of the stream that is broadcast.
type BroadcastHandler[T, R any] = step.BroadcastHandler[T, R]

// BroadcastProcess is [Process] with a second stream, of which every subtask gets all
// records: rules, prices, settings. What it knows of them it keeps in a
// [state.BroadcastMap], which Rule alone can change; functions of records and timers read
// it, for whatever key.
//
// Rule must do the same in every subtask, so that all know the same. Records of one
// subtask that broadcasts come in their order, those of several in any; and which records
// of the first stream a rule finds done already is not said. Rule is called outside of any
// key: [BroadcastContext.EachKey] goes through the keys of the subtask. A rule that it
// panics about is put into the quarantine by each subtask.
func BroadcastProcess[T any, K comparable, R, O any](k *Keyed[T, K], rules *DataStream[R], open func(*BroadcastContext[K, O]) (BroadcastHandler[T, R], error), sides ...AnySide) *DataStream[O] {
	skin.CheckFunctions(k.keyed.Graph, open)
	return processNode[O](k.keyed.Graph, "broadcast process", k.keyed.Detail(), sides,
		func(s []step.Side) operator.Factory { return step.BroadcastProcess(k.keyed.Key, open, s) },
		hashed(k), rules.Broadcast().flow.Input)
}
