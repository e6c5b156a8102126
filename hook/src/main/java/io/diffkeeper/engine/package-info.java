/**
 * Settings of container engines: what has to be added so that they run our hooks, and taken out
 * again. Computes new texts of files from old ones; comments, order and all else stay as they are.
 *
 * <p>May use the JDK and jackson-core.
 */
package io.diffkeeper.engine;
