// Package exchange moves batches and events between tasks: by reference inside
// a process, in checksummed frames over one TCP connection per pair of
// processes. Floor 3.
//
// A channel leads from one sending subtask to one receiving subtask. Its
// receiving end is a queue in the receiver's [Gate]; its sending end is an
// [operator.Outlet], which comes from [Gate.Outlet] when both tasks live in one
// process and from [Mesh.Outlet] when they do not.
//
// The life of a batch that stays:
//
//	sender: Outlet.Offer ─► queue of the Gate ─► receiver: Gate.Poll, Release
//
// and of one that travels:
//
//	sender: Offer, encode ─► queue of the connection ─► writer ─► TCP ─► reader
//	─► queue of the Gate ─► receiver: Gate.Poll gives a *Frame, decode, Release
//	                                     └─► credit ─► TCP ─► sender may offer again
//
// Invariants:
//
//  1. What a channel accepts comes out once and in order, unless its receiver
//     has closed, or the job is told: OnLost has returned before a broken
//     connection accepts and drops anything.
//  2. A channel holds at most its capacity (its credits, between processes) of
//     batches, counted from Offer to Poll. Events take no room and always fit.
//  3. A refused Offer is followed by a permit for the sender's parker, a Poll
//     that found nothing by one for the receiver's; nobody else is woken.
//  4. No permit is given, no batch released and no callback run under a mutex,
//     and no two mutexes of this package are held together.
//  5. The reader of a connection never waits for a task: credits made room.
//  6. Nothing a peer sends is believed before it is bounded, and nothing is
//     delivered before its checksum is right.
package exchange
