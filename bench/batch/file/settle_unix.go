//go:build unix

package main

import "syscall"

// settle writes to the disk what the kernel has not written yet.
func settle() { syscall.Sync() }
