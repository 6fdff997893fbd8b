package thalweg

import (
	"context"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/whynot"
)

// RunWatched is Run with a look at every report of how the job stands.
func RunWatched(ctx context.Context, build Build, look func(whynot.State), options ...Option) error {
	s := newSettings(append(options, WithName("watched")))
	s.observe = func(p *cluster.Progress) {
		look(whynot.State{Plan: p.Plan, Standings: p.Standings, Figures: p.Figures, Now: s.host.Now()})
	}
	_, err := run(ctx, build, s)
	return err
}

// Execute is Main without the process around it.
var Execute = execute
