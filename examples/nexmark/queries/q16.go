package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q16 reports on the bids of each day and channel.
func Q16(all *stream.DataStream[events.Event]) *stream.DataStream[rows.ChannelDay] {
	return daily(stream.KeyBy(bidsOf(all), channel), (*report).add, nil, func(channel, day string, r *report, emit func(rows.ChannelDay)) {
		emit(rows.ChannelDay{Channel: channel, Day: day, Minute: minuteOf(r.Last), Statistics: r.statistics()})
	})
}
