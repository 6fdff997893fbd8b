package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// SalesOpportunity is a row of the answer to query 22.
type SalesOpportunity struct {
	CountryCode string          `csv:"cntrycode"`
	NumCust     int64           `csv:"numcust"`
	TotAcctBal  values.Decimal2 `csv:"totacctbal"`
}

// account is what query 22 needs of a customer. All of them together have the sum of
// the money and their number.
type account struct {
	CustKey int64
	SalesOpportunity
}

func accountCustomer(a *account) *int64               { return &a.CustKey }
func countryCode(s *SalesOpportunity) *string         { return &s.CountryCode }
func numCust(s *SalesOpportunity) *int64              { return &s.NumCust }
func totAcctBal(s *SalesOpportunity) *values.Decimal2 { return &s.TotAcctBal }

// Q22 is the global sales opportunity query: how many customers there are in some
// countries, by their telephone numbers, who have more than the average of those who
// have any money, and have never ordered.
func Q22(from Tables) *batch.DataSet[SalesOpportunity] {
	codes := []string{"13", "31", "23", "29", "30", "18", "17"}

	customers := from.Customer()
	orders := from.Orders()
	var calls []where.Predicate[Customer]
	for _, code := range codes {
		calls = append(calls, where.Prefix(phone, code))
	}
	// The average is that of positive balances, so no others are above it.
	solvent := batch.Where(customers, where.Above(balance, 0), where.Any(calls...))
	accounts := batch.MapFields(solvent, func(c struct {
		CustKey int64
		Phone   string
		AcctBal values.Decimal2
	}) account {
		return account{c.CustKey, SalesOpportunity{c.Phone[:2], 1, c.AcctBal}}
	})

	everything := batch.Project(accounts, func(a account) SalesOpportunity { return a.SalesOpportunity }).
		Aggregate(agg.Sum(numCust), agg.Sum(totAcctBal))
	rich := batch.CrossFlat(accounts, everything, func(a account, all SalesOpportunity, emit func(account)) {
		if a.TotAcctBal*values.Decimal2(all.NumCust) > all.TotAcctBal {
			emit(a)
		}
	})
	idle := batch.AntiJoin(rich, batch.MapFields(orders, keyOfCustomer), batch.On(accountCustomer, itself))
	opportunities := batch.Project(idle, func(a account) SalesOpportunity { return a.SalesOpportunity })
	sums := batch.GroupBy(opportunities, countryCode).Aggregate(agg.Sum(numCust), agg.Sum(totAcctBal))
	return batch.Sort(sums, batch.Asc(countryCode))
}
