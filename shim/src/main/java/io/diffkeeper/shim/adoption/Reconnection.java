package io.diffkeeper.shim.adoption;

import io.diffkeeper.log.Log;
import java.io.IOException;

/**
 * Stays connected to a runtime: tries again for ever, after a pause that doubles up to a limit
 * while the runtime does not take us. One thread runs it.
 */
public final class Reconnection {
  private static final long PAUSE_MILLIS_MIN = 100;
  private static final long PAUSE_MILLIS_MAX = 5000;

  private final String consequence;
  private final Tally tally;
  private final Log log;
  private volatile long pauseMillis = PAUSE_MILLIS_MIN;
  private volatile String lastFailure = "";

  /** One connection, from its beginning to its end. */
  public interface Attempt {
    /**
     * Serves until the runtime hangs up.
     *
     * @throws IOException if there is no connection, or it breaks
     */
    void serve() throws IOException, InterruptedException;
  }

  /**
   * A connection to be.
   *
   * @param consequence what it means that there is none, for people
   */
  public Reconnection(String consequence, Tally tally, Log log) {
    this.consequence = consequence;
    this.tally = tally;
    this.log = log;
  }

  /** The runtime has taken us. */
  public void taken() {
    pauseMillis = PAUSE_MILLIS_MIN;
    lastFailure = "";
    tally.connected(true);
  }

  /** Connects again and again, until the thread is interrupted. */
  public void run(Attempt attempt) {
    try {
      while (true) {
        try {
          attempt.serve();
          tell("the runtime hung up");
        } catch (IOException e) {
          tell(e.getMessage());
        }
        tally.connected(false);
        Thread.sleep(pauseMillis);
        pauseMillis = Math.min(PAUSE_MILLIS_MAX, 2 * pauseMillis);
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  /** Once, not at every try. */
  private void tell(String failure) {
    if (!failure.equals(lastFailure)) {
      log.warning(failure + "; " + consequence);
    }
    lastFailure = failure;
  }
}
