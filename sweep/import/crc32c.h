/* CRC-32C (Castagnoli), the checksum of TFRecord files. */
#ifndef SWEEP_IMPORT_CRC32C_H
#define SWEEP_IMPORT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const uint8_t *bytes, size_t length);

/* As TFRecord files store it: rotated, and moved by a constant, so that a checksum over bytes that
 * hold a checksum is no trivial one. */
uint32_t crc32c_masked(const uint8_t *bytes, size_t length);

#endif
