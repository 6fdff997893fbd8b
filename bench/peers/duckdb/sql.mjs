// DuckDB in a comparison of bench/tpch:
//
//     node sql.mjs <cache folder> '{"threads": 2, "setup": ["create view …"], …}'
//
// See bench/tpch/contender.go for what it is told and what it says. DuckDB writes the
// answer itself, so that nothing here costs it time.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [cache, task] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(cache + "/package.json")("@duckdb/node-api");
const say = (answer) => process.stdout.write(JSON.stringify(answer) + "\n");

try {
  const job = JSON.parse(task);
  const connection = await (await DuckDBInstance.create(job.database || ":memory:")).connect();
  await connection.run(`SET threads = ${job.threads}`);
  for (const [name, value] of Object.entries(job.settings ?? {})) await connection.run(`SET ${name} = ${value}`);
  for (const sql of job.setup ?? []) await connection.run(sql);
  say({ ready: true });

  for await (const line of createInterface({ input: process.stdin })) {
    const { sql, answer } = JSON.parse(line);
    const before = process.cpuUsage();
    const start = process.hrtime.bigint();
    try {
      await connection.run(`copy (${sql}) to '${answer.replaceAll("'", "''")}' (header, delimiter ',')`);
    } catch (error) {
      say({ failed: error.message });
      continue;
    }
    const wall = Number(process.hrtime.bigint() - start) / 1e9;
    const spent = process.cpuUsage(before);
    say({ wall, cpu: (spent.user + spent.system) / 1e6 });
  }
} catch (error) {
  say({ error: error.message });
}
