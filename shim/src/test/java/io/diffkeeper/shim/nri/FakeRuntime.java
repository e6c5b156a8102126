package io.diffkeeper.shim.nri;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.diffkeeper.shim.nri.api.Nri;
import io.diffkeeper.shim.ttrpc.Mux;
import io.diffkeeper.shim.ttrpc.RpcConnection;
import io.diffkeeper.shim.ttrpc.RpcException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The runtime's side of NRI over a Unix socket, for one plugin at a time. */
final class FakeRuntime implements AutoCloseable {
  static final long WAIT_MILLIS = 60_000;

  private static final String PLUGIN = "nri.pkg.api.v1alpha1.Plugin";

  private final ServerSocketChannel listening;
  private SocketChannel peer;
  private RpcConnection connection;
  private CompletableFuture<Nri.RegisterPluginRequest> registered;

  FakeRuntime(Path socket) throws IOException {
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
  }

  /** Waits for a plugin to connect and to register. */
  Nri.RegisterPluginRequest accept() throws Exception {
    peer = listening.accept();
    registered = new CompletableFuture<>();
    connection = new RpcConnection(new Mux(peer), 2, 1, this::called);
    SocketChannel mine = peer;
    Thread reader =
        new Thread(
            () -> {
              try (mine) {
                connection.serve();
              } catch (IOException over) {
                registered.completeExceptionally(over);
              }
            });
    reader.setDaemon(true);
    reader.start();
    return registered.get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Accepts a connection and ends it at once. */
  void refuse() throws IOException {
    listening.accept().close();
  }

  private byte[] called(String service, String method, byte[] request)
      throws RpcException, InvalidProtocolBufferException {
    if (!service.equals("nri.pkg.api.v1alpha1.Runtime") || !method.equals("RegisterPlugin")) {
      throw new RpcException(RpcException.UNIMPLEMENTED, service + "/" + method);
    }
    registered.complete(Nri.RegisterPluginRequest.parseFrom(request));
    return new byte[0];
  }

  byte[] call(String method, MessageLite request) throws Exception {
    return connection.call(PLUGIN, method, request.toByteArray(), WAIT_MILLIS);
  }

  /** What a runtime does with a plugin that has registered. */
  int configureAndSynchronize(Nri.SynchronizeRequest... parts) throws Exception {
    Nri.ConfigureResponse configured =
        Nri.ConfigureResponse.parseFrom(
            call(
                "Configure",
                Nri.ConfigureRequest.newBuilder()
                    .setRuntimeName("fake")
                    .setRuntimeVersion("1")
                    .build()));
    for (Nri.SynchronizeRequest part : parts) {
      Nri.SynchronizeResponse response =
          Nri.SynchronizeResponse.parseFrom(call("Synchronize", part));
      if (response.getMore() != part.getMore() || response.getUpdateCount() > 0) {
        throw new AssertionError("a runtime drops a plugin that answers so: " + response);
      }
    }
    return configured.getEvents();
  }

  void hangUp() throws IOException {
    peer.close();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    if (peer != null) {
      peer.close();
    }
  }
}
