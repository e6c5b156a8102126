package io.diffkeeper.shim.ttrpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.diffkeeper.shim.ttrpc.api.Ttrpc;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * ttrpc in both directions over one stream: our service is called on one logical connection, and we
 * call the peer's on another. One thread runs {@link #serve}; any may {@link #call}.
 */
public final class RpcConnection {
  private static final int OK = 0;
  private static final int STREAM_STEP = 2;

  private final Mux mux;
  private final int serving;
  private final int calling;
  private final Service service;
  private final Assembler requests = new Assembler();
  private final Assembler responses = new Assembler();
  private final AtomicInteger nextStream = new AtomicInteger(1);
  private final Map<Integer, CompletableFuture<Ttrpc.Response>> pending = new ConcurrentHashMap<>();
  private volatile boolean ended;

  /**
   * A connection.
   *
   * @param serving the logical connection on which we are the server
   * @param calling the one on which we are the client
   */
  public RpcConnection(Mux mux, int serving, int calling, Service service) {
    this.mux = mux;
    this.serving = serving;
    this.calling = calling;
    this.service = service;
  }

  /**
   * Reads and answers until the stream ends.
   *
   * @throws IOException if the stream breaks, or the peer breaks the protocol
   */
  public void serve() throws IOException {
    try {
      for (Mux.Frame frame = mux.receive(); frame != null; frame = mux.receive()) {
        if (frame.connection() == serving) {
          requests.add(frame.payload());
          for (var next = requests.next(); next.isPresent(); next = requests.next()) {
            answer(next.get());
          }
        } else if (frame.connection() == calling) {
          responses.add(frame.payload());
          for (var next = responses.next(); next.isPresent(); next = responses.next()) {
            complete(next.get());
          }
        } // else of a connection that nobody has opened: Go's mux drops it, too
      }
    } finally {
      ended = true;
      pending.values().forEach(call -> call.completeExceptionally(new IOException("hung up")));
    }
  }

  private void answer(Message message) throws IOException {
    if (message.type() != Message.REQUEST || message.stream() % STREAM_STEP == 0) {
      throw new IOException("no request: type " + message.type() + ", stream " + message.stream());
    }
    Ttrpc.Response.Builder response = Ttrpc.Response.newBuilder();
    try {
      Ttrpc.Request request = Ttrpc.Request.parseFrom(message.payload());
      byte[] result =
          service.call(
              request.getService(), request.getMethod(), request.getPayload().toByteArray());
      response.setPayload(ByteString.copyFrom(result)).setStatus(status(OK, ""));
    } catch (RpcException e) {
      response.setStatus(status(e.code(), e.getMessage()));
    } catch (InvalidProtocolBufferException e) {
      response.setStatus(status(RpcException.INVALID_ARGUMENT, e.getMessage()));
    } catch (RuntimeException e) {
      response.setStatus(status(RpcException.INTERNAL, e.toString()));
    }
    byte[] payload = response.build().toByteArray();
    mux.send(serving, new Message(message.stream(), Message.RESPONSE, payload).encoded());
  }

  private static Ttrpc.Status status(int code, String message) {
    return Ttrpc.Status.newBuilder().setCode(code).setMessage(message).build();
  }

  private void complete(Message message) throws IOException {
    CompletableFuture<Ttrpc.Response> call = pending.remove(message.stream());
    if (message.type() != Message.RESPONSE) {
      throw new IOException("no response: type " + message.type());
    }
    if (call != null) { // else it came after we gave up
      call.complete(Ttrpc.Response.parseFrom(message.payload()));
    }
  }

  /**
   * Calls the peer and waits for its answer.
   *
   * @param request the encoded argument
   * @return the encoded result
   * @throws RpcException if the peer says that it failed
   * @throws IOException if there is no answer in time, or no peer any more
   */
  public byte[] call(String service, String method, byte[] request, long waitMillis)
      throws RpcException, IOException, InterruptedException {
    int stream = nextStream.getAndAdd(STREAM_STEP);
    CompletableFuture<Ttrpc.Response> answer = new CompletableFuture<>();
    pending.put(stream, answer);
    try {
      Ttrpc.Request envelope =
          Ttrpc.Request.newBuilder()
              .setService(service)
              .setMethod(method)
              .setPayload(ByteString.copyFrom(request))
              .setTimeoutNano(TimeUnit.MILLISECONDS.toNanos(waitMillis))
              .build();
      mux.send(calling, new Message(stream, Message.REQUEST, envelope.toByteArray()).encoded());
      if (ended) {
        throw new IOException(method + ": hung up");
      }
      Ttrpc.Response response = answer.get(waitMillis, TimeUnit.MILLISECONDS);
      if (response.getStatus().getCode() != OK) {
        Ttrpc.Status status = response.getStatus();
        throw new RpcException(status.getCode(), method + ": " + status.getMessage());
      }
      return response.getPayload().toByteArray();
    } catch (TimeoutException e) {
      throw new IOException(method + ": no answer in " + waitMillis + " ms", e);
    } catch (ExecutionException e) {
      throw new IOException(method + ": " + e.getCause().getMessage(), e);
    } finally {
      pending.remove(stream);
    }
  }
}
