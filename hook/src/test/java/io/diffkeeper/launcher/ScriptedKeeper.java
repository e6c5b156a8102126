package io.diffkeeper.launcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A keeper's socket that takes one request, sends one answer and stays connected. */
final class ScriptedKeeper implements AutoCloseable {
  private final ServerSocketChannel server;
  private final CompletableFuture<String> request = new CompletableFuture<>();
  private final String greeting;
  private volatile SocketChannel launcher;

  /** A container's keeper. */
  ScriptedKeeper(Path folder, String answer) throws IOException {
    this(folder.resolve("keeper.sock"), "", answer);
  }

  /** One that says something before it is asked. */
  ScriptedKeeper(Path socket, String greeting, String answer) throws IOException {
    if (!Files.exists(socket.getParent())) {
      Files.createDirectories(socket.getParent());
    }
    this.greeting = greeting;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread thread = new Thread(() -> serve(answer), "scripted keeper");
    thread.setDaemon(true);
    thread.start();
  }

  /** A spare that greets and dies as soon as it has its request. */
  static ScriptedKeeper dying(Path socket, String greeting) throws IOException {
    return new ScriptedKeeper(socket, greeting, null);
  }

  private void serve(String answer) {
    try {
      launcher = server.accept();
      launcher.write(ByteBuffer.wrap(greeting.getBytes(US_ASCII)));
      DataInputStream in = new DataInputStream(Channels.newInputStream(launcher));
      StringBuilder header = new StringBuilder();
      for (int c = in.readUnsignedByte(); ; c = in.readUnsignedByte()) {
        header.append((char) c);
        if (c == '\n') {
          break;
        }
      }
      byte[] state = new byte[Integer.parseInt(header.toString().strip().split(" ")[3])];
      in.readFully(state);
      if (answer == null) {
        launcher.close();
      } else {
        launcher.write(ByteBuffer.wrap(answer.getBytes(US_ASCII)));
      }
      request.complete(header + new String(state, UTF_8));
    } catch (IOException e) {
      request.completeExceptionally(e);
    }
  }

  /** Whether a request has come, or will come within a moment. */
  boolean wasAsked() throws Exception {
    try {
      request.get(1, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException | ExecutionException none) {
      return false;
    }
  }

  /** The header line and the state that came. */
  String request() throws Exception {
    return request.get(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws IOException {
    server.close();
    if (launcher != null) {
      launcher.close();
    }
  }
}
