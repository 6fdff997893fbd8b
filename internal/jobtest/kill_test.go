package jobtest_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/connect/text"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

var kills = flag.Int("jobtest.kills", 20, "how many processes die in TestNothingIsLostByKilling")

// metering is a line of the files that killed reads.
type metering struct{ Meter, At int64 }

func meterOf(r *metering) *int64 { return &r.Meter }
func readAt(r *metering) *int64  { return &r.At }

const (
	meters      = 50
	killedLines = 150_000 // in each of killedFiles
	killedFiles = 3
)

type perSecond struct{ Meter, Readings, Last int64 }

func perSecondMeter(p *perSecond) *int64 { return &p.Meter }
func perSecondCount(p *perSecond) *int64 { return &p.Readings }
func perSecondLast(p *perSecond) *int64  { return &p.Last }

// killed counts, one by one and in windows, what it reads from files, and writes files.
var killed = jobtest.Register(&jobtest.Program{
	Name: "killed",
	Build: func(env *thalweg.Environment, _ *jobtest.Out) error {
		in, out := env.Arg("in", ""), env.Arg("out", "")
		lines := stream.Map(stream.Read(env, text.Read(in)), func(line string) metering {
			meter, at, _ := strings.Cut(line, " ")
			m, _ := strconv.ParseInt(meter, 10, 64)
			a, _ := strconv.ParseInt(at, 10, 64)
			return metering{m, a}
		})
		timed := stream.AssignTime(lines, eventtime.Millis(readAt).Disorder(time.Second))
		counted := stream.Process(stream.KeyBy(timed, meterOf), func(ctx *stream.KeyedContext[int64, string]) (stream.Handler[metering], error) {
			count := state.NewValue[int64](ctx, "count")
			return stream.Handler[metering]{Record: func(metering) {
				count.Set(count.Get() + 1)
				ctx.Emit(fmt.Sprintf("%d %d", ctx.Key(), count.Get()))
			}}, nil
		})
		stream.WriteText(counted, filepath.Join(out, "counted"))
		windows := stream.KeyBy(timed, meterOf).Window(window.Tumbling(time.Second))
		summed := stream.AggregateWindowInto(windows, agg.FirstInto(meterOf, perSecondMeter), agg.CountInto[metering](perSecondCount), agg.MaxInto(readAt, perSecondLast))
		stream.WriteText(stream.Map(summed, func(r window.Result[perSecond]) string {
			return fmt.Sprint(r.Value.Meter, " ", r.Start.UnixMilli()/1000, " ", r.Value.Readings, " ", r.Value.Last)
		}), filepath.Join(out, "windows"))
		return nil
	},
})

func killedInput(t *testing.T, dir string) (counted, windows []string) {
	t.Helper()
	r := jobtest.Random(jobtest.Seed(t))
	counts, perSecond := map[int64]int64{}, map[[2]int64][2]int64{}
	for f := range killedFiles {
		var b strings.Builder
		for i := range int64(killedLines) {
			meter, at := r.Int64N(meters), i+r.Int64N(500)
			fmt.Fprintf(&b, "%d %d\n", meter, at)
			counts[meter]++
			w := perSecond[[2]int64{meter, at / 1000}]
			perSecond[[2]int64{meter, at / 1000}] = [2]int64{w[0] + 1, max(w[1], at)}
			counted = append(counted, fmt.Sprintf("%d %d", meter, counts[meter]))
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(f)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for key, w := range perSecond {
		windows = append(windows, fmt.Sprint(key[0], " ", key[1], " ", w[0], " ", w[1]))
	}
	slices.Sort(counted)
	slices.Sort(windows)
	return counted, windows
}

// killing is a host that kills one of the job's processes, a moment after each checkpoint
// but some.
type killing struct {
	host.Host
	kill func()
}

func (k *killing) Files() host.FileSystem { return killingFiles{k.Host.Files(), k} }

type killingFiles struct {
	host.FileSystem
	host *killing
}

func (f killingFiles) Rename(from, to string) error {
	err := f.FileSystem.Rename(from, to)
	if filepath.Base(to) == "manifest" {
		f.host.kill()
	}
	return err
}

// TestNothingIsLostByKilling kills processes at random moments until so many are dead, in as
// many jobs as that takes.
func TestNothingIsLostByKilling(t *testing.T) {
	seed := jobtest.Seed(t)
	in := t.TempDir()
	counted, windows := killedInput(t, in)
	r := jobtest.Random(seed + 1)
	var dead atomic.Int64
	for job := 0; dead.Load() < int64(*kills); job++ {
		out := t.TempDir()
		before := dead.Load()
		h := &killing{Host: host.New()}
		h.kill = func() {
			if r.IntN(3) == 0 || dead.Load() >= int64(*kills) {
				return
			}
			delay, which := time.Duration(r.IntN(30))*time.Millisecond, r.IntN(3)
			time.AfterFunc(delay, func() {
				children := jobtest.Children(t, os.Getpid())
				if which >= len(children) {
					return
				}
				if pid, err := strconv.Atoi(children[which]); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
					dead.Add(1)
				}
			})
		}
		_, result, err := killed.RunOn(jobtest.Deadline(t), jobtest.Apart, thalweg.OnHost(h), thalweg.WithRestarts(1000),
			thalweg.WithArgument("in", in), thalweg.WithArgument("out", out),
			thalweg.WithCheckpoints(filepath.Join(out, "checkpoints"), 10*time.Millisecond))
		if err != nil {
			t.Fatalf("job %d: %v", job, err)
		}
		t.Logf("job %d: %d killed, %d checkpoints, %d restarts", job, dead.Load()-before, result.Checkpoints, len(result.Failures))
		if d := jobtest.Difference(linesIn(t, filepath.Join(out, "counted")), counted); d != "" {
			t.Fatalf("job %d: counted: %s", job, d)
		}
		if d := jobtest.Difference(linesIn(t, filepath.Join(out, "windows")), windows); d != "" {
			t.Fatalf("job %d: windows: %s", job, d)
		}
	}
}
