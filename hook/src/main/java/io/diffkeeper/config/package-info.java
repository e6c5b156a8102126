/**
 * The configuration: defaults, {@code config.toml}, environment and flags, in this order.
 *
 * <p>May use the JDK and {@code io.diffkeeper}.
 */
package io.diffkeeper.config;
