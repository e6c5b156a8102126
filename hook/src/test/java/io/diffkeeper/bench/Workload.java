package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A tree and how it changes, the same at every run. */
interface Workload {
  /** As it is called in tables and on the command line. */
  String name();

  /** What it is, for people. */
  String description();

  /** How many versions there are, the first one included. */
  int versions();

  /** What is to be reached. */
  Goals goals();

  /** What the versions made so far have in them that no lossless store can do without, or NaN. */
  default double leastBytes() {
    return Double.NaN;
  }

  /** Makes the first version in an empty directory. */
  void make(Path dir) throws IOException, InterruptedException;

  /**
   * Makes the next version.
   *
   * @return the files that were written, made or replaced, relative to the directory; none goes
   */
  List<Path> change(Path dir, int version) throws IOException, InterruptedException;

  /**
   * What is to be reached in one run.
   *
   * @param stored percent of full copies
   * @param captureMillis median of a version, durable commit included
   * @param restore times {@code cp -a}
   */
  record Goals(double stored, double captureMillis, double restore) {}
}
