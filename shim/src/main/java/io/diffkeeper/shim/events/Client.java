package io.diffkeeper.shim.events;

import io.diffkeeper.shim.events.api.ContainerdEvents;
import io.diffkeeper.shim.events.api.ContainerdNamespaces;
import io.diffkeeper.shim.events.api.ContainerdTasks;
import io.diffkeeper.shim.events.api.EventsGrpc;
import io.diffkeeper.shim.events.api.NamespacesGrpc;
import io.diffkeeper.shim.events.api.TasksGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A client of containerd's own interface. */
final class Client implements AutoCloseable {
  private static final long CALL_SECONDS_MAX = 30;
  private static final Metadata.Key<String> NAMESPACE =
      Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);

  /** Warns of each option of TCP that a Unix socket has not got. Held, or its level is lost. */
  private static final Logger NETTY = Logger.getLogger("io.netty.bootstrap");

  static {
    NETTY.setLevel(Level.SEVERE);
  }

  private final MultiThreadIoEventLoopGroup threads =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ManagedChannel channel;

  /** Connects when the first call is made. */
  Client(Path socket) {
    channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .eventLoopGroup(threads)
            .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
  }

  /** All namespaces' events, from now on. */
  Iterator<ContainerdEvents.Envelope> subscribe() {
    return EventsGrpc.newBlockingStub(channel)
        .subscribe(
            ContainerdEvents.SubscribeRequest.newBuilder()
                .addFilters("topic~=\"/tasks/\"")
                .build());
  }

  /** All namespaces' tasks. */
  List<ContainerdTasks.Process> tasks() {
    List<ContainerdTasks.Process> all = new ArrayList<>();
    for (ContainerdNamespaces.Namespace namespace :
        NamespacesGrpc.newBlockingStub(channel)
            .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS)
            .list(ContainerdNamespaces.ListNamespacesRequest.getDefaultInstance())
            .getNamespacesList()) {
      Metadata headers = new Metadata();
      headers.put(NAMESPACE, namespace.getName());
      all.addAll(
          TasksGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS)
              .list(ContainerdTasks.ListTasksRequest.getDefaultInstance())
              .getTasksList());
    }
    return all;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    threads.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }
}
