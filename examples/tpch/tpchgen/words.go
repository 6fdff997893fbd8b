package tpchgen

import "strings"

// list splits a list of words; "_" stands for a blank within one.
func list(words string) []string {
	all := strings.Fields(words)
	for i, w := range all {
		all[i] = strings.ReplaceAll(w, "_", " ")
	}
	return all
}

// Clause 4.2.2.13.
var (
	typeSizes    = list("STANDARD SMALL MEDIUM LARGE ECONOMY PROMO")
	typeFinishes = list("ANODIZED BURNISHED PLATED POLISHED BRUSHED")
	typeMetals   = list("TIN NICKEL BRASS STEEL COPPER")
	boxSizes     = list("SM LG MED JUMBO WRAP")
	boxKinds     = list("CASE BOX BAG JAR PKG PACK CAN DRUM")
	segments     = list("AUTOMOBILE BUILDING FURNITURE MACHINERY HOUSEHOLD")
	priorities   = list("1-URGENT 2-HIGH 3-MEDIUM 4-NOT_SPECIFIED 5-LOW")
	instructions = list("DELIVER_IN_PERSON COLLECT_COD NONE TAKE_BACK_RETURN")
	modes        = list("REG_AIR AIR RAIL SHIP TRUCK MAIL FOB")
)

// colors make the names of parts.
var colors = list(`almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood burnished chartreuse
	chiffon chocolate coral cornflower cornsilk cream cyan dark deep dim dodger drab firebrick floral forest frosted
	gainsboro ghost goldenrod green grey honeydew hot indian ivory khaki lace lavender lawn lemon light lime linen magenta
	maroon medium metallic midnight mint misty moccasin navajo navy olive orange orchid pale papaya peach peru pink plum
	powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate smoke snow spring steel tan
	thistle tomato turquoise violet wheat white yellow`)

// Clause 4.2.2.14, the vocabulary of comments.
var (
	nouns = list(`packages requests accounts deposits foxes ideas theodolites pinto_beans instructions dependencies excuses
		platelets asymptotes courts dolphins multipliers sauternes warthogs frets dinos attainments somas Tiresias' patterns
		forges braids hockey_players frays warhorses dugouts notornis epitaphs pearls tithes waters orbits gifts sheaves
		depths sentiments decoys realms pains grouches escapades`)
	verbs = list(`sleep wake are cajole haggle nag use boost affix detect integrate maintain nod was lose sublate solve thrash
		promise engage hinder print x-ray breach eat grow impress mold poach serve run dazzle snooze doze unwind kindle play
		hang believe doubt`)
	adjectives = list(`special pending unusual express furious sly careful blithe quick fluffy slow quiet ruthless thin close
		dogged daring brave stealthy permanent enticing idle busy regular final ironic even bold silent`)
	adverbs = list(`sometimes always never furiously slyly carefully blithely quickly fluffily slowly quietly ruthlessly thinly
		closely doggedly daringly bravely stealthily permanently enticingly idly busily regularly finally ironically evenly
		boldly silently`)
	prepositions = list(`about above according_to across after against along alongside_of among around at atop before behind
		beneath beside besides between beyond by despite during except for from in_place_of inside instead_of into near of
		on outside over past since through throughout to toward under until up upon without with within`)
	auxiliaries = list(`do may might shall will would can could should ought_to must will_have_to shall_have_to could_have_to
		should_have_to must_have_to need_to try_to`)
	terminators = list(". ; : ? ! --")
)

// regions and nations are the rows of the two tables that do not grow.
var (
	regions = list("AFRICA AMERICA ASIA EUROPE MIDDLE_EAST")
	nations = []struct {
		name   string
		region int64
	}{
		{"ALGERIA", 0}, {"ARGENTINA", 1}, {"BRAZIL", 1}, {"CANADA", 1}, {"EGYPT", 4}, {"ETHIOPIA", 0}, {"FRANCE", 3},
		{"GERMANY", 3}, {"INDIA", 2}, {"INDONESIA", 2}, {"IRAN", 4}, {"IRAQ", 4}, {"JAPAN", 2}, {"JORDAN", 4}, {"KENYA", 0},
		{"MOROCCO", 0}, {"MOZAMBIQUE", 0}, {"PERU", 1}, {"CHINA", 2}, {"ROMANIA", 3}, {"SAUDI ARABIA", 4}, {"VIETNAM", 2},
		{"RUSSIA", 3}, {"UNITED KINGDOM", 3}, {"UNITED STATES", 1},
	}
)
