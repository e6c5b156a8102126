package io.diffkeeper.bench;

import io.diffkeeper.keeper.NativeHashers;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * How time, memory and storage grow with the work: each figure at several sizes, and the exponent
 * of the power of the size that fits them best (1 is linear, 0 constant). Medians; our own code
 * only, in one process.
 */
public final class GrowthBench {
  private static final int ROUNDS = 5;
  private static final int PAGE = 4096;
  private static final int MEGABYTE = 1 << 20;
  private static final int[] FILES = {10, 100, 1000, 10_000};
  private static final int[] VERSIONS = {10, 100, 1000};
  private static final int[] MEGABYTES = {1, 10, 100, 1000};
  private static final int[] STATES = {1, 10, 100};

  /** Halves of a point: what a fit of so few sizes cannot tell from linear. */
  private static final double EXPONENT_MAX = 1.1;

  private final Path scratch;
  private final Random random = new Random(8);
  private final List<String> goals = new ArrayList<>();
  private double peak;

  private GrowthBench(Path scratch) {
    this.scratch = scratch;
  }

  /** Runs all; the argument is an empty folder on the file system to measure on. */
  public static void main(String[] args) throws Exception {
    NativeHashers.use();
    GrowthBench bench = new GrowthBench(Path.of(args[0]));
    bench.files(FILES[1]); // so that the JVM has seen it all
    bench.grow("files", FILES, bench::files);
    bench.grow("versions", VERSIONS, bench::versions);
    bench.grow("megabytes", MEGABYTES, bench::bytes);
    bench.grow("containers", STATES, bench::states);
    bench.goals.forEach(System.out::println);
  }

  /**
   * What one size took.
   *
   * @param first the first version, in milliseconds
   * @param next a version after one change, in milliseconds
   * @param restore the newest version, in milliseconds
   * @param peakMegabytes resident memory without the store's pages, at most
   * @param storedMegabytes the data file
   */
  private record Sample(
      double first, double next, double restore, double peakMegabytes, double storedMegabytes) {
    static final List<String> NAMES =
        List.of("first ms", "next ms", "restore ms", "peak MB", "stored MB");

    List<Double> figures() {
      return List.of(first, next, restore, peakMegabytes, storedMegabytes);
    }
  }

  /** Does the work of one size. */
  private interface Work {
    Sample of(int size) throws Exception;
  }

  private void grow(String what, int[] sizes, Work work) throws Exception {
    System.out.printf("%-14s", what);
    Sample.NAMES.forEach(name -> System.out.printf(" %12s", name));
    System.out.println();
    List<Sample> samples = new ArrayList<>();
    for (int size : sizes) {
      samples.add(work.of(size));
      row(String.valueOf(size), samples.get(samples.size() - 1).figures());
    }
    List<Double> exponents = new ArrayList<>();
    for (int i = 0; i < Sample.NAMES.size(); i++) {
      int column = i;
      exponents.add(
          exponent(sizes, samples.stream().map(sample -> sample.figures().get(column)).toList()));
    }
    row("exponent", exponents);
    System.out.println();
    double most = exponents.stream().mapToDouble(d -> d).max().orElseThrow();
    goals.add(Goal.line("growth-" + what, EXPONENT_MAX, "exponent", Map.of("ours", most)));
  }

  private static void row(String name, List<Double> figures) {
    System.out.printf("%-14s", name);
    figures.forEach(figure -> System.out.printf(Locale.ROOT, " %12.2f", figure));
    System.out.println();
  }

