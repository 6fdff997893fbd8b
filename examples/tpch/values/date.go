package values

import (
	"fmt"
	"time"
)

// Date is a day, as the number of days since 1970-01-01.
type Date int32

const secondsPerDay = 24 * 60 * 60

// Day returns a date of the calendar. Months and days beyond their range count
// on: the 32nd of January is the 1st of February.
func Day(year, month, day int) Date {
	return Date(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// Year returns the year that the day lies in, of years after Christ.
func (d Date) Year() int {
	days := int(d) + 719468                 // since the March that the years begin with, as in daysOf
	cycle, rest := days/146097, days%146097 // of 400 years
	year := (rest - rest/1460 + rest/36524 - rest/146096) / 365
	if rest-(365*year+year/4-year/100) >= 306 { // January and February
		year++
	}
	return 400*cycle + year
}

func (d Date) String() string { return string(AppendDate(nil, d)) }

// MarshalText writes a date as in 1998-12-01.
func (d Date) MarshalText() ([]byte, error) { return AppendDate(nil, d), nil }

// UnmarshalText reads a date as in 1998-12-01.
func (d *Date) UnmarshalText(text []byte) error {
	year, month, day := number(text, 0, 4), number(text, 5, 7), number(text, 8, 10)
	if len(text) != 10 || text[4] != '-' || text[7] != '-' || year < 1 || month < 1 || month > 12 || day < 1 || day > 31 {
		return fmt.Errorf("%q is no date like 1998-12-01", text)
	}
	if *d = daysOf(year, month, day); day > 28 && *d >= daysOf(year+month/12, month%12+1, 1) {
		return fmt.Errorf("%q is not in the calendar", text)
	}
	return nil
}

// AppendDate appends a date as in 1998-12-01.
func AppendDate(dst []byte, d Date) []byte {
	return time.Unix(int64(d)*secondsPerDay, 0).UTC().AppendFormat(dst, time.DateOnly)
}

// number returns text[from:to] as a number, or one below zero if it is none.
func number(text []byte, from, to int) int {
	if len(text) < to {
		return -1
	}
	n := 0
	for _, c := range text[from:to] {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// daysOf counts the days from 1970-01-01. Years begin in March here, so that
// the leap day is the last one and months before it have regular lengths.
func daysOf(year, month, day int) Date {
	if month <= 2 {
		year--
		month += 12
	}
	return Date(365*year + year/4 - year/100 + year/400 + (153*month-457)/5 + day - 719469)
}
