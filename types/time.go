package types

import (
	"encoding/binary"
	"sync/atomic"
	"time"
	"unsafe"
)

// A time takes 16 bytes of the fixed part:
//
//	0        8        12       16
//	| sec    | nsec   | zone   |
//
// sec are seconds since 1970 (int64), nsec nanoseconds within the second
// (uint32, below 1e9), zone the seconds east of UTC (int32). The zone's name and
// rules and the monotonic reading are not carried: a decoded time shows the
// same clock face. Zone 0 decodes as UTC. Hash, equality and order look at the
// instant alone.

func putTime(dst []byte, p unsafe.Pointer) {
	t := (*time.Time)(p)
	zone := 0
	if t.Location() != time.UTC {
		_, zone = t.Zone()
	}
	binary.LittleEndian.PutUint64(dst, uint64(t.Unix()))
	binary.LittleEndian.PutUint32(dst[8:], uint32(t.Nanosecond()))
	binary.LittleEndian.PutUint32(dst[12:], uint32(int32(zone)))
}

// getTime returns a complaint, or nothing.
func getTime(src []byte, p unsafe.Pointer) string {
	nsec := binary.LittleEndian.Uint32(src[8:])
	if nsec >= 1e9 {
		return "a time has more nanoseconds than a second"
	}
	t := time.Unix(int64(binary.LittleEndian.Uint64(src)), int64(nsec))
	zone := int32(binary.LittleEndian.Uint32(src[12:]))
	if zone == 0 {
		*(*time.Time)(p) = t.UTC()
	} else {
		*(*time.Time)(p) = t.In(zoneOf(int(zone)))
	}
	return ""
}

// quarters caches the zones that exist on Earth: quarters of an hour, a day
// either way. Others are made anew.
var quarters [2*96 + 1]atomic.Pointer[time.Location]

func zoneOf(seconds int) *time.Location {
	i := seconds/900 + 96
	if seconds%900 != 0 || i < 0 || i >= len(quarters) {
		return time.FixedZone("", seconds)
	}
	if loc := quarters[i].Load(); loc != nil {
		return loc
	}
	quarters[i].CompareAndSwap(nil, time.FixedZone("", seconds))
	return quarters[i].Load()
}
