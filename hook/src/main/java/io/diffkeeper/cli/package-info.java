/**
 * The command line: one class per command, all of them thin. {@link io.diffkeeper.cli.DiffKeeper}
 * is the entry point; standard streams and exits are its and its commands' alone.
 *
 * <p>May use every package.
 */
package io.diffkeeper.cli;
