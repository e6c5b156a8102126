/** Injection where no hooks directory is read. The runtime wrapper is C, in {@code src/main/c}. */
package io.diffkeeper.shim;
