package io.diffkeeper.bench;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** An SQLite database of 64 MB under transactions. */
final class Database implements Workload {
  private static final int ROWS = 225_000;
  private static final int UPDATES = 300;
  private static final int INSERTS = 20;
  private static final int RANDOM_BYTES = 28;
  private static final Path FILE = Path.of("data.db");

  private final Path scratch;
  private final Random random = new Random(2);
  private final Words words = new Words(random);
  private int rows;

  /**
   * A database.
   *
   * @param scratch a folder for SQL
   */
  Database(Path scratch) {
    this.scratch = scratch;
  }

  @Override
  public String name() {
    return "B";
  }

  @Override
  public String description() {
    return "SQLite, 64 MB, 300 updates and 20 inserts";
  }

  @Override
  public int versions() {
    return 31;
  }

  @Override
  public Goals goals() {
    return new Goals(1.55, 35, 1.3);
  }

  @Override
  public void make(Path dir) throws IOException, InterruptedException {
    try (Writer sql = script()) {
      sql.append("pragma page_size=4096; pragma journal_mode=off; pragma synchronous=off;\n");
      sql.append("create table item(id integer primary key, name text, note text, data blob);\n");
      sql.append("create index item_name on item(name);\nbegin;\n");
      while (rows < ROWS) {
        insert(sql);
      }
      sql.append("commit;\n");
    }
    execute(dir);
  }

  @Override
  public List<Path> change(Path dir, int version) throws IOException, InterruptedException {
    try (Writer sql = script()) {
      sql.append("pragma journal_mode=memory; pragma synchronous=off;\n");
      for (int i = 0; i < UPDATES; i++) {
        sql.append("update item set data=x'" + blob() + "', note='" + note() + "' where id=");
        sql.append(1 + random.nextInt(rows) + ";\n");
      }
      for (int i = 0; i < INSERTS; i++) {
        insert(sql);
      }
    }
    execute(dir);
    return List.of(FILE);
  }

  private void insert(Writer sql) throws IOException {
    rows++;
    sql.append("insert into item values(" + rows + ",'" + words.word() + ' ');
    sql.append(random.nextInt(1_000_000) + "','" + note() + "',x'" + blob() + "');\n");
  }

  private String note() {
    StringBuilder text = new StringBuilder();
    while (text.length() < 200) {
      text.append(words.word()).append(' ');
    }
    return text.toString();
  }

  private String blob() {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    return java.util.HexFormat.of().formatHex(bytes);
  }

  private Path sql() {
    return scratch.resolve("script.sql");
  }

  private Writer script() throws IOException {
    return Files.newBufferedWriter(sql(), StandardCharsets.US_ASCII);
  }

  private void execute(Path dir) throws IOException, InterruptedException {
    Shell.run("sqlite3 '" + dir.resolve(FILE) + "' < '" + sql() + "' > /dev/null");
    Files.delete(sql());
  }
}
