/**
 * What every package may use: exit codes, the one exception that users are told of, the user we run
 * as, and the quantities and names that both annotations and configuration are written in.
 */
package io.diffkeeper;
