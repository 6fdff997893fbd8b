package exchange

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

func TestBatchesOfManyMegabytesAndOfNoBytesArrive(t *testing.T) {
	p := newPair(t, host.New(), 2)
	big := make([]byte, 8<<20)
	rand.NewChaCha8([32]byte{1}).Read(big)
	p.out.Offer(&parcel{rows: 3, bytes: big}, nil)
	p.out.Offer(&parcel{rows: 682}, nil)
	if f := p.next(t).Batch.(*Frame); f.Len() != 3 || string(f.Bytes()) != string(big) {
		t.Error("8 MiB came out different")
	}
	if f := p.next(t).Batch.(*Frame); f.Len() != 682 || len(f.Bytes()) != 0 {
		t.Errorf("empty rows: %d rows of %d bytes", f.Len(), len(f.Bytes()))
	}
}

func TestSlowReceiverHoldsTheSenderBack(t *testing.T) {
	const credits = 6
	p := newPair(t, host.New(), credits)
	offer := func() bool { return p.out.Offer(&parcel{rows: 1}, nil) }
	for i := range credits {
		if !offer() {
			t.Fatalf("refused after %d of %d credits", i, credits)
		}
	}
	if offer() {
		t.Fatal("accepted more batches than credits")
	}
	for range credits/2 - 1 {
		p.next(t)
	}
	if offer() || p.sender.permits.Load() != 0 {
		t.Fatal("credits came back one by one")
	}
	p.next(t)
	until(t, p.sender, "credits", func() bool { return p.sender.permits.Load() > 0 })
	for range credits / 2 {
		if !offer() {
			t.Fatal("refused although half of the credits are back")
		}
	}
	if offer() {
		t.Fatal("accepted more than what was returned")
	}
	for range credits {
		p.next(t)
	}
	p.noLoss(t)
}

func TestInFlightNeverExceedsTheCredits(t *testing.T) {
	const credits, batches = 5, 3000
	p := newPair(t, host.New(), credits)
	var offered, polled atomic.Int64
	group := host.NewGroup(p.host)
	group.Go(func() {
		for range batches {
			until(t, p.sender, "credits", func() bool { return p.out.Offer(&parcel{rows: 1}, nil) })
			if n := offered.Add(1) - polled.Load(); n > credits {
				t.Errorf("%d in flight", n)
			}
		}
	})
	for range batches {
		polled.Add(1) // before Poll, whose credit may be used before it returns
		p.next(t)
	}
	group.Wait()
	p.noLoss(t)
}

func TestUnboundedChannelsNeverRefuse(t *testing.T) {
	p := newPair(t, host.New(), Unbounded)
	for i := range operator.MaxBatch {
		if !p.out.Offer(&parcel{rows: i}, nil) {
			t.Fatal("refused")
		}
	}
	for i := range operator.MaxBatch {
		if n := p.next(t).Batch.Len(); n != i {
			t.Fatalf("%d where %d was due", n, i)
		}
	}
	p.noLoss(t)
}
