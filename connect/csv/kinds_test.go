package csv_test

import (
	"math/big"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/file/filetest"
)

type (
	level int8
	label string
	blob  []byte
)

type base struct {
	Key  uint64
	skip int
	Name label
}

// kinds has a field of every kind that can be a column.
type kinds struct {
	S    string
	Raw  blob
	Yes  bool
	I    int
	I8   level
	I16  int16
	I32  int32
	I64  int64
	U    uint
	U8   uint8
	U16  uint16
	U32  uint32
	F32  float32
	F64  float64
	At   time.Time
	Took time.Duration
	IP   netip.Addr
	base
	Text *string
	PI   *int32
	PT   *time.Time
	Big  *big.Int
	_    int
}

func pointer[T any](v T) *T { return &v }

func randomKinds(r *rand.Rand) kinds {
	words := []string{"", "a", ",", "\"", "\r", "\n", "#", "NULL", "ü", "\xff", " ", "\ufeff", "|", "x,y\"z"}
	text := func() string {
		var b strings.Builder
		for range r.IntN(4) {
			b.WriteString(words[r.IntN(len(words))])
		}
		return carriageReturns.ReplaceAllString(b.String(), "\n")
	}
	k := kinds{
		S: text(), Raw: blob(text()), Yes: r.IntN(2) == 0,
		I: int(r.Uint64()), I8: level(r.Uint32()), I16: int16(r.Uint32()), I32: int32(r.Uint32()), I64: int64(r.Uint64()),
		U: uint(r.Uint64()), U8: uint8(r.Uint32()), U16: uint16(r.Uint32()), U32: r.Uint32(),
		F32: float32(r.NormFloat64()), F64: r.NormFloat64() * 1e30,
		At: time.Unix(r.Int64N(1e10), r.Int64N(1e9)).UTC(), Took: time.Duration(r.Int64()),
		IP: netip.AddrFrom4([4]byte{byte(r.Uint32()), 2, 3, 4}), base: base{Key: r.Uint64(), Name: label(text())},
	}
	if r.IntN(2) == 0 {
		k.Text, k.PI, k.PT, k.Big = pointer(text()), pointer(int32(r.Uint32())), pointer(k.At), big.NewInt(r.Int64())
	}
	return k
}

func TestWhatWasWrittenIsReadBack(t *testing.T) {
	for name, both := range map[string][]csv.Option{
		"default":   {},
		"header":    {csv.Header()},
		"null":      {csv.Null("NULL"), csv.Comment("#")},
		"pipes":     {csv.Delimiter('|'), csv.TrailingDelimiter()},
		"odd":       {csv.Delimiter('1')},
		"minus":     {csv.Delimiter('-'), csv.Comment("2"), csv.Header()},
		"wide":      {csv.Delimiter('ü'), csv.TimeLayout("2006-01-02ü15:04:05.999999999Z07:00")},
		"compacted": {csv.Delimiter('\t')},
	} {
		r := rand.New(rand.NewPCG(1, uint64(len(name))))
		rows := make([]kinds, 300)
		for i := range rows {
			rows[i] = randomKinds(r)
		}
		disk := filetest.NewDisk()
		if err := filetest.Write(csv.Write[kinds]("out", append(both, file.Gzip())...), disk, "job", rows); err != nil {
			t.Fatal(err)
		}
		got, err := filetest.Read(csv.Read[kinds]("out", append(both, csv.Multiline())...), disk, 1)
		if err != nil || len(got.Rejected) > 0 || len(got.Rows) != len(rows) {
			t.Fatalf("%s: %d rows, rejected %v, %v", name, len(got.Rows), got.Rejected, err)
		}
		for i := range rows {
			if len(rows[i].Raw) == 0 {
				rows[i].Raw, got.Rows[i].Raw = nil, nil
			}
			if !reflect.DeepEqual(got.Rows[i], rows[i]) {
				t.Fatalf("%s: row %d is %+v, want %+v", name, i, got.Rows[i], rows[i])
			}
		}
	}
}

