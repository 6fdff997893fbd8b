// The suites whose records every engine makes by itself. The formulas are those of
// bench/batch/memory/generate.go, the checksums those of its fold functions.

const saltA = "305419896::UBIGINT"; // 0x12345678
const saltB = "2271560481::UBIGINT"; // 0x87654321
const spread = "1000003::BIGINT";
const stride = "2654435761::UBIGINT";
const fewGroups = 1000;
const perGroup = 10;
const perText = 50;
const perPartner = 10;

// mixed is a query that replaces columns of numbers of 32 bits by their mix and
// keeps others as they are.
function mixed(source, columns, keep = []) {
  const level = (from, change) =>
    `SELECT ${[...keep, ...Object.keys(columns).map((c) => `${change(c)} AS ${c}`)].join(", ")} FROM (${from})`;
  let q = level(source, (c) => columns[c]);
  q = level(q, (c) => `(xor(${c}, ${c} >> 16) * 2146121005::UBIGINT) & 4294967295::UBIGINT`);
  q = level(q, (c) => `(xor(${c}, ${c} >> 15) * 2221713035::UBIGINT) & 4294967295::UBIGINT`);
  return level(q, (c) => `xor(${c}, ${c} >> 16)`);
}

const numbers = (n) => `SELECT range::UBIGINT AS i FROM range(${n})`;
const salted = (e, salt) => `xor(${e}, ${salt})`;
// both has i with two numbers made of it, a and b.
const both = (n) => mixed(numbers(n), { a: salted("i", saltA), b: salted("i", saltB) }, ["i"]);
const name = (d) => `chr(97 + (${d} % 26)::INTEGER) || 'customer-' || lpad((${d})::VARCHAR, 9, '0')`;

// folded is what a checksum is made of: the number of rows and two sums, of which
// the lowest 64 bits count. wrong, if given, counts rows that are not in order.
function folded(from, a, b, wrong) {
  return {
    sql: `SELECT count(*), sum(${a}), sum(${b})${wrong ? `, count(*) FILTER (${wrong})` : ""} FROM ${from}`,
    answer([[rows, x, y, disorder]]) {
      if (disorder) throw new Error(`${disorder} rows are out of order`);
      return { rows, check: [x, y].map((s) => BigInt.asUintN(64, BigInt(s))) };
    },
  };
}

// sorted is a sort whose rows pass by in order: only the row before is needed to see
// that they are.
function sorted(columns, before, order, a, b, wrong) {
  const previous = before.map((c) => `lag(${c}) OVER () AS p_${c}`);
  return folded(`(SELECT ${[...columns, ...previous].join(", ")} FROM (SELECT * FROM t ORDER BY ${order}))`, a, b, wrong);
}

