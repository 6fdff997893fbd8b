package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Module is the folder of the module that the program is run in.
var Module = sync.OnceValue(func() string {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "."
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
})

// Cache is where the setup scripts of bench/peers put things, unless they are told
// otherwise.
func Cache() string {
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = os.TempDir()
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "thalweg-bench")
}
