package io.diffkeeper.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/** A running {@code writecost}, by itself or as the command of {@code diffkeeper run}. */
final class WriteCost implements AutoCloseable {
  private final Process process;
  private final Writer to;
  private final BufferedReader from;

  WriteCost(List<String> words) throws IOException {
    process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    to = process.outputWriter();
    from = process.inputReader();
  }

  /** Asks for the cost of a write of so many bytes, in nanoseconds. */
  double ask(long bytes) throws IOException {
    to.write(bytes + "\n");
    to.flush();
    String answer = from.readLine();
    if (answer == null) {
      throw new IOException("writecost has ended");
    }
    return Double.parseDouble(answer);
  }

  /** Ends it, and waits until its last version is durable. */
  @Override
  public void close() throws IOException {
    to.close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
