package io.diffkeeper.bench;

import io.diffkeeper.store.ContentSink;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** The small cases that the project DiffKeeper grew from measured: all in one warm process. */
final class SmallCases {
  private static final int ROUNDS = 20;
  private static final int ROUNDS_CHAIN = 40;
  private static final int TEN_MEGABYTES = 10 << 20;
  private static final int SMALL_FILES = 61;
  private static final int CHAIN_VERSIONS = 25;
  private static final int GETS = 2000;

  private final Path scratch;
  private final List<String> goals;
  private final Random random = new Random(6);

  SmallCases(Path scratch, List<String> goals) {
    this.scratch = scratch;
    this.goals = goals;
  }

  void run() throws Exception {
    System.out.println("small cases");
    one();
    small();
    chain();
  }

  private static void figure(String name, String format, Object... values) {
    System.out.printf("  %-34s %s%n", name, String.format(Locale.ROOT, format, values));
  }

  private void remove(Path... paths) throws Exception {
    for (Path path : paths) {
      Shell.remove(path);
    }
  }

  private Path live() throws IOException {
    return Files.createDirectory(scratch.resolve("live"));
  }

  private void write(Path file, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    random.nextBytes(content);
    Files.write(file, content);
  }

  /** A file of 10 MB: stored, restored, verified. */
  private void one() throws Exception {
    Path live = live();
    List<Double> captures = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      write(live.resolve("file"), TEN_MEGABYTES);
      try (Ours fresh = new Ours(scratch.resolve("fresh"))) {
        captures.add(fresh.capture(live, 1, List.of()).millis());
      }
      remove(scratch.resolve("fresh"));
    }
    figure("10 MB cut, hashed and durable", "%.1f ms", StoreBench.median(captures));
    try (Ours ours = new Ours(scratch.resolve("ours"))) {
      ours.capture(live, 1, List.of());
      compare("10 MB restore", "store-10mb-restore", ours, live);
      List<Double> verifications = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        long start = System.nanoTime();
        if (!ours.store().verify(ours.state()).ok()) {
          throw new IOException("does not verify");
        }
        verifications.add(Shell.millisSince(start));
      }
      figure("Merkle verify of 10 MB", "%.1f ms", StoreBench.median(verifications));
    }
    remove(live, scratch.resolve("ours"));
  }

  private void small() throws Exception {
    Path live = live();
    for (int i = 0; i < SMALL_FILES; i++) {
      write(live.resolve("file" + i), 2000);
    }
    try (Ours ours = new Ours(scratch.resolve("ours"))) {
      ours.capture(live, 1, List.of());
      compare("61 small files restore", "store-61-files-restore", ours, live);
      get(ours);
    }
    remove(live, scratch.resolve("ours"));
  }

  /** Content by digest. */
  private void get(Ours ours) throws IOException {
    Entry data =
        ours.store()
            .directory(ours.state(), ours.store().versions(ours.state()).get(0).root())
            .get(0);
    List<Entry> files = ours.store().directory(ours.state(), data.content());
    List<Double> micros = new ArrayList<>();
    for (int i = 0; i < GETS; i++) {
      long start = System.nanoTime();
      ours.store().read(ours.state(), files.get(i % files.size()), new Ignored());
      micros.add((System.nanoTime() - start) / 1e3);
    }
    figure("CAS get of 2 kB, verified", "%.1f µs", StoreBench.median(micros));
  }

  private static final class Ignored implements ContentSink {
    @Override
    public void data(long offset, ByteBuffer bytes) {
      // Reading is all that is measured.
    }

    @Override
    public void hole(long offset, long length) {
      // There is none.
    }
  }

  private double restore(Ours ours, int version, Path live) throws Exception {
    Path into = Files.createDirectory(scratch.resolve("restored"));
    double millis = ours.restore(version, into).millis();
    Shell.same(live, into);
    remove(into);
    return millis;
  }

  private void compare(String name, String goal, Ours ours, Path live) throws Exception {
    List<Double> restores = new ArrayList<>();
    List<Double> copies = new ArrayList<>();
    List<Turns.Run> runs =
        List.of(
            () -> restores.add(restore(ours, 1, live)),
            () -> copies.add(Shell.copied(live).millis()));
    Turns.take(scratch, Shell.bytes(live), ROUNDS, runs);
    double ratio = StoreBench.median(restores) / StoreBench.median(copies);
    figure(name, "%.1f ms; cp -a %.1f ms", StoreBench.median(restores), StoreBench.median(copies));
    goals.add(Goal.line(goal, 1, "x cp -a", Map.of("ours", ratio)));
  }

  /** 25 versions of 10 MB, each with a tenth replaced, against the last one alone. */
  private void chain() throws Exception {
    Path live = live();
    write(live.resolve("file"), TEN_MEGABYTES);
    byte[] tenth = new byte[TEN_MEGABYTES / 10];
    try (Ours chain = new Ours(scratch.resolve("ours"));
        Ours alone = new Ours(scratch.resolve("alone"))) {
      chain.capture(live, 1, List.of());
      for (int version = 2; version <= CHAIN_VERSIONS; version++) {
        random.nextBytes(tenth);
        try (RandomAccessFile file = new RandomAccessFile(live.resolve("file").toFile(), "rw")) {
          file.seek(random.nextInt(TEN_MEGABYTES - tenth.length));
          file.write(tenth);
        }
        chain.capture(live, version, List.of(Path.of("file")));
      }
      alone.capture(live, 1, List.of());
      List<Double> chained = new ArrayList<>();
      List<Double> snapshots = new ArrayList<>();
      List<Turns.Run> runs =
          List.of(
              () -> chained.add(restore(chain, CHAIN_VERSIONS, live)),
              () -> snapshots.add(restore(alone, 1, live)));
      Turns.take(scratch, TEN_MEGABYTES, ROUNDS_CHAIN, runs);
      double ratio = StoreBench.median(chained) / StoreBench.median(snapshots);
      figure(
          "25-version chain, newest restored",
          "%.1f ms; a snapshot %.1f ms",
          StoreBench.median(chained),
          StoreBench.median(snapshots));
      goals.add(Goal.line("store-chain-restore", 1.2, "x snapshot", Map.of("ours", ratio)));
    }
    remove(live, scratch.resolve("ours"), scratch.resolve("alone"));
  }
}
