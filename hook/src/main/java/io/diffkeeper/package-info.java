/** What every package may use: exit codes and the one exception that users are told of. */
package io.diffkeeper;
