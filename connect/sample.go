package connect

// Sized is implemented by sources that can say how much there is to read without
// reading it.
type Sized interface {
	// Size says how much the splits have that Splits would list now. It is cheap: it
	// may ask for the sizes of files and look at a bounded number of descriptions, such
	// as footers, but not at records. An error means that nothing is known; the job
	// itself will say what is wrong.
	Size(SplitContext) (Size, error)
}

// Size is how much input there is; a negative number is not known.
type Size struct {
	Records int64 // exactly
	Bytes   int64 // as they are stored: of compressed files, compressed
}

// Sampled is implemented by sources of records of type T that can read a little of
// their input here and there.
type Sampled[T any] interface {
	// Sample returns a source of some records at each of so many places, spread evenly
	// over the input, or fewer places if there is little. Every place is a split of
	// its own, in the order of the input, and bounded: its reader reads few records
	// and few bytes, whatever the input looks like. Equal input has equal samples.
	//
	// What its readers report with AddBytes is not progress, but what their records,
	// and the rejected ones among them, take in the input, in the unit of Size.Bytes:
	// the bytes of a source divided by those of a record in the sample are about as
	// many records as it has.
	Sample(places int) Source[T]
}
