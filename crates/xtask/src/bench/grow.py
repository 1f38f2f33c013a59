"""Copies the ended orders of a store's one plan many times over, under other names.

What a store looks like after years, made in seconds: rows of orders, executions, runs, events and
audit lines with their own keys. The views stay as large as their indexes make a pass feel; the store
is for measuring only, and `db verify` would rightly refuse it.

usage: grow.py STORE RUN_ID COPIES
"""

import sqlite3
import sys


def copy(db, table, renamed, numbered, run, copies, keep, emptied=()):
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    span = db.execute("SELECT max(seq) FROM events").fetchone()[0]

    def value(column):
        if column in emptied:
            return "'{}'"
        if column in renamed:
            return f"replace({column}, :run, printf('old-%07d', n))"
        if column in numbered:
            return f"{column} || printf('-%07d', n)"
        return f"seq + n * {span}" if column == "seq" else column

    values = ", ".join(value(column) for column in columns)
    db.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) WITH RECURSIVE copies(n) AS"
        f" (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < :copies)"
        f" SELECT {values} FROM copies, (SELECT * FROM {table} WHERE {keep})",
        {"run": run, "copies": copies},
    )


def main(path, run, copies):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -400000")
    indexes = db.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    db.execute("BEGIN")
    of_run = f"instr(body, '{run}') > 0"
    renamed = {"id", "run_id", "order_id", "body"}
    copy(db, "audit_logs", renamed, set(), run, copies, "run_id = :run")
    copy(db, "executions", renamed, {"trade_id"}, run, copies, "run_id = :run")
    copy(db, "orders", renamed, set(), run, copies, "run_id = :run")
    copy(db, "runs", renamed, set(), run, copies, "id = :run")
    # No pass reads old events: their number counts, their words would only fill the disk.
    copy(db, "events", renamed, set(), run, copies, of_run, emptied={"body"})
    last = db.execute("SELECT max(seq) FROM events").fetchone()[0]
    db.execute("UPDATE meta SET value = ? WHERE key = 'applied_seq'", (last,))
    db.execute("COMMIT")
    for _, sql in indexes:
        db.execute(sql)
    db.execute("PRAGMA journal_mode = WAL")
    for table in ("orders", "executions", "events"):
        print(table, db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
