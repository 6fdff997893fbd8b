package outofcore

import (
	"errors"
	"io"
)

// descend joins the two sides of a partition on disk.
func (j *Join[B, P, K]) descend(f *joinFiles[B, P]) error {
	build := joinSide[B]{f.build, f.build.rows*4 > j.built*3 && (j.built >= fewRows || f.build.rows == j.built)}
	probe := joinSide[P]{f.probe, f.probe.rows*4 > j.probed*3 && (j.probed >= fewRows || f.probe.rows == j.probed)}
	if f.probe.bytes < f.build.bytes && !j.spec.NoReversal {
		return joinSides(j.spec.reversed(), j.room, j.level+1, j.work, probe, build)
	}
	return joinSides(j.spec, j.room, j.level+1, j.work, build, probe)
}

// joinSide is one side of a partition on disk. It is large if it has most of the
// rows that were partitioned.
type joinSide[T any] struct {
	file  *rowFile[T]
	large bool
}

func joinSides[B, P, K any](spec *JoinSpec[B, P, K], room Room, level int, work *joinWork[K], build joinSide[B], probe joinSide[P]) error {
	if build.file.rows == 0 || probe.file.rows == 0 {
		if err := forEach(build.file, spec.BuildAlone); err != nil {
			return err
		}
		return forEach(probe.file, spec.ProbeAlone)
	}
	if !spec.ForceNestedLoops && !build.large {
		err := hashJoin(spec, room, level, work, build.file, probe.file)
		if !errors.Is(err, errLarge) {
			return err
		}
	}
	return nestedLoops(spec, room, level, work, build.file, probe.file)
}

// forEach calls f, unless it is nil, for every row of a file.
func forEach[T any](file *rowFile[T], f func(row *T) error) error {
	if f == nil {
		return nil
	}
	return file.batches(true, func(rows []T) error {
		for i := range rows {
			if err := f(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// batches calls f for all rows. lends is that of [rowFile.read].
func (f *rowFile[T]) batches(lends bool, each func(rows []T) error) error {
	r := f.read(lends)
	defer r.close()
	for {
		rows, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(rows); err != nil {
			return err
		}
	}
}

// hashJoin joins two files as a join of the next level does. The error is errLarge,
// and nothing has happened, if that would not make them smaller.
func hashJoin[B, P, K any](spec *JoinSpec[B, P, K], room Room, level int, work *joinWork[K], build *rowFile[B], probe *rowFile[P]) error {
	j := newJoin(spec, room, level, work)
	defer j.Close()
	if err := build.batches(false, j.Build); err != nil {
		return err
	}
	if err := j.BuildDone(); err != nil {
		return err
	}
	if err := probe.batches(spec.lendsProbe(), j.Probe); err != nil {
		return err
	}
	return j.ProbeDone()
}

// loops is the state of nested loops over two files.
type loops[B, P, K any] struct {
	spec  *JoinSpec[B, P, K]
	room  Room
	level int
	work  *joinWork[K]

	in    *rowReader[B]
	rest  []B // read, and not yet in a table
	last  bool
	probe *rowFile[P]
	marks *joinMarks // nil: no probe row has to be remembered
}

// nestedLoops joins as many build rows as fit with all probe rows, and then the
// next ones.
func nestedLoops[B, P, K any](spec *JoinSpec[B, P, K], room Room, level int, work *joinWork[K], build *rowFile[B], probe *rowFile[P]) error {
	l := loops[B, P, K]{spec: spec, room: room, level: level, work: work, in: build.read(false), probe: probe}
	defer l.in.close()
	if spec.wantsProbe() {
		l.marks = newJoinMarks(room, probe.rows)
		defer l.marks.close()
	}
	for !l.last {
		if err := l.pass(); err != nil {
			return err
		}
	}
	return nil
}

// pass joins the next build rows.
func (l *loops[B, P, K]) pass() error {
	j := newJoin(l.spec, l.room, l.level, l.work)
	defer j.Close()
	j.loops, j.rows.stage = true, 0
	out := l.probe.read(l.spec.lendsProbe())
	defer out.close()
	if err := out.advance(); err != nil { // its page is taken first
		return err
	}
	if err := l.fill(j); err != nil {
		return err
	}
	if err := j.BuildDone(); err != nil {
		return err
	}
	if l.marks != nil {
		if err := l.marks.begin(); err != nil {
			return err
		}
	}
	for row := int64(0); ; {
		rows, err := out.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		fates, err := j.lookup(rows)
		if err != nil {
			return err
		}
		if l.marks != nil {
			if err := l.mark(rows, fates, row); err != nil {
				return err
			}
		}
		row += int64(len(rows))
	}
	if l.marks != nil {
		if err := l.marks.end(); err != nil {
			return err
		}
	}
	return j.finish()
}

// fill adds build rows until there are no more, or no more fit.
func (l *loops[B, P, K]) fill(j *Join[B, P, K]) error {
	for {
		if len(l.rest) == 0 {
			rows, err := l.in.next()
			if err == io.EOF {
				l.last = true
				return nil
			}
			if err != nil {
				return err
			}
			l.rest = rows
		}
		n, err := j.build(l.rest)
		if err != nil {
			return err
		}
		if l.rest = l.rest[n:]; len(l.rest) > 0 {
			return nil
		}
	}
}

// mark remembers which probe rows, of which the first is the given one of the file,
// have a partner, and calls what is wanted for them.
func (l *loops[B, P, K]) mark(rows []P, fates []fate, first int64) error {
	for i := range rows {
		was, err := l.marks.set(first+int64(i), fates[i] == matched)
		if err != nil {
			return err
		}
		f := l.spec.ProbeMatched
		switch {
		case was || fates[i] == alone && !l.last:
			continue
		case fates[i] == alone:
			f = l.spec.ProbeAlone
		}
		if f != nil {
			if err := f(&rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
