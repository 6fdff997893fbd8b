"""Writes the files of this folder, with pyarrow 26.0.1 and duckdb 2.0.0.

They hold what golden_test.go expects of row i.
"""
import datetime as dt
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

N = 150
UTC = dt.timezone.utc


def rows():
    for i in range(N):
        null = i % 7 == 3
        yield {
            "b": i % 3 == 0,
            "i8": i % 256 - 128,
            "i16": i * 100 - 15000,
            "i32": i * 1000003,
            "i64": i * 10**12 - 7,
            "u8": i % 256,
            "u16": i * 200,
            "u32": 2**32 - 1 - i,
            "u64": 2**64 - 1 - i,
            "f32": i / 4,
            "f64": i / 3,
            "s": f"row {i // 10}",
            "unique": f"prefix-{i:06d}-ä",
            "raw": bytes([i % 256, 0, 255]),
            "fixed": bytes([i % 256, 1, 2, 3]),
            "day": dt.date(1970, 1, 1) + dt.timedelta(days=i - 100),
            "ms": dt.datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC) + dt.timedelta(milliseconds=i * 7),
            "us": dt.datetime(1969, 12, 31, 23, 59, 59) + dt.timedelta(microseconds=i * 7),
            "clock": dt.time(1, 2, 3, i),
            "dec9": Decimal(i - 150).scaleb(-2),
            "dec18": Decimal(i * 10**12 - 150).scaleb(-4),
            "opt": None if null else i,
            "opts": None if null else f"s{i % 5}",
            "list": None if i % 11 == 5 else list(range(i % 4)),
            "strings": [f"e{j}" for j in range(i % 3)],
            "group": {"x": i, "y": None if i % 5 == 1 else f"y{i}"},
            "maybe": None if null else {"x": -i, "y": f"z{i}"},
        }


def point(x):
    return pa.struct([pa.field("x", x, nullable=False), pa.field("y", pa.string())])


schema = pa.schema(
    [pa.field(n, t, nullable=n.startswith("opt") or n in ("list", "maybe")) for n, t in [
        ("b", pa.bool_()), ("i8", pa.int8()), ("i16", pa.int16()), ("i32", pa.int32()), ("i64", pa.int64()),
        ("u8", pa.uint8()), ("u16", pa.uint16()), ("u32", pa.uint32()), ("u64", pa.uint64()),
        ("f32", pa.float32()), ("f64", pa.float64()), ("s", pa.string()), ("unique", pa.string()),
        ("raw", pa.binary()), ("fixed", pa.binary(4)), ("day", pa.date32()), ("ms", pa.timestamp("ms", tz="UTC")),
        ("us", pa.timestamp("us")), ("clock", pa.time64("us")), ("dec9", pa.decimal128(9, 2)),
        ("dec18", pa.decimal128(18, 4)), ("opt", pa.int64()), ("opts", pa.string()), ("list", pa.list_(pa.int64())),
        ("strings", pa.list_(pa.string())), ("group", point(pa.int64())), ("maybe", point(pa.int64())),
    ]])
table = pa.Table.from_pylist(list(rows()), schema=schema)

pq.write_table(table, "arrow_v1_snappy.parquet", compression="snappy", row_group_size=60, data_page_size=200,
               write_batch_size=10, write_page_index=True)
pq.write_table(table.select(["i32", "list", "strings", "group"]), "arrow_v1_lists_across_pages.parquet", compression="none", row_group_size=150, data_page_size=48,
               write_batch_size=5, use_dictionary=False)
pq.write_table(table, "arrow_v2_delta_zstd.parquet", compression="zstd", data_page_version="2.0", use_dictionary=False,
               row_group_size=60, column_encoding={
                   "i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "opt": "DELTA_BINARY_PACKED",
                   "s": "DELTA_LENGTH_BYTE_ARRAY", "unique": "DELTA_BYTE_ARRAY", "f32": "BYTE_STREAM_SPLIT",
                   "f64": "BYTE_STREAM_SPLIT", "fixed": "BYTE_STREAM_SPLIT", "b": "RLE"})
pq.write_table(table, "arrow_gzip_int96.parquet", compression="gzip", use_deprecated_int96_timestamps=True,
               store_decimal_as_integer=True)
pq.write_table(table, "arrow_lz4.parquet", compression="lz4")
pq.write_table(table, "arrow_brotli.parquet", compression="brotli")
con = duckdb.connect()
con.register("t", table)
con.sql("set timezone='UTC'")
con.sql("copy (select * replace (cast(ms as timestamptz) as ms) from t) to 'duckdb.parquet' (format parquet, row_group_size 2048)")
