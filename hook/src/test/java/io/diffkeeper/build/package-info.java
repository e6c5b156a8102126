/** What the build does to classes before they are shipped. Nothing of it is. */
package io.diffkeeper.build;
