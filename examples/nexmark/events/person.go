package events

var (
	states = [...]string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	cities = [...]string{
		"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne",
	}
	firstNames = [...]string{
		"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter",
	}
	lastNames = [...]string{
		"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris",
	}
)

func (g *Generator) person(id int64, r *random, now int64) *Person {
	p := &Person{ID: firstID + lastPerson(id), Time: now}
	w := &g.w
	w.line = append(w.line, firstNames[r.below(int32(len(firstNames)))]...)
	w.line = append(w.line, ' ')
	w.line = append(w.line, lastNames[r.below(int32(len(lastNames)))]...)
	p.Name = w.done()

	w.words(r, 7, ' ')
	w.line = append(w.line, '@')
	w.words(r, 5, ' ')
	w.line = append(w.line, ".com"...)
	p.Email = w.done()

	for i := range 4 {
		if i > 0 {
			w.line = append(w.line, ' ')
		}
		n := r.below(10_000)
		w.line = append(w.line, '0'+byte(n/1000), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
	}
	p.CreditCard = w.done()

	p.City = cities[r.below(int32(len(cities)))]
	p.State = states[r.below(int32(len(states)))]
	size := 8 + len(p.Name) + len(p.Email) + len(p.CreditCard) + len(p.City) + len(p.State)
	p.Extra = w.extra(r, size, g.c.PersonBytes)
	return p
}
