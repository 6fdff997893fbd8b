"""Spark in a comparison of bench/tpch:

    python peer.py '{"threads": 2, "memory": 8192, "setup": ["create temporary view ..."], ...}'

See bench/tpch/contender.go for what it is told and what it says. The work is done by
the JVM that pyspark starts: its processor time is told, where /proc says it, and its process named.
"""

import csv
import json
import os
import sys
import time

OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what else is printed goes elsewhere

from pyspark.sql import SparkSession  # noqa: E402


def say(answer):
    print(json.dumps(answer), file=OUT, flush=True)


def cell(value):
    return "" if value is None else str(value)


def processor_time(pid):
    """What a process has used, in seconds; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            user, system = f.read().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def main():
    job = json.loads(sys.argv[1])
    builder = SparkSession.builder.master(f"local[{job['threads']}]").config("spark.driver.memory", f"{job['memory']}m")
    for name, value in job["settings"].items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    pid = spark._jvm.java.lang.ProcessHandle.current().pid()
    for sql in job["setup"]:
        spark.sql(sql)
    say({"ready": True, "pid": pid})
    for line in sys.stdin:
        question = json.loads(line)
        cpu, start = processor_time(pid), time.perf_counter()
        try:
            answer = spark.sql(question["sql"])
            rows = answer.collect()
        except Exception as error:
            say({"failed": str(error).partition("\n")[0]})
            continue
        wall, cpu = time.perf_counter() - start, processor_time(pid) - cpu
        with open(question["answer"], "w", newline="") as f:
            w = csv.writer(f)
            w.writerow(answer.columns)
            w.writerows([cell(v) for v in row] for row in rows)
        say({"wall": wall, "cpu": cpu})
    spark.stop()


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # whatever it is, it ends the comparison
        say({"error": f"{type(error).__name__}: {error}"})
