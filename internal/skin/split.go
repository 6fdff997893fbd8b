package skin

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/step"
)

// Split adds an operator with n outputs of the input's type.
func Split[T any](in Flow[T], n int, choose func(T) int) []Flow[T] {
	if n < 1 {
		Mistake(in.Graph, fmt.Errorf("a split into %d outputs", n))
		n = 1
	}
	node := &plan.Node{
		Kind: "split", Detail: []string{fmt.Sprintf("into %d", n)}, Site: plan.Caller(),
		Factory: step.Split(n, step.Open[func(T) int](Plain(in.Graph, choose))),
		Time:    plan.KeepTimes,
		Inputs:  []plan.Input{in.Input},
		Outputs: make([]operator.Element, n),
	}
	for port := range n {
		node.Outputs[port] = element[T](in.Graph)
	}
	own(in.Graph, in.Input)
	in.Graph.Add(node)
	flows := make([]Flow[T], n)
	for port := range n {
		flows[port] = Port[T](in.Graph, node, port)
	}
	return flows
}
