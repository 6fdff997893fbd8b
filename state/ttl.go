package state

import (
	"errors"
	"fmt"
	"time"

	"github.com/thalweg/thalweg/internal/keyed"
)

// Option says how a state behaves.
type Option func(*life)

// life is how long what is kept lives; none is for ever.
type life struct {
	d      time.Duration
	onRead bool
	given  bool
}

// TTL gives a state a time to live: what is written expires d later, by the engine's
// clock. It is then as if it were cleared, to the nanosecond, and its memory is free at
// the latest soon after twice that time. The values of a [List] and the names of a [Map]
// expire one by one, that of the other states as a whole. A d that is not positive fails
// the job.
func TTL(d time.Duration) Option {
	return func(l *life) { l.d, l.given = d, true }
}

// RenewOnRead lets what is read live on as if it were written at that moment.
func RenewOnRead() Option { return func(l *life) { l.onRead = true } }

// ages is when the parts of a state were written, as an S. That of a state that does not
// expire is nil.
type ages[S any] struct {
	*keyed.Aging
	at     *keyed.Value[S]
	onRead bool
}

// newAges returns the ages of a state, or nil. trim drops what the current key has up to a
// limit, and returns the oldest moment of the rest.
func newAges[S any](ctx Keyed, name string, options []Option, trim func(limit int64) (oldest int64, left bool)) *ages[S] {
	var l life
	for _, option := range options {
		option(&l)
	}
	switch {
	case l.given && l.d <= 0:
		panic(fmt.Errorf("state %q: a time to live of %v: it must be positive", name, l.d))
	case l.onRead && !l.given:
		panic(fmt.Errorf("state %q: %w", name, errors.New("it is renewed by reading, but has no time to live: add TTL")))
	case !l.given:
		return nil
	}
	return &ages[S]{keyed.NewAging(ctx.Scope(), l.d, trim), keyed.NewValue(ctx.Scope(), name+keyed.Written, typeOf[S](name)), l.onRead}
}

// one is a value a key that may expire.
//
// Invariant: a key has an age if and only if it has a value.
type one[V any] struct {
	v    *keyed.Value[V]
	ages *ages[int64]
}

func newOne[V any](ctx Keyed, name string, options []Option) one[V] {
	o := one[V]{v: keyed.NewValue(ctx.Scope(), name, typeOf[V](name))}
	o.ages = newAges[int64](ctx, name, options, func(limit int64) (oldest int64, left bool) {
		at, ok := o.ages.at.Get()
		if !ok || at > limit {
			return at, ok
		}
		o.clear()
		return 0, false
	})
	return o
}

// get returns the value of the current key, if it has one that has not expired.
func (o *one[V]) get() (value V, ok bool) {
	if o.ages != nil {
		if at, ok := o.ages.at.Get(); !ok || at <= o.ages.Limit() {
			return value, false
		}
		if o.ages.onRead {
			o.ages.at.Set(o.ages.Now())
		}
	}
	return o.v.Get()
}

// at returns where the value of the current key is to be written: the zero value, if it
// has none or it has expired.
func (o *one[V]) at() *V {
	if o.ages != nil {
		if at, ok := o.ages.at.Get(); ok && at <= o.ages.Limit() {
			o.clear()
		}
		now := o.ages.Now()
		o.ages.at.Set(now)
		o.ages.Wrote(now)
	}
	return o.v.At()
}

// wrote accounts for what was written where at said.
func (o *one[V]) wrote() { o.v.Weigh() }

func (o *one[V]) clear() {
	o.v.Clear()
	if o.ages != nil {
		o.ages.at.Clear()
	}
}
