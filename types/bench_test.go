package types

import "testing"

const benchRows = 1024

func benchNumbers() []numbers {
	rows := make([]numbers, benchRows)
	for i := range rows {
		rows[i] = numbers{int64(i), int64(i * i), uint64(i) << 40}
	}
	return rows
}

var vocabulary = []string{"a", "of", "the", "king", "thalweg", "river", "barrier", "watermark", "checkpoint", "exactly-once"}

func benchWords() []word {
	rows := make([]word, benchRows)
	for i := range rows {
		rows[i] = word{vocabulary[i*7%len(vocabulary)], int64(i)}
	}
	return rows
}

// perRow reports nanoseconds per row; b.N counts batches.
func perRow(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
	b.ReportMetric(0, "ns/op")
}

func benchCodec[T any](b *testing.B, rows []T) {
	typ := of[T](b)
	buf := typ.AppendRows(nil, rows)
	b.Run("AppendRows", func(b *testing.B) {
		b.SetBytes(int64(len(buf)))
		b.ReportAllocs()
		for b.Loop() {
			buf = typ.AppendRows(buf[:0], rows)
		}
		perRow(b)
	})
	b.Run("DecodeRows", func(b *testing.B) {
		b.SetBytes(int64(len(buf)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := typ.DecodeRows(buf, rows); err != nil {
				b.Fatal(err)
			}
		}
		perRow(b)
	})
}

func benchPrograms[T any](b *testing.B, rows []T) {
	typ := of[T](b)
	out := make([]uint64, len(rows))
	var key []byte
	b.Run("HashRows", func(b *testing.B) {
		for b.Loop() {
			typ.HashRows(rows, out)
		}
		perRow(b)
	})
	b.Run("Equal", func(b *testing.B) {
		for b.Loop() {
			for i := range rows {
				typ.Equal(&rows[i], &rows[len(rows)-1-i])
			}
		}
		perRow(b)
	})
	b.Run("Compare", func(b *testing.B) {
		for b.Loop() {
			for i := range rows {
				typ.Compare(&rows[i], &rows[len(rows)-1-i])
			}
		}
		perRow(b)
	})
	b.Run("AppendKey", func(b *testing.B) {
		for b.Loop() {
			for i := range rows {
				key = typ.AppendKey(key[:0], &rows[i])
			}
		}
		perRow(b)
	})
	b.Run("KeyPrefixRows", func(b *testing.B) {
		for b.Loop() {
			typ.KeyPrefixRows(rows, out)
		}
		perRow(b)
	})
}

func benchKey[T, K any](b *testing.B, rows []T, ref func(*T) *K, value func(T) K) {
	key, err := KeyOf(ref)
	if err != nil {
		b.Fatal(err)
	}
	computed, err := KeyFunc(value)
	if err != nil {
		b.Fatal(err)
	}
	out, keys := make([]uint64, len(rows)), make([]K, len(rows))
	b.Run("Hash", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			key.Hash(rows, out)
		}
		perRow(b)
	})
	b.Run("HashComputed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			computed.Hash(rows, out)
		}
		perRow(b)
	})
	b.Run("Gather", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			key.Gather(rows, keys)
		}
		perRow(b)
	})
}

func BenchmarkCodec24ByteRows(b *testing.B) { benchCodec(b, benchNumbers()) }

func BenchmarkCodecWords(b *testing.B) { benchCodec(b, benchWords()) }

func BenchmarkCodecPaddedRows(b *testing.B) { benchCodec(b, make([]loose, benchRows)) }

func BenchmarkPrograms24ByteRows(b *testing.B) { benchPrograms(b, benchNumbers()) }

func BenchmarkProgramsWords(b *testing.B) { benchPrograms(b, benchWords()) }

func BenchmarkKeyInt64(b *testing.B) {
	benchKey(b, benchNumbers(), func(r *numbers) *int64 { return &r.B }, func(r numbers) int64 { return r.B })
}

func BenchmarkKeyWord(b *testing.B) {
	benchKey(b, benchWords(), func(w *word) *string { return &w.Text }, func(w word) string { return w.Text })
}

func sumField[T any](rows []T, field Field[T, int64]) (sum int64) {
	for i := range rows {
		sum += *field.At(&rows[i])
	}
	return sum
}

func BenchmarkFieldAtInGenericCode(b *testing.B) {
	rows := benchNumbers()
	field, err := FieldOf(func(r *numbers) *int64 { return &r.B })
	if err != nil {
		b.Fatal(err)
	}
	sum := int64(0)
	for b.Loop() {
		sum += sumField(rows, field)
	}
	perRow(b)
	if sum == 1 {
		b.Fatal(sum)
	}
}
