/**
 * The log: syslog or journald, tag {@code diffkeeper}; where neither listens, a file in the run
 * directory. May use: {@code sys}.
 */
package io.diffkeeper.log;
