"""Polars in a comparison of bench/batch:

    POLARS_MAX_THREADS=2 python peer.py '{"suite": "h2o-groupby", "dir": "..."}'

It has the tables in memory when it says that it is ready, and answers one question
for each line it reads; see bench/batch/side/serve.go. As in the db-benchmark, texts
are categorical, and the time is that of collecting the answer; what it sums to is
computed afterwards.
"""

import gc
import json
import sys
import time

import polars as pl
from polars import col

FEW = pl.Categorical


def table(path, **types):
    """Reads a file whose columns not named in types are texts of few values."""
    return pl.read_csv(path, schema_overrides={"id4": FEW, "id5": FEW, "id6": FEW} | types)


def group_by(directory):
    whole = dict.fromkeys(["id4", "id5", "id6", "v1", "v2"], pl.Int32)
    x = table(directory + "/g1.csv", id1=FEW, id2=FEW, id3=FEW, **whole).lazy()
    sums = [col("v1").sum(), col("v2").sum(), col("v3").sum()]
    means = [col("v1").mean(), col("v2").mean(), col("v3").mean()]
    return {
        "groupby-1": (lambda: x.group_by("id1").agg(col("v1").sum()), ["v1"]),
        "groupby-2": (lambda: x.group_by("id1", "id2").agg(col("v1").sum()), ["v1"]),
        "groupby-3": (lambda: x.group_by("id3").agg(col("v1").sum(), col("v3").mean()), ["v1", "v3"]),
        "groupby-4": (lambda: x.group_by("id4").agg(means), ["v1", "v2", "v3"]),
        "groupby-5": (lambda: x.group_by("id6").agg(sums), ["v1", "v2", "v3"]),
        "groupby-6": (
            lambda: x.group_by("id4", "id5").agg(median=col("v3").median(), deviation=col("v3").std()),
            ["median", "deviation"],
        ),
        "groupby-7": (lambda: x.group_by("id3").agg(range=col("v1").max() - col("v2").min()), ["range"]),
        "groupby-8": (lambda: x.group_by("id6").agg(col("v3").top_k(2)).explode("v3"), ["v3"]),
        "groupby-9": (lambda: x.group_by("id2", "id4").agg(r2=pl.corr("v1", "v2") ** 2), ["r2"]),
        "groupby-10": (
            lambda: x.group_by("id1", "id2", "id3", "id4", "id5", "id6").agg(col("v3").sum(), n=pl.len()),
            ["v3", "n"],
        ),
    }


def join(directory):
    keys = dict.fromkeys(["id1", "id2", "id3"], pl.Int32)
    x, small, medium, big = (
        table(f"{directory}/{name}.csv", **{k: keys[k] for k in present}).lazy()
        for name, present in [
            ("x", ["id1", "id2", "id3"]),
            ("small", ["id1"]),
            ("medium", ["id1", "id2"]),
            ("big", ["id1", "id2", "id3"]),
        ]
    )
    values = ["v1", "v2"]
    return {
        "join-1": (lambda: x.join(small, on="id1"), values),
        "join-2": (lambda: x.join(medium, on="id2"), values),
        "join-3": (lambda: x.join(medium, on="id2", how="left"), values),
        "join-4": (lambda: x.join(medium, on="id5"), values),
        "join-5": (lambda: x.join(big, on="id3"), values),
    }


def say(answer):
    print(json.dumps(answer), flush=True)


def main():
    job = json.loads(sys.argv[1])
    questions = {"h2o-groupby": group_by, "h2o-join": join}[job["suite"]](job["dir"])
    say({"ready": True})
    for line in sys.stdin:
        ask, columns = questions[json.loads(line)["question"]]
        gc.collect()
        cpu, start = time.process_time(), time.perf_counter()
        answer = ask().collect()
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        wide = [answer[c].cast(pl.Float64 if answer[c].dtype.is_float() else pl.Int64) for c in columns]
        say({"wall": wall, "cpu": cpu, "rows": answer.height, "check": [repr(c.sum()) for c in wide]})
        del answer, wide


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # whatever it is, it ends the comparison
        say({"error": f"{type(error).__name__}: {error}"})
