package io.diffkeeper.shim.nri;

import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.shim.nri.api.Nri;
import io.diffkeeper.shim.ttrpc.Mux;
import io.diffkeeper.shim.ttrpc.RpcConnection;
import io.diffkeeper.shim.ttrpc.RpcException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * Stays connected to a runtime's NRI: connects again for ever, after a pause that doubles up to a
 * limit while the runtime does not take us.
 */
public final class NriService implements Runnable {
  private static final String NAME = "diffkeeper";
  private static final String RUNTIME = "nri.pkg.api.v1alpha1.Runtime";
  private static final int PLUGIN_CONNECTION = 1;
  private static final int RUNTIME_CONNECTION = 2;
  private static final long PAUSE_MILLIS_MIN = 100;
  private static final long PAUSE_MILLIS_MAX = 5000;
  private static final long ANSWER_MILLIS_MAX = 10_000;

  private final Path socket;
  private final String index;
  private final Injection injection;
  private final Adopter adopter;
  private final Tally tally;
  private final Log log;
  private volatile long pauseMillis = PAUSE_MILLIS_MIN;
  private String lastFailure = "";

  /**
   * A service.
   *
   * @param socket the runtime's, for example /var/run/nri/nri.sock
   * @param index two digits: plugins are called in this order
   * @param hook the launcher's absolute path
   * @param options what the launcher is given before the stage
   */
  public NriService(
      Path socket,
      String index,
      Path hook,
      List<String> options,
      Adopter adopter,
      Tally tally,
      Log log) {
    this.socket = socket;
    this.index = index;
    this.injection = new Injection(hook, List.copyOf(options));
    this.adopter = adopter;
    this.tally = tally;
    this.log = log;
  }

  /** Runs until the thread is interrupted. */
  @Override
  public void run() {
    try {
      while (true) {
        try {
          serve();
          log.warning(socket + ": the runtime hung up");
        } catch (IOException | RpcException e) {
          tell(socket + ": " + e.getMessage());
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
      log.warning(failure + "; containers start without their state until it is there");
    }
    lastFailure = failure;
  }

  private void serve() throws IOException, RpcException, InterruptedException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      Plugin plugin = new Plugin(injection, adopter::see, listener());
      RpcConnection connection =
          new RpcConnection(new Mux(channel), PLUGIN_CONNECTION, RUNTIME_CONNECTION, plugin);
      IOException[] broken = new IOException[1];
      Thread reader =
          new Thread(
              () -> {
                try {
                  connection.serve();
                } catch (IOException e) {
                  broken[0] = e;
                }
              },
              "nri");
      reader.setDaemon(true);
      reader.start();
      register(connection);
      reader.join();
      if (broken[0] != null) {
        throw broken[0];
      }
    }
  }

  /** The runtime configures and synchronizes us only then. */
  private void register(RpcConnection connection)
      throws IOException, RpcException, InterruptedException {
    Nri.RegisterPluginRequest request =
        Nri.RegisterPluginRequest.newBuilder().setPluginName(NAME).setPluginIdx(index).build();
    connection.call(RUNTIME, "RegisterPlugin", request.toByteArray(), ANSWER_MILLIS_MAX);
  }

  private Plugin.Listener listener() {
    return new Plugin.Listener() {
      @Override
      public void synchronizedWith(String runtime) {
        pauseMillis = PAUSE_MILLIS_MIN;
        lastFailure = "";
        tally.connected(true);
        adopter.later(() -> log.info("plugin of " + runtime));
      }

      @Override
      public void injected() {
        tally.count(Tally.Outcome.INJECTED);
      }
    };
  }
}
