package io.diffkeeper.system;

import io.diffkeeper.system.cri.ImageServiceGrpc;
import io.diffkeeper.system.cri.ImageServiceGrpc.ImageServiceBlockingStub;
import io.diffkeeper.system.cri.ImageSpec;
import io.diffkeeper.system.cri.ImageStatusRequest;
import io.diffkeeper.system.cri.RuntimeServiceGrpc;
import io.diffkeeper.system.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.diffkeeper.system.cri.VersionRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A client of the Kubernetes Container Runtime Interface, as the kubelet is one. */
final class Cri implements AutoCloseable {
  private static final long CALL_SECONDS_MAX = 120;

  /** Warns of each option of TCP that a Unix socket has not got. */
  private static final Logger NETTY = Logger.getLogger("io.netty.bootstrap");

  static {
    NETTY.setLevel(Level.SEVERE);
  }

  private final MultiThreadIoEventLoopGroup threads =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ManagedChannel channel;

  /**
   * Connects when the first call is made.
   *
   * @param socket the engine's, at most 107 bytes
   */
  Cri(Path socket) {
    channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .eventLoopGroup(threads)
            .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
  }

  /** Pods and containers. */
  RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
  }

  private ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
  }

  /** Whether the engine answers. */
  boolean isUp() {
    try {
      // After a refused connection the channel would wait longer each time.
      channel.resetConnectBackoff();
      RuntimeServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS)
          .version(VersionRequest.getDefaultInstance());
      return true;
    } catch (StatusRuntimeException notYet) {
      return false;
    }
  }

  boolean hasImage(String name) {
    ImageSpec image = ImageSpec.newBuilder().setImage(name).build();
    return images().imageStatus(ImageStatusRequest.newBuilder().setImage(image).build()).hasImage();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    threads.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }
}
