package types_test

import (
	"fmt"

	"github.com/thalweg/thalweg/types"
)

type Word struct {
	Text  string
	Count int64
}

func text(w *Word) *string { return &w.Text }

func ExampleOf() {
	words, err := types.Of[Word]()
	if err != nil {
		panic(err)
	}
	rows := []Word{{"river", 3}, {"bed", 1}}
	buf := words.AppendRows(nil, rows)
	back := make([]Word, 2)
	n, err := words.DecodeRows(buf, back)
	fmt.Println(n, err, back)
	fmt.Println(words.Schema(), words.Compare(&rows[0], &rows[1]))
	// Output:
	// 48 <nil> [{river 3} {bed 1}]
	// types_test.Word{Text string, Count int64} 1
}

func ExampleOf_refused() {
	type Order struct{ Notify chan int }
	_, err := types.Of[[]Order]()
	fmt.Println(err)
	// Output: types: []types_test.Order[].Notify: a channel cannot be carried
}

func ExampleKeyOf() {
	key, err := types.KeyOf(text)
	if err != nil {
		panic(err)
	}
	rows := []Word{{"river", 3}, {"bed", 1}}
	keys, hashes := make([]string, 2), make([]uint64, 2)
	key.Gather(rows, keys)
	key.Hash(rows, hashes)
	fmt.Println(key.Path(), keys, hashes[1] == types.HashString("bed"))
	// Output: Text [river bed] true
}

func ExampleFieldOf() {
	field, err := types.FieldOf(text)
	if err != nil {
		panic(err)
	}
	row := Word{Text: "river"}
	*field.At(&row) = "delta"
	fmt.Println(field.Path(), row.Text)

	_, err = types.FieldOf(func(w *Word) *string { s := w.Text; return &s })
	fmt.Println(err)
	// Output:
	// Text delta
	// types: a field of types_test.Word: the reference points outside of the value; what lies behind a pointer or must be computed takes a func(T) V
}

type Shape interface{ Area() float64 }
type Circle struct{ Radius float64 }
type Square struct{ Side float64 }

func (c Circle) Area() float64 { return 3 * c.Radius * c.Radius }
func (s Square) Area() float64 { return s.Side * s.Side }

func ExampleRegisterSum() {
	if err := types.RegisterSum[Shape](Circle{}, Square{}); err != nil {
		panic(err)
	}
	shapes, err := types.Of[Shape]()
	if err != nil {
		panic(err)
	}
	var row, back Shape = Square{2}, nil
	_, err = shapes.Decode(shapes.Append(nil, &row), &back)
	fmt.Println(back, err)
	// Output: {2} <nil>
}
