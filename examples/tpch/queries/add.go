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
	case 2:
		write(Q2(from), output)
	case 3:
		write(Q3(from), output)
	case 4:
		write(Q4(from), output)
	case 5:
		write(Q5(from), output)
	case 6:
		write(Q6(from), output)
	case 7:
		write(Q7(from), output)
	case 8:
		write(Q8(from), output)
	case 9:
		write(Q9(from), output)
	case 10:
		write(Q10(from), output)
	case 11:
		write(Q11(from), output)
	case 12:
		write(Q12(from), output)
	case 13:
		write(Q13(from), output)
	case 14:
		write(Q14(from), output)
	case 15:
		write(Q15(from), output)
	case 16:
		write(Q16(from), output)
	case 17:
		write(Q17(from), output)
	case 18:
		write(Q18(from), output)
	case 19:
		write(Q19(from), output)
	case 20:
		write(Q20(from), output)
	case 21:
		write(Q21(from), output)
	case 22:
		write(Q22(from), output)
	default:
		return fmt.Errorf("query %d is not among the queries 1 to 22", number)
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
