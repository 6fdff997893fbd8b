// Writes the files of this folder with DuckDB 1.5.6: some orders, with all that belongs
// to them but most comments, of the tables that examples/tpch/generate makes at scale 0.01,
// and DuckDB's answers on them. In a folder with node_modules that has
// @duckdb/node-api, as bench/peers/duckdb/setup.sh makes one:
//
//   node generate.mjs <directory of the .tbl files> <root of the repository>
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const [data, root] = process.argv.slice(2);
const found = createRequire(join(process.cwd(), "x.js")).resolve("@duckdb/node-api");
const { DuckDBInstance } = await import(pathToFileURL(found));
const db = await (await DuckDBInstance.create(":memory:")).connect();
const out = join(root, "connect/parquet/examples/tpch/testdata/duckdb");
const sql = (name) => readFileSync(join(root, "examples/tpch/testdata/sql", name), "utf8");

await db.run(sql("schema.sql"));
for (const table of ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]) {
  const columns = (await db.runAndReadAll(`select column_name, data_type from duckdb_columns() where table_name = '${table}' order by column_index`)).getRows();
  const types = columns.map(([name, type]) => `'${name}': '${type}'`).join(", ");
  const names = columns.map(([name]) => name).join(", ");
  await db.run(`insert into ${table} select ${names} from read_csv('${data}/${table}.tbl', delim='|', header=false,
    quote='', escape='', auto_detect=false, columns={${types}, 'nothing': 'VARCHAR'})`);
}

// Each query has some of the orders that it asks for.
const orders = (condition, n) => `(select distinct o_orderkey as k from lineitem join orders on l_orderkey = o_orderkey
  join customer on c_custkey = o_custkey join part on p_partkey = l_partkey where ${condition} order by k limit ${n})`;
await db.run(`create table kept as ${[
  orders("c_mktsegment = 'BUILDING' and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'", 14),
  orders("o_orderdate >= date '1993-09-20' and o_orderdate < date '1993-10-01'", 20),
  orders("o_orderdate >= date '1993-12-25' and o_orderdate < date '1994-01-05' and l_returnflag = 'R'", 30),
  orders("l_shipmode in ('MAIL', 'SHIP') and l_shipdate < l_commitdate and l_commitdate < l_receiptdate and year(l_receiptdate) = 1994", 10),
  orders("l_shipdate between date '1995-08-30' and date '1995-10-02' and p_type like 'PROMO%'", 10),
].join(" union ")}`);
await db.run(`delete from orders where o_orderkey not in (select k from kept)`);
await db.run(`delete from lineitem where l_orderkey not in (select k from kept)`);
await db.run(`delete from customer where c_custkey not in (select o_custkey from orders)`);
await db.run(`delete from part where p_partkey not in (select l_partkey from lineitem)`);
await db.run(`delete from partsupp where ps_partkey not in (select p_partkey from part)`);
await db.run(`update lineitem set l_comment = ''; update orders set o_clerk = null;
  update orders set o_comment = '' where o_comment not like '%special%';
  update customer set c_comment = '', c_address = left(c_address, 5); update part set p_comment = ''; update nation set n_comment = '';
  update part set p_name = 'p' where p_name not like '%green%' and p_name not like 'forest%';
  update partsupp set ps_comment = ''; update region set r_comment = ''; update supplier set s_comment = '' where s_comment not like '%Complaints%'`);

for (const [table, order] of [["customer", "c_custkey"], ["nation", "n_nationkey"], ["orders", "o_orderkey"], ["part", "p_partkey"],
  ["partsupp", "ps_partkey, ps_suppkey"], ["region", "r_regionkey"], ["supplier", "s_suppkey"]]) {
  await db.run(`copy (select * from ${table} order by ${order}) to '${out}/${table}.parquet' (format parquet, compression zstd)`);
}
// Of the lines there are two files, one sorted by day.
mkdirSync(`${out}/lineitem`, { recursive: true });
await db.run(`copy (select * from lineitem where l_orderkey % 2 = 0 order by l_orderkey, l_linenumber) to '${out}/lineitem/even.parquet' (format parquet, compression zstd)`);
await db.run(`copy (select * from lineitem where l_orderkey % 2 = 1 order by l_shipdate, l_orderkey) to '${out}/lineitem/odd.parquet' (format parquet, compression snappy)`);
for (let n = 1; n <= 22; n++) {
  const q = String(n).padStart(2, "0");
  await db.run(`copy (${sql(`q${q}.sql`)}) to '${out}/q${q}.csv' (header, delimiter ',')`);
}
