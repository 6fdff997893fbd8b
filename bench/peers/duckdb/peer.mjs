// DuckDB in a comparison of bench/batch:
//
//     node peer.mjs <cache folder> '{"suite": "sort-16", "threads": 2, "rows": 1000, "dir": "…"}'
//
// It makes the data of the suite as tables in memory, says that it is ready, and
// answers one question for each line it reads; see bench/batch/side/serve.go.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { inMemory } from "./memory.mjs";
import { h2oGroup, h2oJoin } from "./h2o.mjs";

const [cache, task] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(cache + "/package.json")("@duckdb/node-api");
const say = (answer) => process.stdout.write(JSON.stringify(answer) + "\n");

try {
  const job = JSON.parse(task);
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const all = async (sql) => (await connection.runAndReadAll(sql)).getRows();
  await all("SET enable_progress_bar = false");
  const suites = { "h2o-groupby": h2oGroup, "h2o-join": h2oJoin };
  const suite = (suites[job.suite] ?? inMemory)(job);
  for (const sql of suite.load) await all(sql);
  await all(`SET threads = ${job.threads}`);
  say({ ready: true });

  for await (const line of createInterface({ input: process.stdin })) {
    const { question } = JSON.parse(line);
    const q = suite.questions[question];
    const before = process.cpuUsage();
    const start = process.hrtime.bigint();
    const rows = await all(q.sql);
    const wall = Number(process.hrtime.bigint() - start) / 1e9;
    const spent = process.cpuUsage(before);
    const answer = q.check ? await q.check(all) : q.answer(rows);
    say({ wall, cpu: (spent.user + spent.system) / 1e6, rows: Number(answer.rows), check: answer.check.map(String) });
  }
} catch (error) {
  say({ error: error.message });
}
