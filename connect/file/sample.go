package file

import (
	"io"

	"github.com/thalweg/thalweg/connect"
)

const (
	// tail is how far behind a place of a sample the end of its last line is looked for.
	tail = 64 << 10

	// gzipHead and zstandardHead are how much content is read of a compressed file.
	// zstandard has blocks of up to 128 KiB, which it takes from the file as a whole:
	// with less content the bytes it comes of would be counted too high.
	gzipHead      = 64 << 10
	zstandardHead = 128 << 10
)

// Size implements connect.Sized: the sizes of the files on disk. How many records they
// have is not known, unless they are empty.
func (in Input) Size(c connect.SplitContext) (connect.Size, error) {
	if in.err != nil {
		return connect.Size{}, in.err
	}
	files, err := in.list(c)
	if err != nil {
		return connect.Size{}, err
	}
	size := connect.Size{Records: -1}
	for _, f := range files {
		size.Bytes += f.size
	}
	if in.places > 0 {
		pieces, err := in.sample(files, size.Bytes)
		if err != nil {
			return connect.Size{}, err
		}
		size.Bytes = 0
		for _, p := range pieces {
			size.Bytes += p.To - p.From
		}
	}
	if size.Bytes == 0 {
		size.Records = 0
	}
	return size, nil
}

// sampled lists the places of [Input.Sampled]. Few small files are read as a whole. Of
// an input that is itself a sample (see [Sample]), some of the places are taken.
func (in Input) sampled(files []found, total int64) ([]piece, error) {
	if in.places > 0 {
		pieces, err := in.sample(files, total)
		if err != nil {
			return nil, err
		}
		n := min(in.spread, len(pieces))
		for i := range n {
			pieces[i] = pieces[i*len(pieces)/n]
			pieces[i].Most = pieces[i].To - pieces[i].From + tail
		}
		return pieces[:n], nil
	}
	places := int64(in.spread)
	if total <= places*sampleSize && int64(len(files)) <= places {
		places = 0
	}
	var pieces []piece
	next, before := int64(0), int64(0) // place; bytes of the files before this one
	for _, f := range files {
		if places == 0 && f.size > 0 {
			pieces = in.place(pieces, f, 0, f.size)
		}
		once := in.whole || packingOf(f.path) != plain
		for n := 0; next < places && cut(total, places, next) < before+f.size; next++ {
			if n++; n == 1 || !once {
				pieces = in.place(pieces, f, cut(total, places, next)-before, sampleSize)
			}
		}
		before += f.size
	}
	return pieces, nil
}

// place adds the place of a sample that begins at an offset of a file, or at the
// beginning of a file that cannot be split.
func (in Input) place(pieces []piece, f found, from, size int64) []piece {
	p := piece{Path: []byte(f.path), To: f.size}
	switch packingOf(f.path) {
	case gzipped:
		p.Most = gzipHead
	case zstandard:
		p.Most = zstandardHead
	case plain:
		if in.whole {
			from, size = 0, max(size, gzipHead)
		}
		p.From, p.To = from, min(from+size, f.size)
		p.Most = p.To - p.From + tail
	default:
		return pieces
	}
	return append(pieces, p)
}

// bound ends a stream early.
type bound struct {
	from io.Reader
	left int64
	hit  bool // there may be more in the stream
}

func (b *bound) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.hit = true
		return 0, io.EOF
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// bounded ends the content of a place of a sample as many bytes behind the beginning of
// its range as most says, if that is not 0.
func (l *Lines) bounded(content io.Reader, most int64) io.Reader {
	if most == 0 {
		return content
	}
	l.bound = &bound{from: content, left: most - (l.begin - l.from)}
	return l.bound
}

// countSample counts what a place of a sample hands out, rejected lines of a length
// included, and says at its end what that takes in the file: of compressed files, the
// part of what was decompressed that the lines have.
func (l *Lines) countSample(rejected int64) {
	if l.bound == nil {
		return
	}
	l.handed += int64(len(l.text))
	if rejected > 0 {
		l.handed += rejected + 1
	}
	if l.err != io.EOF {
		return
	}
	switch {
	case l.packed == nil:
		l.c.AddBytes(l.handed)
	case !l.bound.hit:
		l.c.AddBytes(l.size)
	default:
		taken := l.packed.n - int64(l.stream.Buffered())
		l.c.AddBytes(int64(float64(taken) * float64(l.handed) / float64(l.cut.Received())))
	}
}
