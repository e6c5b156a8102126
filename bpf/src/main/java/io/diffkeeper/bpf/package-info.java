/** placeholder. */
package io.diffkeeper.bpf;
