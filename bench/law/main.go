// Command law shows the memory law: jobs on far more data than memory finish in a
// process that is killed when it holds more than a limit. Floor 8.
//
//	go run ./bench/law --limit 256MiB                    # everything, at full size
//	go run ./bench/law --limit 256MiB --only sort --part 0.01
//
// Every job runs in a process of its own, in a control group with that limit where
// one can be made (as root), and else watched: a process whose resident memory
// exceeds the limit is killed. The job is not told its memory: it takes the
// control group's, or is given half of the limit. Its result is checked, and its
// peak is shown.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/memory"
)

// program is the name of the job in a child process.
const program = "law"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "run" {
		thalweg.Main(program, build)
	}
	thalweg.Serve(program, build)
	limit := flag.String("limit", "256MiB", "the memory of a process")
	only := flag.String("only", "", "one job: "+strings.Join(names(), ", "))
	part := flag.Float64("part", 1, "the part of the full size")
	flag.Parse()
	if err := runAll(*limit, *only, *part); err != nil {
		fmt.Fprintln(os.Stderr, "law:", err)
		os.Exit(1)
	}
}

func names() (all []string) {
	for _, j := range jobs {
		all = append(all, j.name)
	}
	return all
}

func runAll(limit, only string, part float64) error {
	bytes, err := memory.Parse(limit)
	if err != nil {
		return err
	}
	known := false
	for _, j := range jobs {
		if only != "" && only != j.name {
			continue
		}
		known = true
		records := max(int64(float64(j.records)*part), 1000)
		peak, how, err := confine(bytes, "--job", j.name, "--records", strconv.FormatInt(records, 10))
		if err != nil {
			return fmt.Errorf("%s of %d records: %w", j.name, records, err)
		}
		fmt.Printf("%s: %d records (%s), %s; peak %s of %s, %s\n",
			j.name, records, memory.Text(records*j.size), j.what, memory.Text(peak), memory.Text(bytes), how)
		if peak > bytes {
			return errors.New("the limit was exceeded")
		}
	}
	if !known {
		return fmt.Errorf("there is no job %q: %s", only, strings.Join(names(), ", "))
	}
	return nil
}

// confine runs this program as a job under a limit and returns the most it held.
func confine(limit int64, args ...string) (peak int64, how string, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, "", err
	}
	group, err := newGroup(limit)
	if err != nil {
		args = append(args, "--memory", strconv.FormatInt(limit/2, 10))
		how = "watched"
	} else {
		defer group.remove()
		how = "in a control group"
	}
	c := exec.Command(self, append([]string{"run"}, args...)...)
	c.Stderr = os.Stderr
	var out strings.Builder
	c.Stdout = &out
	if err := group.start(c, limit); err != nil {
		return 0, how, err
	}
	err = c.Wait()
	peak = group.peak(c)
	switch {
	case err != nil:
		return peak, how, fmt.Errorf("%w after a peak of %s", err, memory.Text(peak))
	case !strings.Contains(out.String(), "right"):
		return peak, how, fmt.Errorf("the result is wrong: %s", out.String())
	}
	return peak, how, nil
}
