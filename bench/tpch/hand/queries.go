package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// q1 adds up lines by flag and status, which are a letter each. Quantities are whole
// numbers in the files, money has cents.
func q1(dir string, answer *bytes.Buffer) error {
	type group struct{ count, quantity, price, discount, discounted, charge int64 }
	var groups [1 << 16]group
	if err := lines(dir, "lineitem", func(r *row) {
		r.skip(4)
		quantity, price, discount, tax := r.number(), r.number(), r.number(), r.number()
		key := int(r.text()[0])<<8 | int(r.text()[0])
		if string(r.text()) > "1998-09-02" {
			return
		}
		g := &groups[key]
		g.count++
		g.quantity += quantity
		g.price += price
		g.discount += discount
		discounted := price * (100 - discount)
		g.discounted += discounted
		g.charge += discounted * (100 + tax)
	}); err != nil {
		return err
	}
	fmt.Fprintln(answer, "l_returnflag,l_linestatus,sum_qty,sum_base_price,sum_disc_price,sum_charge,avg_qty,avg_price,avg_disc,count_order")
	for key, g := range groups {
		if g.count > 0 {
			n := float64(g.count)
			fmt.Fprintf(answer, "%c,%c,%s,%s,%s,%s,%v,%v,%v,%d\n", key>>8, key&0xff, decimal(g.quantity, 0), decimal(g.price, 2),
				decimal(g.discounted, 4), decimal(g.charge, 6), float64(g.quantity)/n, float64(g.price)/100/n, float64(g.discount)/100/n, g.count)
		}
	}
	return nil
}

// q3 looks lines up in a map of the orders, and orders in one of the customers.
func q3(dir string, answer *bytes.Buffer) error {
	customers := map[int64]struct{}{}
	if err := lines(dir, "customer", func(r *row) {
		key := r.number()
		r.skip(5)
		if string(r.text()) == "BUILDING" {
			customers[key] = struct{}{}
		}
	}); err != nil {
		return err
	}
	type order struct {
		key, revenue int64
		lines        int
		date         string
		priority     int64
	}
	orders := map[int64]*order{}
	if err := lines(dir, "orders", func(r *row) {
		key, customer := r.number(), r.number()
		r.skip(2)
		date := r.text()
		if string(date) >= "1995-03-15" {
			return
		}
		if _, ok := customers[customer]; ok {
			r.skip(2)
			orders[key] = &order{key: key, date: string(date), priority: r.number()}
		}
	}); err != nil {
		return err
	}
	if err := lines(dir, "lineitem", func(r *row) {
		o := orders[r.number()]
		if o == nil {
			return
		}
		r.skip(4)
		price, discount := r.number(), r.number()
		r.skip(3)
		if string(r.text()) > "1995-03-15" {
			o.lines++
			o.revenue += price * (100 - discount)
		}
	}); err != nil {
		return err
	}
	var found []*order
	for _, o := range orders {
		if o.lines > 0 {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *order) int {
		return cmp.Or(cmp.Compare(b.revenue, a.revenue), cmp.Compare(a.date, b.date), cmp.Compare(a.key, b.key))
	})
	fmt.Fprintln(answer, "l_orderkey,revenue,o_orderdate,o_shippriority")
	for _, o := range found[:min(10, len(found))] {
		fmt.Fprintf(answer, "%d,%s,%s,%d\n", o.key, decimal(o.revenue, 4), o.date, o.priority)
	}
	return nil
}

// q6 adds up the discounts of some lines.
func q6(dir string, answer *bytes.Buffer) error {
	var revenue int64
	if err := lines(dir, "lineitem", func(r *row) {
		r.skip(4)
		quantity := r.number()
		if quantity >= 24 {
			return
		}
		price, discount := r.number(), r.number()
		if discount < 5 || discount > 7 {
			return
		}
		r.skip(3)
		if date := string(r.text()); date >= "1994-01-01" && date < "1995-01-01" {
			revenue += price * discount
		}
	}); err != nil {
		return err
	}
	fmt.Fprintf(answer, "revenue\n%s\n", decimal(revenue, 4))
	return nil
}
