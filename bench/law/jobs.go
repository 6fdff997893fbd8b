package main

import (
	"encoding/binary"
	"fmt"
	"iter"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
)

// job is one of the law's jobs: what it does with how many records of which size.
type job struct {
	name    string
	records int64
	size    int64
	what    string
	build   func(env *thalweg.Environment, n int64) *batch.DataSet[string]
}

var jobs = []job{
	{"sort", 100_000_000, 100, "sorted, every neighbour compared", sortJob},
	{"join", 1 << 20, 1024, "as the build side, half of them with one key, of a join", joinJob},
	{"group", 100_000_000, 16, "in half as many groups", groupJob},
}

// build makes the job that the arguments say. It prints "right", or what is wrong.
func build(env *thalweg.Environment) error {
	name := env.Arg("job", "sort", "which job")
	n := int64(env.ArgInt("records", 1000000, "its size"))
	for _, j := range jobs {
		if j.name == name {
			batch.Print(j.build(env, n))
			return nil
		}
	}
	return fmt.Errorf("there is no job %q", name)
}

// mix is a permutation of the 64-bit numbers (the finalizer of MurmurHash3 by
// Austin Appleby): no two records have the same key.
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// hundred is a record of 100 bytes with a key of 10.
type hundred struct {
	Key  [10]byte
	Rest [90]byte
}

func hundredKey(h *hundred) *[10]byte { return &h.Key }

func makeHundred(i int64) (h hundred) {
	binary.BigEndian.PutUint64(h.Key[:], mix(uint64(i)))
	binary.BigEndian.PutUint64(h.Rest[:], uint64(i))
	for at := 8; at+8 <= len(h.Rest); at += 8 {
		binary.LittleEndian.PutUint64(h.Rest[at:], mix(uint64(i)+uint64(at)<<40))
	}
	return h
}

func sortJob(env *thalweg.Environment, n int64) *batch.DataSet[string] {
	records := batch.Map(batch.Sequence(env, 0, n), makeHundred)
	sorted := batch.Sort(records, batch.Asc(hundredKey))
	return batch.ReduceAll(sorted, func(all iter.Seq[hundred], emit func(string)) {
		var count, sum int64
		var last [10]byte
		for h := range all {
			if count > 0 && string(h.Key[:]) < string(last[:]) {
				emit(fmt.Sprintf("record %d is out of order", count))
				return
			}
			i := int64(binary.BigEndian.Uint64(h.Rest[:]))
			if h != makeHundred(i) {
				emit(fmt.Sprintf("record %d is damaged", count))
				return
			}
			last = h.Key
			count++
			sum += i
		}
		emit(verdict(count == n && sum == n*(n-1)/2, count, sum))
	})
}

func verdict(right bool, figures ...any) string {
	if right {
		return "right"
	}
	return fmt.Sprint("wrong: ", figures)
}

// kibibyte is a record of 1 KiB.
type kibibyte struct {
	Key, ID int64
	Rest    [1008]byte
}

func kibibyteKey(k *kibibyte) *int64 { return &k.Key }

// heavy is the key of half of the build side; the others have one of their own.
const heavy = -1

func makeKibibyte(i int64) (k kibibyte) {
	k.Key, k.ID = i, i
	if i%2 == 0 {
		k.Key = heavy
	}
	for at := 0; at < len(k.Rest); at += 8 {
		binary.LittleEndian.PutUint64(k.Rest[at:], mix(uint64(i)+uint64(at)<<40))
	}
	return k
}

func itself(i *int64) *int64 { return i }

// joinJob has each key on the probe side once, the heavy one as well.
func joinJob(env *thalweg.Environment, n int64) *batch.DataSet[string] {
	build := batch.Map(batch.Sequence(env, 0, n), makeKibibyte)
	probe := batch.Sequence(env, -1, 2*n)
	ids := batch.Join(build, probe, batch.On(kibibyteKey, itself), func(k kibibyte, _ int64) int64 {
		if k != makeKibibyte(k.ID) {
			return -1 << 60
		}
		return k.ID
	}, batch.HashFirst)
	return batch.ReduceAll(ids, func(all iter.Seq[int64], emit func(string)) {
		var count, sum int64
		for id := range all {
			count++
			sum += id
		}
		emit(verdict(count == n && sum == n*(n-1)/2, count, sum))
	})
}

// counted is a record that is to be counted by its key.
type counted struct{ Key, N int64 }

func countedKey(c *counted) *int64 { return &c.Key }
func countedN(c *counted) *int64   { return &c.N }

func groupJob(env *thalweg.Environment, n int64) *batch.DataSet[string] {
	groups := max(n/2, 1)
	records := batch.Map(batch.Sequence(env, 0, n), func(i int64) counted {
		return counted{int64(mix(uint64(i % groups))), i}
	})
	sums := batch.GroupBy(records, countedKey).Aggregate(agg.Sum(countedN))
	return batch.ReduceAll(sums, func(all iter.Seq[counted], emit func(string)) {
		var count, sum, keys int64
		for c := range all {
			count++
			sum += c.N
			keys ^= c.Key
		}
		var want int64
		for i := range groups {
			want ^= int64(mix(uint64(i)))
		}
		emit(verdict(count == groups && keys == want && sum == n*(n-1)/2, count, keys, sum))
	})
}
