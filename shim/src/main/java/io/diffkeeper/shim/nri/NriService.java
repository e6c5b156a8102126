package io.diffkeeper.shim.nri;

import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.Reconnection;
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

/** Stays connected to a runtime's NRI as a plugin. */
public final class NriService implements Runnable {
  private static final String NAME = "diffkeeper";
  private static final String RUNTIME = "nri.pkg.api.v1alpha1.Runtime";
  private static final int PLUGIN_CONNECTION = 1;
  private static final int RUNTIME_CONNECTION = 2;
  private static final long ANSWER_MILLIS_MAX = 10_000;

  private final Path socket;
  private final String index;
  private final Injection injection;
  private final Adopter adopter;
  private final Tally tally;
  private final Log log;
  private final Reconnection reconnection;

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
    this.reconnection =
        new Reconnection(
            socket + ": containers start without their state until it is there", tally, log);
  }

  /** Runs until the thread is interrupted. */
  @Override
  public void run() {
    reconnection.run(this::serve);
  }

  private void serve() throws IOException, InterruptedException {
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
  private void register(RpcConnection connection) throws IOException, InterruptedException {
    Nri.RegisterPluginRequest request =
        Nri.RegisterPluginRequest.newBuilder().setPluginName(NAME).setPluginIdx(index).build();
    try {
      connection.call(RUNTIME, "RegisterPlugin", request.toByteArray(), ANSWER_MILLIS_MAX);
    } catch (RpcException refused) {
      throw new IOException(refused.getMessage(), refused);
    }
  }

  private Plugin.Listener listener() {
    return new Plugin.Listener() {
      @Override
      public void synchronizedWith(String runtime) {
        reconnection.taken();
        adopter.later(() -> log.info("plugin of " + runtime));
      }

      @Override
      public void injected() {
        tally.count(Tally.Outcome.INJECTED);
      }
    };
  }
}
