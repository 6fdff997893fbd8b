package queries

import (
	"fmt"

	"github.com/thalweg/thalweg/batch"
)

// Add adds a query, by its number in the specification, to the program that the
// tables belong to. The answer goes to a CSV file with a header, in the order that
// the query asks for; without an output it is printed.
func Add(number int, from Tables, output string) error {
	switch number {
	case 1:
		write(Q1(from), output)
	case 3:
		write(Q3(from), output)
	case 4:
		write(Q4(from), output)
	case 6:
		write(Q6(from), output)
	case 10:
		write(Q10(from), output)
	case 12:
		write(Q12(from), output)
	case 14:
		write(Q14(from), output)
	default:
		return fmt.Errorf("query %d is not among those that are here: 1, 3, 4, 6, 10, 12 and 14", number)
	}
	return nil
}

// write keeps the order of the records: a single subtask gets them all.
func write[T any](answer *batch.DataSet[T], output string) {
	if output == "" {
		batch.Print(answer)
	} else {
		batch.Write(answer, csvFile[T](output)).Named("csv").WithParallelism(1)
	}
}
