package jobtest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// dying is the name of a program whose workers end before they call the master.
const dying = "dying"

// masterVariable makes this binary run an endless job: the one whose master the
// tests kill. Its value is what the job's user code does.
const masterVariable = "JOBTEST_MASTER"

func TestMain(m *testing.M) {
	jobtest.Serve()
	var spec cluster.WorkerSpec
	if json.Unmarshal([]byte(os.Getenv(cluster.WorkerVariable)), &spec) == nil && spec.Job == dying {
		os.Exit(9)
	}
	if how := os.Getenv(masterVariable); how != "" {
		_ = os.Unsetenv(masterVariable)
		fmt.Println("the job ended:", runEndless(how))
		os.Exit(1)
	}
	if line := os.Getenv(stallVariable); line != "" {
		os.Args = append(os.Args[:1], strings.Fields(line)...)
		thalweg.Main("stalled", stalled)
		return
	}
	code := m.Run()
	if binaries != "" {
		_ = os.RemoveAll(binaries)
	}
	os.Exit(code)
}
