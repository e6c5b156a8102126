/**
 * Containers that opted in and run without a keeper: finds them out, says so, and has the launcher
 * start a keeper that captures from then on.
 *
 * <p>May use {@code keeper}, {@code store}, {@code oci}, {@code log}, {@code sys} and {@code
 * config}.
 */
package io.diffkeeper.shim.adoption;
