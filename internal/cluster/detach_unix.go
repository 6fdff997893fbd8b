//go:build unix

package cluster

import (
	"os/exec"
	"syscall"
)

// detach puts a worker into a process group of its own: an interrupt from the
// terminal reaches the master alone, which then stops the job in order.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