func TestASingleColumnSurvivesEmptyValues(t *testing.T) {
	type one struct{ V string }
	rows := []one{{""}, {"a"}, {""}}
	disk := filetest.NewDisk()
	if err := filetest.Write(csv.Write[one]("out"), disk, "job", rows); err != nil {
		t.Fatal(err)
	}
	got, err := filetest.Read(csv.Read[one]("out"), disk, 1)
	if err != nil || !reflect.DeepEqual(got.Rows, rows) {
		t.Errorf("got %q, %v", got.Rows, err)
	}
}

func TestWhatIsNoStructIsOneColumn(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{written(t, "a", "", "b,c"), "value\na\n\"\"\n\"b,c\"\n"},
		{written(t, 1, -2), "value\n1\n-2\n"},
		{written(t, time.Unix(0, 0).UTC()), "value\n1970-01-01T00:00:00Z\n"},
		{written(t, 0.1, 1e300, 1e-9, 100000000), "value\n0.1\n1e+300\n1e-09\n100000000\n"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func written[T any](t *testing.T, rows ...T) string {
	t.Helper()
	disk := filetest.NewDisk()
	if err := filetest.Write(csv.Write[T]("out", csv.Header()), disk, "job", rows); err != nil {
		t.Fatal(err)
	}
	return disk.Content("out/part-00000.csv")
}

func TestNilAndEmptyAreToldApart(t *testing.T) {
	type row struct {
		S *string
		N *int
	}
	for _, c := range []struct {
		null, content string
		want          []row
	}{
		{"", "\"\",\n,1\nx,\n", []row{{pointer(""), nil}, {nil, pointer(1)}, {pointer("x"), nil}}},
		{"NULL", "NULL,NULL\n\"NULL\",2\n,NULL\n", []row{{nil, nil}, {pointer("NULL"), pointer(2)}, {pointer(""), nil}}},
	} {
		got := read[row](t, c.content, csv.Null(c.null))
		if !reflect.DeepEqual(got.Rows, c.want) {
			t.Errorf("%q: got %+v, rejected %v", c.content, got.Rows, got.Rejected)
		}
		disk := filetest.NewDisk()
		if err := filetest.Write(csv.Write[row]("out", csv.Null(c.null)), disk, "job", c.want); err != nil {
			t.Fatal(err)
		}
		if got := disk.Content("out/part-00000.csv"); got != c.content {
			t.Errorf("written %q, want %q", got, c.content)
		}
	}
}

func TestIntegersAreReadLikePackageStrconvReadsThem(t *testing.T) {
	type signed struct {
		A int8
		B int64
	}
	type unsigned struct {
		A uint8
		B uint64
	}
	texts := []string{"0", "-0", "+5", "127", "128", "-128", "-129", "255", "256", "9223372036854775807", "9223372036854775808",
		"-9223372036854775808", "18446744073709551615", "18446744073709551616", "007", "-", "+", "1_000", "0x1", "1 ", "१", "000000000000000000000001"}
	for _, text := range texts {
		i8, err8 := strconv.ParseInt(text, 10, 8)
		got := read[signed](t, text+",1\n")
		if (len(got.Rows) == 1) != (err8 == nil) || err8 == nil && int64(got.Rows[0].A) != i8 {
			t.Errorf("int8 %q: got %+v, want %d, %v", text, got, i8, err8)
		}
		i64, err64 := strconv.ParseInt(text, 10, 64)
		got = read[signed](t, "1,"+text+"\n")
		if (len(got.Rows) == 1) != (err64 == nil) || err64 == nil && got.Rows[0].B != i64 {
			t.Errorf("int64 %q: got %+v, want %d, %v", text, got, i64, err64)
		}
		u8, err8 := strconv.ParseUint(text, 10, 8)
		gotU := read[unsigned](t, text+",1\n")
		if text != "-0" && text != "+5" && ((len(gotU.Rows) == 1) != (err8 == nil) || err8 == nil && uint64(gotU.Rows[0].A) != u8) {
			t.Errorf("uint8 %q: got %+v, want %d, %v", text, gotU, u8, err8)
		}
		u64, err64 := strconv.ParseUint(text, 10, 64)
		gotU = read[unsigned](t, "1,"+text+"\n")
		if text != "-0" && text != "+5" && ((len(gotU.Rows) == 1) != (err64 == nil) || err64 == nil && gotU.Rows[0].B != u64) {
			t.Errorf("uint64 %q: got %+v, want %d, %v", text, gotU, u64, err64)
		}
	}
}