export function inMemory({ suite, rows: n }) {
  const made = {
    "sort-16": () => ({
      load: [`CREATE TABLE t AS SELECT (((a >> 1) << 32) | b)::BIGINT - 4611686018427387904 AS k, i::BIGINT AS v FROM (${both(n)})`],
      ask: sorted(["k", "v"], ["k"], "k", "k", "xor(k, v)", "k < p_k"),
    }),
    "sort-24": () => ({
      load: [`CREATE TABLE t AS SELECT (a % ${fewGroups})::BIGINT AS a, b::BIGINT * ${spread} - 2251799813685248 AS b, i::BIGINT AS v FROM (${both(n)})`],
      ask: sorted(["a", "b", "v"], ["a", "b"], "a, b DESC", "b", "xor(xor(a, b), v)", "a < p_a OR a = p_a AND b > p_b"),
    }),
    "sort-100": () => ({
      load: [`CREATE TABLE t AS SELECT lpad(to_hex((a << 16) | (b >> 16)), 12, '0') AS k, repeat(chr(65 + (i % 26)::INTEGER), 84) AS p, i::UINTEGER AS v FROM (${both(n)})`],
      ask: sorted(["k", "p", "v"], ["k"], "k", "v", "xor(v, ((ascii(k) << 8) + ascii(p))::UINTEGER)", "k < p_k"),
    }),
    "group-few": () => ({
      load: [`CREATE TABLE t AS SELECT (a % ${fewGroups})::BIGINT AS k, b::BIGINT AS v FROM (${both(n)})`],
      ask: grouped("k", "k"),
    }),
    "group-many": () => ({
      load: [`CREATE TABLE t AS SELECT (a % ${Math.floor(n / perGroup)})::BIGINT * ${spread} AS k, b::BIGINT AS v FROM (${both(n)})`],
      ask: grouped("k", "k"),
    }),
    "group-text": () => ({
      load: [`CREATE TABLE t AS SELECT ${name(`a % ${Math.floor(n / perText)}`)} AS k, b::BIGINT AS v FROM (${both(n)})`],
      ask: grouped("k", "ascii(k)::BIGINT"),
    }),
    "join-one": () => ({
      load: [
        `CREATE TABLE l AS SELECT a::BIGINT * ${spread} AS k, i::BIGINT AS v FROM (${both(n)})`,
        `CREATE TABLE r AS SELECT a::BIGINT * ${spread} AS k, i::BIGINT + ${n} AS v FROM (${mixed(numbers(n), { a: salted(`(i * ${stride}) % ${n}`, saltA) }, ["i"])})`,
      ],
      ask: folded("l JOIN r USING (k)", "k", "xor(xor(k, l.v), r.v)"),
    }),
    "join-many": () => {
      const keys = Math.floor(n / perPartner);
      const partners = `SELECT i, b % ${keys} AS partner FROM (${both(n)})`;
      return {
        load: [
          `CREATE TABLE l AS SELECT a::BIGINT * ${spread} AS k, i::BIGINT AS b, i::BIGINT * ${spread} AS v FROM (${both(keys)})`,
          `CREATE TABLE r AS SELECT a::BIGINT * ${spread} AS k, i::BIGINT AS b, partner::BIGINT AS v FROM (${mixed(partners, { a: salted("partner", saltA) }, ["i", "partner"])})`,
        ],
        ask: folded("l JOIN r USING (k)", "k", "xor(xor(l.b, l.v), xor(r.b, r.v))"),
      };
    },
    "join-text": () => {
      const keys = Math.floor(n / perPartner);
      return {
        load: [
          `CREATE TABLE l AS SELECT ${name("i")} AS k, i::BIGINT * ${spread} AS v FROM (${numbers(keys)})`,
          `CREATE TABLE r AS SELECT ${name(`b % ${keys}`)} AS k, i::BIGINT AS v FROM (${both(n)})`,
        ],
        ask: folded("l JOIN r USING (k)", "l.v", "xor(xor(l.v, r.v), ascii(k)::BIGINT)"),
      };
    },
    "distinct-half": () => {
      const drawn = `SELECT a % ${Math.floor(n / 2)} AS d FROM (${both(n)})`;
      return {
        load: [`CREATE TABLE t AS SELECT b::BIGINT * ${spread} AS k, d::BIGINT AS v FROM (${mixed(drawn, { b: salted("d", saltB) }, ["d"])})`],
        ask: folded("(SELECT DISTINCT k, v FROM t)", "k", "xor(k, v)"),
      };
    },
    "distinct-text": () => {
      const d = `a % ${Math.floor(n / perText)}`;
      return {
        load: [`CREATE TABLE t AS SELECT ${name(d)} AS k, (${d})::BIGINT * ${spread} AS v FROM (${both(n)})`],
        ask: folded("(SELECT DISTINCT k, v FROM t)", "v", "xor(v, ascii(k)::BIGINT)"),
      };
    },
  }[suite]();
  return { load: made.load, questions: { [suite]: made.ask } };
}

function grouped(key, mixedKey) {
  return folded(
    `(SELECT ${key}, sum(v)::BIGINT AS s, count(*) AS c FROM t GROUP BY ${key})`, "s", `xor(xor(${mixedKey}, s), c)`);
}
