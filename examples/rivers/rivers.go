// Package rivers is the small table that some examples use if they are given no
// other: rivers, with the sea they flow into and about how long they are.
package rivers

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

// River is a row of the table.
type River struct {
	Name      string `csv:"name"`
	Continent string `csv:"continent"`
	Length    int64  `csv:"length_km"`
	Sea       string `csv:"sea"`
}

// String is the river as it is printed.
func (r River) String() string {
	return fmt.Sprintf("%s: %s, %d km, %s", r.Continent, r.Name, r.Length, r.Sea)
}

// Continent, Name and Length are field references.
func Continent(r *River) *string { return &r.Continent }
func Name(r *River) *string      { return &r.Name }
func Length(r *River) *int64     { return &r.Length }

//go:embed rivers.csv
var embedded string

const header = "name,continent,length_km,sea\n"

// All returns the rows of the table that the program carries.
func All() []River {
	var all []River
	for line := range strings.Lines(strings.TrimPrefix(embedded, header)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		length, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			panic(err) // the table is part of the program
		}
		all = append(all, River{fields[0], fields[1], length, fields[3]})
	}
	return all
}
