package queries

import (
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/where"
)

// resident is a customer or supplier, and the nation it lives in.
type resident struct {
	Key       int64
	NationKey int64
}

// national is a customer or supplier, and the name of its nation.
type national struct {
	Key    int64
	Nation string
}

func residentItself(r *resident) *resident { return r }
func residentNation(r *resident) *int64    { return &r.NationKey }
func residentKey(r *resident) *int64       { return &r.Key }
func nationalKey(n *national) *int64       { return &n.Key }

func residentCustomer(c struct{ CustKey, NationKey int64 }) resident {
	return resident{c.CustKey, c.NationKey}
}

func residentSupplier(s struct{ SuppKey, NationKey int64 }) resident {
	return resident{s.SuppKey, s.NationKey}
}

// theNation reads the nations and keeps one.
func theNation(from Tables, name string) *batch.DataSet[Nation] {
	return batch.Where(from.Nation(), where.Equal(nationName, name))
}

// inRegion reads the regions and keeps the nations of one.
func inRegion(from Tables, nations *batch.DataSet[Nation], name string) *batch.DataSet[Nation] {
	region := batch.Where(from.Region(), where.Equal(regionName, name))
	return batch.SemiJoin(nations, region, batch.On(nationRegionKey, regionKey))
}

// keysIn returns the keys of the residents of nations.
func keysIn(nations *batch.DataSet[Nation], residents *batch.DataSet[resident]) *batch.DataSet[int64] {
	found := batch.SemiJoin(residents, nations, batch.On(residentNation, nationKey))
	return batch.Project(found, func(r resident) int64 { return r.Key })
}

// named gives customers or suppliers the names of their nations, and leaves out those
// whose nations are not given.
func named(nations *batch.DataSet[Nation], residents *batch.DataSet[resident]) *batch.DataSet[national] {
	return batch.Join(nations, residents, batch.On(nationKey, residentNation),
		func(n Nation, r resident) national { return national{r.Key, n.Name} })
}
