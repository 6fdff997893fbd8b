package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// group is a control group of version 1 or 2 with a limit of memory. A nil group
// watches its process instead.
type group struct{ dir string }

// newGroup makes a group, or says why that is not possible.
func newGroup(limit int64) (*group, error) {
	name := fmt.Sprintf("thalweg-law-%d", os.Getpid())
	for _, try := range []struct{ parent, file string }{
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
		{"/sys/fs/cgroup", "memory.max"},
	} {
		dir := filepath.Join(try.parent, name)
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, try.file), []byte(strconv.FormatInt(limit, 10)), 0o644); err == nil {
			return &group{dir}, nil
		}
		_ = os.Remove(dir)
	}
	return nil, fmt.Errorf("no control group can be made here")
}

// start starts the command as a member of the group: a shell joins it and becomes
// the command. Without a group it is watched.
func (g *group) start(c *exec.Cmd, limit int64) error {
	if g == nil {
		if err := c.Start(); err != nil {
			return err
		}
		go watch(c.Process, limit)
		return nil
	}
	c.Args = append([]string{"sh", "-c", `echo $$ > "$0"/cgroup.procs && exec "$@"`, g.dir, c.Path}, c.Args[1:]...)
	c.Path = "/bin/sh"
	return c.Start()
}

// watch kills a process that holds more than the limit. It ends with the process.
func watch(p *os.Process, limit int64) {
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
		if err != nil {
			return
		}
		if resident(string(status)) > limit {
			_ = p.Kill()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// resident reads the resident memory out of a process's status.
func resident(status string) int64 {
	for line := range strings.Lines(status) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// peak returns the most memory that was resident in the process, which has ended.
func (g *group) peak(c *exec.Cmd) int64 {
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}

func (g *group) remove() { _ = os.Remove(g.dir) }
