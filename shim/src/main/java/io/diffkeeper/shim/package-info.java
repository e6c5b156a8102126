/** placeholder. */
package io.diffkeeper.shim;
