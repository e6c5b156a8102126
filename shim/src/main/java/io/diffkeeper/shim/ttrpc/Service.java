package io.diffkeeper.shim.ttrpc;

import com.google.protobuf.InvalidProtocolBufferException;

/** What answers a peer's calls. Called by the one thread that reads: it must not wait. */
public interface Service {
  /**
   * Answers.
   *
   * @param service its full name, with the package
   * @param request the encoded argument
   * @return the encoded result
   * @throws RpcException if the call fails
   * @throws InvalidProtocolBufferException if the argument is malformed
   */
  byte[] call(String service, String method, byte[] request)
      throws RpcException, InvalidProtocolBufferException;
}
