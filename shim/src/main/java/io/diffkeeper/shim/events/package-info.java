/**
 * The events service: compares what containerd runs with what has a keeper. {@code
 * io.diffkeeper.shim.events.api} is generated from containerd's own definitions.
 *
 * <p>May use {@code shim.adoption}, {@code log}, grpc-java and protobuf-javalite.
 */
package io.diffkeeper.shim.events;
