/* Pickle's opcodes: their codes and names, and which of them are plain data. */
#ifndef SCHEMAS_SNAPSHOT_PICKLE_OPCODES_H
#define SCHEMAS_SNAPSHOT_PICKLE_OPCODES_H

/* Those that are read. */
#define PICKLE_DATA_OPCODES(X)                                                                     \
    X(MARK, '(')                                                                                   \
    X(STOP, '.')                                                                                   \
    X(POP, '0')                                                                                    \
    X(POP_MARK, '1')                                                                               \
    X(DUP, '2')                                                                                    \
    X(BININT, 'J')                                                                                 \
    X(BININT1, 'K')                                                                                \
    X(BININT2, 'M')                                                                                \
    X(NONE, 'N')                                                                                   \
    X(BINFLOAT, 'G')                                                                               \
    X(BINUNICODE, 'X')                                                                             \
    X(BINBYTES, 'B')                                                                               \
    X(SHORT_BINBYTES, 'C')                                                                         \
    X(BINSTRING, 'T')                                                                              \
    X(SHORT_BINSTRING, 'U')                                                                        \
    X(EMPTY_LIST, ']')                                                                             \
    X(APPEND, 'a')                                                                                 \
    X(APPENDS, 'e')                                                                                \
    X(LIST, 'l')                                                                                   \
    X(EMPTY_DICT, '}')                                                                             \
    X(DICT, 'd')                                                                                   \
    X(SETITEM, 's')                                                                                \
    X(SETITEMS, 'u')                                                                               \
    X(EMPTY_TUPLE, ')')                                                                            \
    X(TUPLE, 't')                                                                                  \
    X(BINGET, 'h')                                                                                 \
    X(LONG_BINGET, 'j')                                                                            \
    X(BINPUT, 'q')                                                                                 \
    X(LONG_BINPUT, 'r')                                                                            \
    X(PROTO, 0x80)                                                                                 \
    X(TUPLE1, 0x85)                                                                                \
    X(TUPLE2, 0x86)                                                                                \
    X(TUPLE3, 0x87)                                                                                \
    X(NEWTRUE, 0x88)                                                                               \
    X(NEWFALSE, 0x89)                                                                              \
    X(LONG1, 0x8A)                                                                                 \
    X(LONG4, 0x8B)                                                                                 \
    X(SHORT_BINUNICODE, 0x8C)                                                                      \
    X(BINUNICODE8, 0x8D)                                                                           \
    X(BINBYTES8, 0x8E)                                                                             \
    X(EMPTY_SET, 0x8F)                                                                             \
    X(ADDITEMS, 0x90)                                                                              \
    X(FROZENSET, 0x91)                                                                             \
    X(MEMOIZE, 0x94)                                                                               \
    X(FRAME, 0x95)                                                                                 \
    X(BYTEARRAY8, 0x96)

/* Those that import, call or build something, or take it from outside of the file. */
#define PICKLE_REFUSED_OPCODES(X)                                                                  \
    X(GLOBAL, 'c')                                                                                 \
    X(STACK_GLOBAL, 0x93)                                                                          \
    X(REDUCE, 'R')                                                                                 \
    X(BUILD, 'b')                                                                                  \
    X(INST, 'i')                                                                                   \
    X(OBJ, 'o')                                                                                    \
    X(NEWOBJ, 0x81)                                                                                \
    X(NEWOBJ_EX, 0x92)                                                                             \
    X(EXT1, 0x82)                                                                                  \
    X(EXT2, 0x83)                                                                                  \
    X(EXT4, 0x84)                                                                                  \
    X(PERSID, 'P')                                                                                 \
    X(BINPERSID, 'Q')                                                                              \
    X(NEXT_BUFFER, 0x97)                                                                           \
    X(READONLY_BUFFER, 0x98)

/* Text, of protocols 0 and 1, which torch never writes. */
#define PICKLE_OLD_OPCODES(X)                                                                      \
    X(INT, 'I')                                                                                    \
    X(LONG, 'L')                                                                                   \
    X(FLOAT, 'F')                                                                                  \
    X(STRING, 'S')                                                                                 \
    X(UNICODE, 'V')                                                                                \
    X(GET, 'g')                                                                                    \
    X(PUT, 'p')

enum pickle_opcode {
#define OPCODE(name, code) OP_##name = (code),
    PICKLE_DATA_OPCODES(OPCODE) PICKLE_REFUSED_OPCODES(OPCODE) PICKLE_OLD_OPCODES(OPCODE)
#undef OPCODE
};

#endif
