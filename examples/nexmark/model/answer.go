package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Answer returns the rows of a query, from 0 to 22, as lines of JSON, sorted.
func Answer(query int, all []Event) []string {
	switch query {
	case 0:
		return lines(Q0(all))
	case 1:
		return lines(Q1(all))
	case 2:
		return lines(Q2(all))
	case 3:
		return lines(Q3(all))
	case 4:
		return lines(Q4(all))
	case 5:
		return lines(Q5(all))
	case 6:
		return lines(Q6(all))
	case 7:
		return lines(Q7(all))
	case 8:
		return lines(Q8(all))
	case 9:
		return lines(Q9(all))
	case 10:
		return lines(Q10(all))
	case 11:
		return lines(Q11(all))
	case 12:
		return lines(Q12(all))
	case 13:
		return lines(Q13(all))
	case 14:
		return lines(Q14(all))
	case 15:
		return lines(Q15(all))
	case 16:
		return lines(Q16(all))
	case 17:
		return lines(Q17(all))
	case 18:
		return lines(Q18(all))
	case 19:
		return lines(Q19(all))
	case 20:
		return lines(Q20(all))
	case 21:
		return lines(Q21(all))
	case 22:
		return lines(Q22(all))
	}
	panic(fmt.Errorf("there is no query %d", query))
}

func lines[R any](rows []R) (out []string) {
	for _, r := range rows {
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if err := e.Encode(r); err != nil {
			panic(err)
		}
		out = append(out, string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))))
	}
	slices.Sort(out)
	return out
}
