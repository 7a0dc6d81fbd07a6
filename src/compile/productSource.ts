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
