package main

import "time"

var sampleDocuments = []Document{
	{"/dikes", "How dikes are built, and what a flood does to them."},
	{"/mills", "Water mills and the brooks that drive them."},
	{"/flood-1362", "The flood of 1362 and the towns that it took."},
	{"/meanders", "Why rivers meander: the line of fastest flow wanders."},
	{"/gauges", "How gauges warn of a flood: reading the water level every hour."},
	{"/deltas", "Deltas grow where a river meets the sea."},
	{"/locks", "Locks lift ships; in a flood they are closed."},
	{"/salmon", "The way of the salmon, up the river."},
	{"/polders", "Polders are land to be given back to a flood."},
	{"/ferries", "Ferries, and when they do not run: ice, storm, flood."},
	{"/springs", "Where springs come from."},
	{"/insurance", "What an insurance pays after a flood."},
}

var sampleRanks = []Rank{
	{77, "/dikes", 310}, {12, "/mills", 95}, {64, "/flood-1362", 480}, {88, "/meanders", 260}, {91, "/gauges", 120},
	{53, "/deltas", 205}, {41, "/locks", 75}, {38, "/salmon", 330}, {58, "/polders", 150}, {40, "/ferries", 60},
	{22, "/springs", 45}, {69, "/insurance", 510}, {73, "/not-written-yet", 0},
}

var sampleVisits = []Visit{
	{"192.0.2.17", "/dikes", day(2006, 11, 4)},
	{"192.0.2.17", "/flood-1362", day(2006, 12, 31)},
	{"198.51.100.3", "/gauges", day(2007, 1, 1)},
	{"203.0.113.80", "/meanders", day(2007, 2, 14)},
	{"198.51.100.3", "/gauges", day(2007, 6, 30)},
	{"192.0.2.99", "/insurance", day(2007, 8, 9)},
	{"203.0.113.5", "/polders", day(2008, 1, 1)},
	{"203.0.113.5", "/gauges", day(2008, 3, 21)},
	{"192.0.2.17", "/mills", day(2007, 10, 3)},
}

func day(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}
