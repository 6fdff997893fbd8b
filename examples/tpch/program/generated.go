package program

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/queries"
	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

// generated are tables that are made while they are read: any subtask can make any
// row.
type generated struct {
	env *thalweg.Environment
	*tpchgen.Generator
}

func (g generated) Customer() *batch.DataSet[queries.Customer] {
	return batch.Map(batch.Sequence(g.env, 1, g.Customers()+1), func(key int64) queries.Customer {
		c := g.Generator.Customer(key)
		return queries.Customer{
			CustKey: c.Key, Name: c.Name, Address: c.Address, NationKey: c.NationKey, Phone: c.Phone, AcctBal: c.AcctBal,
			MktSegment: c.MktSegment, Comment: c.Comment,
		}
	}).Named("customer")
}

func (g generated) LineItem() *batch.DataSet[queries.LineItem] {
	return batch.FlatMap(batch.Sequence(g.env, 1, g.Generator.Orders()+1), func(order int64, emit func(queries.LineItem)) {
		var lines [7]tpchgen.LineItem
		for _, l := range g.LineItems(order, &lines) {
			emit(queries.LineItem{
				OrderKey: l.OrderKey, PartKey: l.PartKey, SuppKey: l.SuppKey,
				Quantity: l.Quantity, ExtendedPrice: l.ExtendedPrice, Discount: l.Discount, Tax: l.Tax,
				ReturnFlag: l.ReturnFlag, LineStatus: l.LineStatus,
				ShipDate: l.ShipDate, CommitDate: l.CommitDate, ReceiptDate: l.ReceiptDate,
				ShipInstruct: l.ShipInstruct, ShipMode: l.ShipMode,
			})
		}
	}).Named("lineitem")
}

func (g generated) Nation() *batch.DataSet[queries.Nation] {
	return batch.Map(batch.Sequence(g.env, 0, tpchgen.Nations), func(key int64) queries.Nation {
		n := g.Generator.Nation(key)
		return queries.Nation{NationKey: n.Key, Name: n.Name, RegionKey: n.RegionKey}
	}).Named("nation")
}

func (g generated) Orders() *batch.DataSet[queries.Order] {
	return batch.Map(batch.Sequence(g.env, 1, g.Generator.Orders()+1), func(n int64) queries.Order {
		o := g.Order(n)
		return queries.Order{
			OrderKey: o.Key, CustKey: o.CustKey, OrderStatus: o.Status, TotalPrice: o.TotalPrice, OrderDate: o.Date,
			OrderPriority: o.Priority, ShipPriority: o.ShipPriority, Comment: o.Comment,
		}
	}).Named("orders")
}

func (g generated) Part() *batch.DataSet[queries.Part] {
	return batch.Map(batch.Sequence(g.env, 1, g.Parts()+1), func(key int64) queries.Part {
		p := g.Generator.Part(key)
		return queries.Part{
			PartKey: p.Key, Name: p.Name, Mfgr: p.Mfgr, Brand: p.Brand, Type: p.Type, Size: p.Size, Container: p.Container,
		}
	}).Named("part")
}

func (g generated) PartSupp() *batch.DataSet[queries.PartSupp] {
	return batch.FlatMap(batch.Sequence(g.env, 1, g.Parts()+1), func(part int64, emit func(queries.PartSupp)) {
		for _, p := range g.PartSupps(part) {
			emit(queries.PartSupp{PartKey: p.PartKey, SuppKey: p.SuppKey, AvailQty: p.AvailQty, SupplyCost: p.SupplyCost})
		}
	}).Named("partsupp")
}

func (g generated) Region() *batch.DataSet[queries.Region] {
	return batch.Map(batch.Sequence(g.env, 0, tpchgen.Regions), func(key int64) queries.Region {
		return queries.Region{RegionKey: key, Name: g.Generator.Region(key).Name}
	}).Named("region")
}

func (g generated) Supplier() *batch.DataSet[queries.Supplier] {
	return batch.Map(batch.Sequence(g.env, 1, g.Suppliers()+1), func(key int64) queries.Supplier {
		s := g.Generator.Supplier(key)
		return queries.Supplier{
			SuppKey: s.Key, Name: s.Name, Address: s.Address, NationKey: s.NationKey, Phone: s.Phone, AcctBal: s.AcctBal, Comment: s.Comment,
		}
	}).Named("supplier")
}