  /** The slope of the line through the logarithms, by least squares. */
  private static double exponent(int[] sizes, List<Double> figures) {
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < sizes.length; i++) {
      meanX += Math.log(sizes[i]) / sizes.length;
      meanY += Math.log(figures.get(i)) / sizes.length;
    }
    double above = 0;
    double below = 0;
    for (int i = 0; i < sizes.length; i++) {
      double x = Math.log(sizes[i]) - meanX;
      above += x * (Math.log(figures.get(i)) - meanY);
      below += x * x;
    }
    return above / below;
  }

  /** So many files of a page; one of them changes. */
  private Sample files(int files) throws Exception {
    Path live = Files.createDirectory(scratch.resolve("live"));
    for (int i = 0; i < files; i++) {
      Path directory = Files.createDirectories(live.resolve("d" + i / 100));
      overwrite(directory.resolve("f" + i), 0, PAGE);
    }
    return measure(live, 1, Path.of("d0/f0"), PAGE);
  }

  /** A file of a megabyte of which a tenth changes, so many times. */
  private Sample versions(int versions) throws Exception {
    Path live = Files.createDirectory(scratch.resolve("live"));
    overwrite(live.resolve("file"), 0, MEGABYTE);
    return measure(live, versions, Path.of("file"), MEGABYTE / 10);
  }

  /** A file of so many megabytes; a hundredth changes. */
  private Sample bytes(int megabytes) throws Exception {
    Path live = Files.createDirectory(scratch.resolve("live"));
    for (int i = 0; i < megabytes; i++) {
      overwrite(live.resolve("file"), (long) i * MEGABYTE, MEGABYTE);
    }
    return measure(live, 1, Path.of("file"), megabytes * (MEGABYTE / 100));
  }

  /**
   * Has a tree captured and restored.
   *
   * @param versions how many changes come before those that are measured
   * @param file what changes
   * @param bytes how much of it
   */
  private Sample measure(Path live, int versions, Path file, int bytes) throws Exception {
    try (Ours ours = new Ours(scratch.resolve("ours"))) {
      peak = 0;
      double first = seen(ours.capture(live, 1, List.of()));
      List<Double> next = new ArrayList<>();
      int version = 1;
      while (next.size() < versions + ROUNDS) {
        long room = Files.size(live.resolve(file)) - bytes;
        overwrite(live.resolve(file), (long) (random.nextDouble() * room), bytes);
        next.add(seen(ours.capture(live, ++version, List.of(file))));
      }
      double stored = ours.storedBytes() / 1e6;
      List<Double> restores = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        restores.add(restore(ours, version, live));
      }
      List<Double> last = next.subList(versions, next.size());
      return new Sample(first, StoreBench.median(last), StoreBench.median(restores), peak, stored);
    } finally {
      Shell.remove(live);
      Shell.remove(scratch.resolve("ours"));
    }
  }

  private double restore(Ours ours, int version, Path live) throws Exception {
    Path into = Files.createDirectory(scratch.resolve("restored"));
    double millis = seen(ours.restore(version, into));
    Shell.same(live, into);
    Shell.remove(into);
    return millis;
  }

  /** So many containers with a megabyte each, all in one store; every one changes. */
  private Sample states(int states) throws Exception {
    List<Ours> all = new ArrayList<>();
    Ours node = new Ours(scratch.resolve("ours"));
    try {
      peak = 0;
      double first = 0;
      for (int i = 0; i < states; i++) {
        Path live = Files.createDirectories(scratch.resolve("live/c" + i));
        overwrite(live.resolve("file"), 0, MEGABYTE);
        all.add(node.beside("c" + i));
        first += seen(all.get(i).capture(live, 1, List.of()));
      }
      List<Double> next = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        double millis = 0;
        for (int i = 0; i < states; i++) {
          Path live = scratch.resolve("live/c" + i);
          overwrite(live.resolve("file"), 0, MEGABYTE / 10);
          millis += seen(all.get(i).capture(live, 2 + round, List.of(Path.of("file"))));
        }
        next.add(millis);
      }
      double stored = node.storedBytes() / 1e6;
      double restores = 0;
      for (int i = 0; i < states; i++) {
        restores += restore(all.get(i), 1 + ROUNDS, scratch.resolve("live/c" + i));
      }
      return new Sample(first, StoreBench.median(next), restores, peak, stored);
    } finally {
      for (Ours ours : all) {
        ours.close();
      }
      node.close();
      Shell.remove(scratch.resolve("live"));
      Shell.remove(scratch.resolve("ours"));
    }
  }

  private void overwrite(Path path, long at, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    random.nextBytes(content);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      file.write(content);
    }
  }

  /** Notes the peak of what was just measured, and gives its time. */
  private double seen(Cost cost) throws IOException {
    peak = Math.max(peak, peakMegabytes());
    return cost.millis();
  }

  /** Without the store's mapped pages: those are the kernel's to take back. */
  private static double peakMegabytes() throws IOException {
    return (Shell.status("VmHWM:") - Shell.status("RssFile:")) / 1e3;
  }
}
