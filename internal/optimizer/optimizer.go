// Package optimizer chooses how a graph is run: the strategy of every node that has
// several, and which records need not be distributed because they already are. It
// enumerates plans from the sources to the sinks and keeps the cheapest of those that
// have something a later operator can use (Selinger et al., Access Path Selection in a
// Relational Database Management System, SIGMOD 1979; Graefe and McKenna, The Volcano
// Optimizer Generator, ICDE 1993; interesting properties through user functions as in
// Hueske et al., Opening the Black Boxes in Data Flow Optimization, PVLDB 5, 2012).
// Floor 3.
package optimizer
