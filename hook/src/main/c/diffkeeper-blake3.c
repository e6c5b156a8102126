/*
 * libdiffkeeper-blake3.so: BLAKE3 by its authors' own code, which chooses among the processor's
 * vector instructions when it runs. The makefile adds that code from the distribution's package.
 *
 * There is one call, as the keeper has it: a byte, and what follows it. Given in two parts, the
 * second would start within a chunk, and the vectors would stay half empty; so as many bytes as a
 * leaf has are put behind the first one before they are hashed.
 */
#include <blake3.h>
#include <stdint.h>
#include <string.h>

#define TOGETHER_BYTES 65536

__attribute__((visibility("default"))) void diffkeeper_blake3(uint8_t first, const uint8_t *bytes,
                                                               size_t length, uint8_t *digest)
{
  uint8_t together[TOGETHER_BYTES];
  size_t head = length < TOGETHER_BYTES - 1 ? length : TOGETHER_BYTES - 1;
  blake3_hasher hasher;

  together[0] = first;
  memcpy(together + 1, bytes, head);
  blake3_hasher_init(&hasher);
  blake3_hasher_update(&hasher, together, head + 1);
  blake3_hasher_update(&hasher, bytes + head, length - head);
  blake3_hasher_finalize(&hasher, digest, BLAKE3_OUT_LEN);
}
