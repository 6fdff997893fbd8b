// The questions of the db-benchmark, asked in DuckDB's SQL. As there, texts with few
// values are an ENUM, and the time is that of making a temporary table of the answer;
// what it sums to is asked for afterwards.

// asked is a question whose answer is compared by its rows and sums of columns.
function asked(select, ...columns) {
  const sums = columns.map((c) => `coalesce(sum(${c}), 0)::DOUBLE`).join(", ");
  return {
    sql: `CREATE TEMP TABLE ans AS ${select}`,
    async check(all) {
      const [[rows, ...check]] = await all(`SELECT count(*), ${sums} FROM ans`);
      await all("DROP TABLE ans");
      return { rows, check };
    },
  };
}

const csv = (dir, table) => `read_csv('${dir}/${table}.csv', header = true, all_varchar = true)`;

export const h2oGroup = ({ dir }) => ({
  load: [
    `CREATE TYPE id1 AS ENUM (SELECT DISTINCT id1 FROM ${csv(dir, "g1")} ORDER BY id1)`,
    `CREATE TYPE id2 AS ENUM (SELECT DISTINCT id2 FROM ${csv(dir, "g1")} ORDER BY id2)`,
    `CREATE TABLE x (id1 id1, id2 id2, id3 VARCHAR, id4 INTEGER, id5 INTEGER, id6 INTEGER, v1 INTEGER, v2 INTEGER, v3 DOUBLE)`,
    `INSERT INTO x SELECT * FROM ${csv(dir, "g1")}`,
  ],
  questions: {
    "groupby-1": asked("SELECT id1, sum(v1) AS v1 FROM x GROUP BY id1", "v1"),
    "groupby-2": asked("SELECT id1, id2, sum(v1) AS v1 FROM x GROUP BY id1, id2", "v1"),
    "groupby-3": asked("SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM x GROUP BY id3", "v1", "v3"),
    "groupby-4": asked("SELECT id4, avg(v1) AS v1, avg(v2) AS v2, avg(v3) AS v3 FROM x GROUP BY id4", "v1", "v2", "v3"),
    "groupby-5": asked("SELECT id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3 FROM x GROUP BY id6", "v1", "v2", "v3"),
    "groupby-6": asked("SELECT id4, id5, median(v3) AS median, stddev_samp(v3) AS deviation FROM x GROUP BY id4, id5", "median", "deviation"),
    "groupby-7": asked("SELECT id3, max(v1) - min(v2) AS range FROM x GROUP BY id3", "range"),
    "groupby-8": asked("SELECT id6, unnest(max(v3, 2)) AS v3 FROM x GROUP BY id6", "v3"),
    "groupby-9": asked("SELECT id2, id4, pow(corr(v1, v2), 2) AS r2 FROM x GROUP BY id2, id4", "r2"),
    "groupby-10": asked(
      "SELECT id1, id2, id3, id4, id5, id6, sum(v3) AS v3, count(*) AS n FROM x GROUP BY id1, id2, id3, id4, id5, id6", "v3", "n"),
  },
});

const both = (dir, column, tables) =>
  `CREATE TYPE ${column} AS ENUM (SELECT DISTINCT ${column} FROM (${tables.map((t) => `SELECT ${column} FROM ${csv(dir, t)}`).join(" UNION ALL ")}))`;

export const h2oJoin = ({ dir }) => ({
  load: [
    both(dir, "id4", ["x", "small", "medium", "big"]),
    both(dir, "id5", ["x", "medium", "big"]),
    "CREATE TABLE x (id1 BIGINT, id2 BIGINT, id3 BIGINT, id4 id4, id5 id5, id6 VARCHAR, v1 DOUBLE)",
    "CREATE TABLE small (id1 BIGINT, id4 id4, v2 DOUBLE)",
    "CREATE TABLE medium (id1 BIGINT, id2 BIGINT, id4 id4, id5 id5, v2 DOUBLE)",
    "CREATE TABLE big (id1 BIGINT, id2 BIGINT, id3 BIGINT, id4 id4, id5 id5, id6 VARCHAR, v2 DOUBLE)",
    ...["x", "small", "medium", "big"].map((t) => `INSERT INTO ${t} SELECT * FROM ${csv(dir, t)}`),
  ],
  questions: {
    "join-1": asked("SELECT x.*, s.id4 AS s_id4, v2 FROM x JOIN small s USING (id1)", "v1", "v2"),
    "join-2": asked("SELECT x.*, m.id1 AS m_id1, m.id4 AS m_id4, m.id5 AS m_id5, v2 FROM x JOIN medium m USING (id2)", "v1", "v2"),
    "join-3": asked("SELECT x.*, m.id1 AS m_id1, m.id4 AS m_id4, m.id5 AS m_id5, v2 FROM x LEFT JOIN medium m USING (id2)", "v1", "v2"),
    "join-4": asked("SELECT x.*, m.id1 AS m_id1, m.id2 AS m_id2, m.id4 AS m_id4, v2 FROM x JOIN medium m USING (id5)", "v1", "v2"),
    "join-5": asked(
      "SELECT x.*, b.id1 AS b_id1, b.id2 AS b_id2, b.id4 AS b_id4, b.id5 AS b_id5, b.id6 AS b_id6, v2 FROM x JOIN big b USING (id3)", "v1", "v2"),
  },
});
