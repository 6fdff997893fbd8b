package parquet_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/parquet"
)

type (
	cents    int64
	label    string
	days     int32
	embedded struct {
		E1 uint16
		E2 *float32
	}
	inner struct {
		A    *int8
		B    label
		List []time.Time
	}
	outer struct {
		In   inner
		Ptr  *inner
		Flag bool
	}
)

// every has a field of every shape that can be a column.
type every struct {
	embedded
	B      bool
	I8     int8
	I16    int16
	I32    int32
	I64    int64
	I      int
	U8     uint8
	U16    uint16
	U32    uint32
	U64    uint64
	U      uint
	F32    float32
	F64    float64
	S      string
	Label  label `parquet:"other name"`
	Bytes  []byte
	Time   time.Time
	Us     time.Time     `parquet:",unit=us"`
	Ms     time.Time     `parquet:",unit=ms"`
	Day    time.Time     `parquet:",date"`
	D      time.Duration `parquet:"d"`
	Whole  time.Duration `parquet:"secs,unit=s"`
	Price  cents         `parquet:"price,scale=2"`
	Days   days          `parquet:",date"`
	None   int           `parquet:"-"`
	PB     *bool
	PI     *int
	PS     *label
	PBytes *[]byte
	PTime  *time.Time
	PPrice *cents `parquet:",scale=3"`
	PDays  *days  `parquet:",date"`
	LDays  []days `parquet:",date"`
	LB     []bool
	LI     []cents
	LS     []string
	LBytes [][]byte
	LF     []float64
	In     inner
	Ptr    *outer
	Out    outer
}

// random fills a value: short texts and few of them, so that dictionaries and
// runs have something to do, and now and then an extreme.
func random(r *rand.Rand, v reflect.Value, tag string) {
	switch v.Interface().(type) {
	case time.Time:
		unit := time.Nanosecond
		switch tag {
		case ",unit=us":
			unit = time.Microsecond
		case ",unit=ms":
			unit = time.Millisecond
		case ",date":
			unit = 24 * time.Hour
		}
		t := time.Unix(0, r.Int64()-r.Int64()).UTC()
		v.Set(reflect.ValueOf(time.Unix(0, t.UnixNano()/int64(unit)*int64(unit)).UTC()))
		return
	case time.Duration:
		d := time.Duration(r.Int64() - r.Int64())
		if tag == "secs,unit=s" {
			d = d.Truncate(time.Second)
		}
		v.SetInt(int64(d))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if tag := f.Tag.Get("parquet"); tag != "-" {
				random(r, v.Field(i), tag)
			}
		}
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			random(r, v.Elem(), tag)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(fmt.Sprint(r.IntN(20)))[:r.IntN(2)])
			return
		}
		if r.IntN(3) == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
		for i := range v.Len() {
			random(r, v.Index(i), tag)
		}
	case reflect.String:
		texts := []string{"", "a", "\x00", "ä", "a longer text", "a longer text still", "\U0010ffff\U0010ffff\U0010ffff\U0010ffff\U0010ffff"}
		v.SetString(texts[r.IntN(len(texts))])
		if r.IntN(2) == 0 {
			v.SetString(fmt.Sprintf("%d", r.IntN(1e6)))
		}
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Float32, reflect.Float64:
		floats := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), 1.5, -2}
		v.SetFloat(floats[r.IntN(len(floats))])
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> (64 - v.Type().Bits()) >> r.IntN(v.Type().Bits()))
	default:
		x := r.Int64() - r.Int64()
		if v.Type() == reflect.TypeFor[cents]() {
			x %= 1e18
		}
		v.SetInt(x >> (64 - v.Type().Bits()) >> r.IntN(v.Type().Bits()))
	}
}

func randomRows(seed uint64, n int) []every {
	r := rand.New(rand.NewPCG(seed, 1))
	rows := make([]every, n)
	for i := range rows {
		random(r, reflect.ValueOf(&rows[i].embedded).Elem(), "")
		v := reflect.ValueOf(&rows[i]).Elem()
		for j := 1; j < v.NumField(); j++ {
			if tag := v.Type().Field(j).Tag.Get("parquet"); tag != "-" {
				random(r, v.Field(j), tag)
			}
		}
	}
	return rows
}

// layouts are ways to write the same rows.
var layouts = [][]parquet.Option{
	nil,
	{parquet.Zstd()},
	{parquet.Uncompressed(), parquet.PageSize(200)},
	{parquet.RowGroupSize(30_000), parquet.PageSize(1)},
	{parquet.Zstd(), parquet.RowGroupSize(100_000), parquet.PageSize(2000)},
}

func written[T any](t testing.TB, rows []T, opts ...parquet.Option) *filetest.Disk {
	t.Helper()
	disk := filetest.NewDisk()
	if err := filetest.Write(parquet.Write[T]("out", opts...), disk, "job", rows); err != nil {
		t.Fatal(err)
	}
	return disk
}

func TestRandomRecordsComeBackAsTheyWere(t *testing.T) {
	for seed := range uint64(12) {
		rows := randomRows(seed, 1+int(seed*seed*17))
		for i, layout := range layouts {
			disk := written(t, rows, layout...)
			disk.Short = int(seed % 2 * 1000)
			got, err := filetest.Read(parquet.Read[every]("out"), disk, 2)
			if err != nil || len(got.Rejected) > 0 || len(got.Rows) != len(rows) {
				t.Fatalf("seed %d, layout %d: %d of %d rows, rejected %v, %v", seed, i, len(got.Rows), len(rows), got.Rejected, err)
			}
			for j := range rows {
				if !reflect.DeepEqual(filled(got.Rows[j]), filled(rows[j])) {
					t.Fatalf("seed %d, layout %d: row %d is\n%+v, want\n%+v", seed, i, j, got.Rows[j], rows[j])
				}
			}
		}
	}
}

