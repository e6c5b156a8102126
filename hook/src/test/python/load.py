"""Programs whose files have to be right at every moment: load.py write|check KIND DIR...

write works in one DIR until it is killed; check looks at copies of it and says what is wrong.
  rollback, wal   SQLite with either journal; two tables whose sum stays the same
  append          numbered lines, one write each
  editor          a file that is saved by writing a new one and renaming it
  counters        two files full of one number, the second written right after the first, with hardly a pause
"""
import hashlib
import os
import random
import sqlite3
import sys
import time

ACCOUNTS = 50
TOTAL = ACCOUNTS * 1000
PAUSE_S_MAX = 0.03
COUNTER_LINES = 1500
COUNTER_PAUSE_S = 0.0003


def pause():
    time.sleep(random.random() * PAUSE_S_MAX)


def database(folder):
    return sqlite3.connect(os.path.join(folder, "db"), isolation_level=None)


def write_database(folder, journal):
    db = database(folder)
    db.execute(f"PRAGMA journal_mode = {journal}")
    db.execute("BEGIN")
    for table in "ab":
        db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, amount INTEGER, note TEXT)")
        rows = ((i, 500, "x" * 200) for i in range(ACCOUNTS))
        db.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
    db.execute("COMMIT")
    while True:
        amount, note = random.randrange(100), str(random.random()) * random.randrange(40)
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE a SET amount = amount - ? WHERE id = ?", (amount, pick()))
        db.execute("UPDATE b SET amount = amount + ?, note = ? WHERE id = ?", (amount, note, pick()))
        db.execute("COMMIT")
        pause()


def pick():
    return random.randrange(ACCOUNTS)


def check_database(folder):
    if not os.path.exists(os.path.join(folder, "db")):
        return
    db = database(folder)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        total = sum(db.execute(f"SELECT sum(amount) FROM {t}").fetchone()[0] for t in "ab")
        assert total == TOTAL, f"sum is {total}"
    db.close()


def write_append(folder):
    fd = os.open(os.path.join(folder, "log"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    number = 0
    while True:
        for _ in range(random.randrange(1, 5)):
            number += 1
            os.write(fd, f"{number} {'y' * random.randrange(300)} end\n".encode())
        pause()


def check_append(folder):
    if not os.path.exists(os.path.join(folder, "log")):
        return
    with open(os.path.join(folder, "log")) as log:
        for number, line in enumerate(log, 1):
            assert line.startswith(f"{number} ") and line.endswith(" end\n"), f"line {number}: {line}"


def write_editor(folder):
    while True:
        text = os.urandom(random.randrange(1, 20000)).hex()
        with open(os.path.join(folder, "text.new"), "w") as new:
            new.write(hashlib.sha256(text.encode()).hexdigest() + "\n")
            for start in range(0, len(text), 4000):
                new.write(text[start : start + 4000])
                new.flush()
        os.rename(os.path.join(folder, "text.new"), os.path.join(folder, "text"))
        pause()


def check_editor(folder):
    if not os.path.exists(os.path.join(folder, "text")):
        return
    with open(os.path.join(folder, "text")) as file:
        digest, text = file.read().split("\n")
    assert hashlib.sha256(text.encode()).hexdigest() == digest, "text is not as it was saved"


def write_counters(folder):
    files = [os.open(os.path.join(folder, name), os.O_CREAT | os.O_WRONLY) for name in "ab"]
    number = 0
    while True:
        number += 1
        for fd in files:
            os.pwrite(fd, (b"%020d\n" % number) * COUNTER_LINES, 0)
        time.sleep(COUNTER_PAUSE_S)


def check_counters(folder):
    if not os.path.exists(os.path.join(folder, "b")):
        return
    a, b = (set(open(os.path.join(folder, name))) or {"0"} for name in "ab")
    assert len(a) == len(b) == 1, f"{len(a)} and {len(b)} numbers"
    assert int(a.pop()) - int(b.pop()) in (0, 1), "b is not right behind a"


def main():
    action, kind, folders = sys.argv[1], sys.argv[2], sys.argv[3:]
    kinds = {
        "rollback": (lambda folder: write_database(folder, "DELETE"), check_database),
        "wal": (lambda folder: write_database(folder, "WAL"), check_database),
        "append": (write_append, check_append),
        "editor": (write_editor, check_editor),
        "counters": (write_counters, check_counters),
    }
    if action == "write":
        kinds[kind][0](folders[0])
    wrong = 0
    for folder in folders:
        try:
            kinds[kind][1](folder)
        except (AssertionError, sqlite3.Error, ValueError) as error:
            wrong += 1
            print(f"{folder}: {error}")
    sys.exit(wrong > 0)


main()
