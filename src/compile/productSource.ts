/** Arguments of the matrix product of the text targets, in order. */
export const PRODUCT_ARGUMENTS = [
  'rows', 'depth', 'columns', 'out', 'outRow', 'left', 'leftRow', 'leftDepth', 'right', 'rightDepth', 'adds',
] as const

/** Four neighbouring sums at a time share the loads of the left factor. */
export const JAVASCRIPT_PRODUCT = `const product = (mem, ${PRODUCT_ARGUMENTS.join(', ')}) => {
  for (let r = 0; r < rows; r++) {
    const a = left + r * leftRow, o = out + r * outRow;
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (let k = 0, i = a, b = right + c; k < depth; k++, i += leftDepth, b += rightDepth) {
        const x = mem[i];
        s0 += x * mem[b]; s1 += x * mem[b + 1]; s2 += x * mem[b + 2]; s3 += x * mem[b + 3];
      }
      if (adds) { s0 += mem[o + c]; s1 += mem[o + c + 1]; s2 += mem[o + c + 2]; s3 += mem[o + c + 3]; }
      mem[o + c] = s0; mem[o + c + 1] = s1; mem[o + c + 2] = s2; mem[o + c + 3] = s3;
    }
    for (; c < columns; c++) {
      let s = adds ? mem[o + c] : 0;
      for (let k = 0; k < depth; k++) s += mem[a + k * leftDepth] * mem[right + k * rightDepth + c];
      mem[o + c] = s;
    }
  }
};`

/** Arguments of a block of the product. */
const BLOCK = 'int32_t depth, double *out, int32_t out_row, const double *left, int32_t left_row, int32_t left_depth, ' +
  'const double *right, int32_t right_depth, int32_t adds'
const PASSED = 'depth, out, out_row, left, left_row, left_depth, right, right_depth, adds'

/** A chunk of columns: the type of its vectors, how many there are, and how many rows share their loads. */
const CHUNKS = [
  { name: 'wide', type: 'noether_lanes', count: 'NOETHER_WIDE', width: 'NOETHER_WIDE * NOETHER_LANES', rows: [4, 1] },
  { name: 'narrow', type: 'noether_lanes', count: '1', width: 'NOETHER_LANES', rows: [8, 4, 1] },
  { name: 'pair', type: 'noether_pair', count: '1', width: '2', rows: [8, 4, 1] },
  { name: 'single', type: 'noether_single', count: '1', width: '1', rows: [8, 4, 1] },
] as const

/** Macro lines: all but the last end in a backslash. */
const macro = (lines: readonly string[]): readonly string[] => lines.map((line, k) => (k + 1 < lines.length ? `${line} \\` : line))

/**
 * The product in C: blocks of sums in registers, vectors as wide as the machine's by the vector extension of GCC and Clang. The trip counts
 * are constants, so compilers unroll the inner loops; depth is the only loop that stays.
 */
export const C_PRODUCT: readonly string[] = [
  '/* Matrix products on vectors: as many doubles side by side, and as many vectors in a row of a block, as the machine has room for. */',
  '#if defined(__AVX512F__)',
  '#define NOETHER_LANES 8',
  '#define NOETHER_WIDE 4',
  '#elif defined(__AVX__)',
  '#define NOETHER_LANES 4',
  '#define NOETHER_WIDE 2',
  '#else',
  '#define NOETHER_LANES 2',
  '#define NOETHER_WIDE 2',
  '#endif',
  'typedef double noether_lanes __attribute__((vector_size(8 * NOETHER_LANES), aligned(8), may_alias));',
  'typedef double noether_pair __attribute__((vector_size(16), aligned(8), may_alias));',
  'typedef double noether_single __attribute__((may_alias));',
  ...macro([
    '#define NOETHER_BLOCK(NAME, TYPE, ROWS, COUNT)',
    `static inline void NAME(${BLOCK}) {`,
    '  TYPE sum[ROWS][COUNT];',
    '  for (int r = 0; r < ROWS; r++)',
    '    for (int c = 0; c < COUNT; c++) sum[r][c] = adds ? ((const TYPE *)(out + r * out_row))[c] : (TYPE){0};',
    '  for (int32_t k = 0; k < depth; k++) {',
    '    for (int r = 0; r < ROWS; r++) {',
    '      const double a = left[r * left_row];',
    '      for (int c = 0; c < COUNT; c++) sum[r][c] += a * ((const TYPE *)right)[c];',
    '    }',
    '    left += left_depth; right += right_depth;',
    '  }',
    '  for (int r = 0; r < ROWS; r++)',
    '    for (int c = 0; c < COUNT; c++) ((TYPE *)(out + r * out_row))[c] = sum[r][c];',
    '}',
  ]),
  ...CHUNKS.flatMap(({ name, type, count, rows }) => [
    ...rows.map((n) => `NOETHER_BLOCK(noether_${name}_${n}, ${type}, ${n}, ${count})`),
    `static void noether_columns_${name}(int32_t rows, ${BLOCK}) {`,
    ...rows.flatMap((n) => [
      `  for (; rows >= ${n}; rows -= ${n}) {`,
      `    noether_${name}_${n}(${PASSED});`,
      `    out += ${n} * out_row; left += ${n} * left_row;`,
      '  }',
    ]),
    '}',
  ]),
  `static void noether_product(double *mem, ${PRODUCT_ARGUMENTS.map((name) => `int32_t ${name}`).join(', ')}) {`,
  '  ptrdiff_t c = 0;',
  ...CHUNKS.map(({ name, width }) =>
    `  for (; c + ${width} <= columns; c += ${width})\n` +
    `    noether_columns_${name}(rows, depth, mem + out + c, outRow, mem + left, leftRow, leftDepth, mem + right + c, rightDepth, adds);`),
  '}',
  '',
]
