#include "sweep/import/crc32c.h"

/* Four bits at a time: the polynomial 0x1EDC6F41 in reversed order, 0x82F63B78. */
uint32_t crc32c(const uint8_t *bytes, size_t length)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
        0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
        0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
    };
    uint32_t crc = ~0U;
    for (size_t i = 0; i < length; i++) {
        crc = table[(crc ^ bytes[i]) & 15] ^ (crc >> 4);
        crc = table[(crc ^ (bytes[i] >> 4)) & 15] ^ (crc >> 4);
    }
    return ~crc;
}

uint32_t crc32c_masked(const uint8_t *bytes, size_t length)
{
    uint32_t crc = crc32c(bytes, length);
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}
