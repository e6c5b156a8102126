/**
 * ttrpc, containerd's small remote calls, in both directions over NRI's multiplexed stream. Frames
 * and messages are bounded; a peer that breaks the protocol costs it the connection.
 *
 * <p>May use the JDK and protobuf-javalite.
 */
package io.diffkeeper.shim.ttrpc;