// filled makes bytes that are nil empty: Parquet does not tell the two apart.
func filled(e every) every {
	if e.Bytes == nil {
		e.Bytes = []byte{}
	}
	if e.PBytes != nil && *e.PBytes == nil {
		e.PBytes = &[]byte{}
	}
	for i := range e.LBytes {
		if e.LBytes[i] == nil {
			e.LBytes[i] = []byte{}
		}
	}
	return e
}

// condition is a Where and the same as a function.
type condition struct {
	option parquet.Option
	keep   func(every) bool
}

func randomCondition(r *rand.Rand) condition {
	i := int64(r.IntN(2000) - 1000)
	if r.IntN(3) == 0 {
		i = r.Int64() - r.Int64()
	}
	s := label(fmt.Sprint(r.IntN(1e6)))
	at := time.Unix(0, r.Int64()-r.Int64())
	f := []float64{0, 1.5, -2, math.NaN(), math.Inf(1)}[r.IntN(5)]
	b := r.IntN(2) == 0
	switch r.IntN(13) {
	case 0:
		return condition{parquet.Where(func(e *every) *int64 { return &e.I64 }, parquet.AtLeast(i)), func(e every) bool { return e.I64 >= i }}
	case 1:
		return condition{parquet.Where(func(e *every) *cents { return &e.Price }, parquet.Below(cents(i))), func(e every) bool { return e.Price < cents(i) }}
	case 2:
		return condition{parquet.Where(func(e *every) *label { return &e.Label }, parquet.Above(s)), func(e every) bool { return e.Label > s }}
	case 3:
		return condition{parquet.Where(func(e *every) *label { return &e.Out.In.B }, parquet.AtMost(s)), func(e every) bool { return e.Out.In.B <= s }}
	case 4:
		return condition{parquet.Where(func(e *every) *time.Time { return &e.Ms }, parquet.AtMost(at)), func(e every) bool { return !e.Ms.After(at) }}
	case 5:
		return condition{parquet.Where(func(e *every) *time.Time { return &e.Day }, parquet.Above(at)), func(e every) bool { return e.Day.After(at) }}
	case 6:
		return condition{parquet.Where(func(e *every) *float64 { return &e.F64 }, parquet.AtLeast(f)), func(e every) bool { return e.F64 >= f }}
	case 7:
		return condition{parquet.Where(func(e *every) *bool { return &e.B }, parquet.Equal(b)), func(e every) bool { return e.B == b }}
	case 8:
		return condition{parquet.WhereNotNull(func(e *every) **label { return &e.PS }, parquet.Between(s /*low*/, "a")), func(e every) bool {
			return e.PS != nil && *e.PS >= s && *e.PS <= "a"
		}}
	case 9:
		return condition{parquet.WhereNotNull(func(e *every) **int { return &e.PI }, parquet.AtMost(int(i))), func(e every) bool { return e.PI != nil && *e.PI <= int(i) }}
	case 10:
		return condition{parquet.Where(func(e *every) *uint8 { return &e.U8 }, parquet.OneOf(uint8(i), 1, 200)), func(e every) bool {
			return e.U8 == uint8(i) || e.U8 == 1 || e.U8 == 200
		}}
	case 11:
		return condition{parquet.Where(func(e *every) *days { return &e.Days }, parquet.Below(days(i))), func(e every) bool { return e.Days < days(i) }}
	}
	return condition{parquet.Where(func(e *every) *uint64 { return &e.U64 }, parquet.Above(uint64(i))), func(e every) bool { return e.U64 > uint64(i) }}
}

func TestPruningEqualsFiltering(t *testing.T) {
	left := 0
	for seed := range uint64(6) {
		rows := randomRows(seed, 700)
		r := rand.New(rand.NewPCG(seed, 2))
		// In half of the runs the columns asked about are in some order, so that
		// pages differ in their bounds.
		if seed%2 == 0 {
			for i := range rows {
				rows[i].I64, rows[i].Price, rows[i].U64 = int64(i-350), cents(i*3-1000), uint64(i)
				rows[i].Days = days(i - 350)
				rows[i].Label, rows[i].B = label(fmt.Sprintf("%06d", i*1400)), i > 350
			}
		}
		for i, layout := range layouts {
			disk := written(t, rows, layout...)
			for range 12 {
				conditions := []condition{randomCondition(r)}
				opts := []parquet.Option{conditions[0].option}
				if r.IntN(2) == 0 {
					conditions = append(conditions, randomCondition(r))
					opts = append(opts, conditions[1].option)
				}
				var want []every
			rows:
				for _, e := range rows {
					for _, c := range conditions {
						if !c.keep(e) {
							continue rows
						}
					}
					want = append(want, filled(e))
				}
				got, err := filetest.Read(parquet.Read[every]("out", opts...), disk, 2)
				for j := range got.Rows {
					got.Rows[j] = filled(got.Rows[j])
				}
				if err != nil || len(got.Rejected) > 0 || !reflect.DeepEqual(got.Rows, want) {
					t.Fatalf("seed %d, layout %d, %v: %d rows, want %d, rejected %v, %v", seed, i, opts, len(got.Rows), len(want), got.Rejected, err)
				}
				left += len(want)
			}
		}
	}
	if left < 10_000 {
		t.Errorf("only %d rows matched: the test proves little", left)
	}
}
