/**
 * {@code diffkeeper-shim}: what serves container runtimes that read no hooks directory. Its main,
 * and what all of its services share. The runtime wrapper is C, in {@code src/main/c}.
 */
package io.diffkeeper.shim;
